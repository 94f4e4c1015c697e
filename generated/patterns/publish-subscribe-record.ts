// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { crc32 } from 'node:zlib'

/** Bytes before a message: the topic's mark (8), length (4), checksum (4), time (8). */
export const HEAD_BYTES = 24

/** A message as it lies in a segment. `timeMs` is in milliseconds since 1970. */
export function sealRecord(mark: Uint8Array, message: Uint8Array, timeMs: number): Buffer {
  const record = Buffer.allocUnsafe(HEAD_BYTES + message.length)
  record.set(mark, 0)
  record.writeUInt32LE(message.length, 8)
  record.writeDoubleLE(timeMs, 16)
  record.set(message, HEAD_BYTES)
  record.writeUInt32LE(sumOf(record, 0, record.length), 12)
  return record
}

/** Time and message; the length is where the sum starts. */
const sumOf = (bytes: Buffer, at: number, end: number) =>
  crc32(bytes.subarray(at + 16, end), bytes.readUInt32LE(at + 8))

/** Where the record ends that begins at byte `at`, or undefined if no whole record does. */
export function endOfRecord(bytes: Buffer, at: number, mark: Buffer): number | undefined {
  const end = at + sizeAt(bytes, at, mark)
  return end <= bytes.length && sumOf(bytes, at, end) === bytes.readUInt32LE(at + 12) ? end : undefined
}

/** How long the record at byte `at` says it is; Infinity if that is no head. */
export function sizeAt(bytes: Buffer, at: number, mark: Buffer): number {
  const isHead = at + HEAD_BYTES <= bytes.length &&
    bytes.readInt32LE(at) === mark.readInt32LE(0) && bytes.readInt32LE(at + 4) === mark.readInt32LE(4)
  return isHead ? HEAD_BYTES + bytes.readUInt32LE(at + 8) : Infinity
}

/** Where after byte `at` the next whole record begins, or undefined. */
export function nextRecord(bytes: Buffer, at: number, mark: Buffer): number | undefined {
  for (let next = at; (next = bytes.indexOf(mark, next + 1)) !== -1;) {
    if (endOfRecord(bytes, next, mark) !== undefined) return next
  }
  return undefined
}
