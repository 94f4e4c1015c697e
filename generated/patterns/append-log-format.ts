// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { crc32 } from 'node:zlib'

/** Bytes before the first frame, and bytes before the records of a frame. */
export const [SEGMENT_HEADER, FRAME_HEADER] = [64, 24]
const MAGIC = 'fcs-log1'

/** What a segment says of itself. `seed` is the start value of all its checksums. */
export interface Segment { identity: Buffer, first: number, bytes: number, seed: number }

export function encodeSegment({ identity, first, bytes }: Omit<Segment, 'seed'>): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER)
  header.write(MAGIC, 0, 'latin1')
  identity.copy(header, 8)
  header.writeBigUInt64LE(BigInt(first), 24)
  header.writeUInt32LE(bytes, 32)
  header.writeUInt32LE(crc32(header.subarray(0, 60)), 60)
  return header
}

export function decodeSegment(header: Buffer): Segment | undefined {
  if (header.length < SEGMENT_HEADER || header.toString('latin1', 0, 8) !== MAGIC) return undefined
  const seed = crc32(header.subarray(0, 60))
  if (header.readUInt32LE(60) !== seed) return undefined
  const identity = Buffer.from(header.subarray(8, 24))
  return { identity, first: Number(header.readBigUInt64LE(24)), bytes: header.readUInt32LE(32), seed }
}

/** A frame: `count` records from number `first`. `durable` was on the disk when it was written. */
export interface Frame {
  offset: number, end: number, bytes: number, first: number, count: number, durable: number
}

/** Where the next frame may begin. */
export const align = (offset: number) => Math.ceil(offset / 8) * 8

/** Fills in the header of a frame whose records lie in `frame` from byte FRAME_HEADER on. */
export function sealFrame(
  frame: Buffer, first: number, count: number, durable: number, seed: number, offset: number,
): void {
  frame.writeUInt32LE(frame.length - FRAME_HEADER, 4)
  frame.writeUInt32LE(first % 2 ** 32, 8)
  frame.writeUInt32LE(Math.floor(first / 2 ** 32), 12)
  frame.writeUInt32LE(count, 16)
  frame.writeUInt32LE(first - 1 - durable, 20)
  frame.writeUInt32LE(crc32(frame.subarray(4), (seed ^ offset) >>> 0), 0)
}

/** The frame at byte `at` of `bytes`, which is byte `offset` of its segment; undefined if none is. */
export function frameAt(bytes: Buffer, at: number, offset: number, seed: number): Frame | undefined {
  if (at + FRAME_HEADER > bytes.length) return undefined
  const end = at + FRAME_HEADER + bytes.readUInt32LE(at + 4)
  const count = bytes.readUInt32LE(at + 16)
  if (end > bytes.length || count > (end - at) / 4) return undefined
  const sum = bytes.readUInt32LE(at)
  if (crc32(bytes.subarray(at + 4, end), (seed ^ offset) >>> 0) !== sum) return undefined
  const first = bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12) * 2 ** 32
  const durable = first - 1 - bytes.readUInt32LE(at + 20)
  const size = end - at
  return { offset, end: offset + align(size), bytes: size - FRAME_HEADER, first, count, durable }
}

/** What a whole segment holds. `next` is the number of the record that would follow. */
export interface Scan {
  end: number, next: number, durable: number
  /** Where the first frame begins that nothing proves to be on the disk. */
  unproven: number
  /** The end of what lies after the last valid frame and is not zero, if anything does. */
  dirty?: number
  /** A valid frame after damage, which proves that record `next` was on the disk. */
  proof?: Frame
}

export function scan(bytes: Buffer, { seed, first }: Segment): Scan {
  const frames: Frame[] = []
  let [end, next, durable] = [SEGMENT_HEADER, first, first - 1]
  for (;;) {
    const frame = frameAt(bytes, end, end, seed)
    if (frame === undefined || frame.first !== next) break
    frames.push(frame)
    end = frame.end
    next += frame.count
    durable = frame.durable
  }
  const unproven = frames.find(({ first, count }) => first + count - 1 > durable)?.offset ?? end
  const result: Scan = { end, next, durable, unproven }
  const dirty = lastNonZero(bytes, end)
  if (dirty === end) return result
  const proof = proofIn(bytes, end, 0, next, seed)
  return { ...result, dirty, ...(proof !== undefined && { proof }) }
}

/** A valid frame in `bytes`, the segment from byte `base` on, that was written when record `next` was on the disk. */
export function proofIn(
  bytes: Buffer, start: number, base: number, next: number, seed: number,
): Frame | undefined {
  for (let at = start; at + FRAME_HEADER <= bytes.length; at += 8) {
    const isBlank = bytes.readUInt32LE(at) === 0
    const frame = isBlank ? undefined : frameAt(bytes, at, base + at, seed)
    if (frame !== undefined && frame.durable >= next) return frame
  }
  return undefined
}

const ZEROS = Buffer.alloc(65_536)

function lastNonZero(bytes: Buffer, from: number): number {
  for (let end = bytes.length; end > from;) {
    const start = Math.max(from, end - ZEROS.length)
    if (bytes.compare(ZEROS, 0, end - start, start, end) === 0) end = start
    else for (;; end--) if (bytes[end - 1] !== 0) return end
  }
  return from
}
