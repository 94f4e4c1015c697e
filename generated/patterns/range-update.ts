// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
import { crc32 } from 'node:zlib'
import type { OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { withFileLock, type FileLock } from './lock-file.ts'

export interface RangeOptions {
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
  /** When an update returns: `'os'`, the default, survives a kill; `'disk'` a power cut. */
  durability?: 'os' | 'disk' | undefined
}

/** Changes `length` bytes in place: `change` gets them and changes them, or returns others, as many. Missing bytes are 0. */
export function updateRange(
  path: Path, start: number, length: number,
  change: (bytes: Buffer) => Uint8Array | void | Promise<Uint8Array | void>, options: RangeOptions = {},
): Promise<void> {
  return underLock(path, start, length, options, async file => {
    const bytes = readAt(file, start, length)
    const changed = await change(bytes) ?? bytes
    if (changed.length !== length) throw wrongLength(changed.length, length)
    file.writeAll(changed, start)
    if (options.durability === 'disk') file.datasync()
  })
}

/** Reads `length` bytes that no living process is in the middle of changing. */
export function readRange(path: Path, start: number, length: number, options: RangeOptions = {}): Promise<Buffer> {
  return underLock(path, start, length, { ...options, shared: true }, file => readAt(file, start, length))
}

function underLock<T>(
  path: Path, start: number, length: number, options: RangeOptions & { shared?: boolean },
  action: (file: OpenFile) => T | Promise<T>,
): Promise<T> {
  const { timeoutMs, signal, shared } = options
  return withFileLock(path, (lock: FileLock) => action(lock.file as OpenFile),
    { start, length, timeoutMs, signal, shared, create: false })
}

function readAt(file: OpenFile, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let done = 0, count; done < length; done += count) {
    count = file.read(bytes.subarray(done), start + done)
    if (count === 0) break   // the end: what is not there is 0
  }
  return bytes
}

const wrongLength = (found: number, wanted: number) => Object.assign(
  new RangeError(`the bytes must stay ${wanted} and are ${found}`), { code: 'ERR_OUT_OF_RANGE' })

const HEADER = 8   // sequence number and checksum, 4 bytes each, little-endian

/** Records of one size in one file, each in two slots. Any number of processes may use it at once. */
export class RecordFile {
  readonly path: Path
  readonly recordBytes: number
  readonly #slot: number

  /** The file must be there; an empty one has no records yet. */
  constructor(path: Path, recordBytes: number) {
    if (!Number.isSafeInteger(recordBytes) || recordBytes < 1) throw wrongLength(recordBytes, 1)
    this.path = path
    this.recordBytes = recordBytes
    this.#slot = HEADER + recordBytes
  }

  /** The record, or null if it was never written. EBADMSG if it is damaged. */
  read(index: number, options: RangeOptions = {}): Promise<Buffer | null> {
    return this.#locked(index, { ...options, shared: true }, (_file, slots) => this.#newest(index, slots)?.bytes ?? null)
  }

  // update a record
  /** Changes a record; `change` gets null the first time. On return it has survived what `durability` says. */
  update(
    index: number, change: (bytes: Buffer | null) => Uint8Array | Promise<Uint8Array>, options: RangeOptions = {},
  ): Promise<void> {
    return this.#locked(index, options, async (file, slots) => {
      const newest = this.#newest(index, slots)
      const bytes = await change(newest === null ? null : Buffer.from(newest.bytes))
      if (bytes.length !== this.recordBytes) throw wrongLength(bytes.length, this.recordBytes)
      const slot = Buffer.alloc(this.#slot)
      const seq = newest === null ? 1 : (newest.seq + 1) >>> 0
      slot.writeUInt32LE(seq, 0)
      slot.set(bytes, HEADER)
      slot.writeUInt32LE(checksum(index, slot), 4)
      file.writeAll(slot, this.#startOf(index) + (newest === null ? 0 : 1 - newest.slot) * this.#slot)
      if (options.durability === 'disk') file.datasync()
    })
  }

  #startOf(index: number): number { return index * 2 * this.#slot }

  #locked<T>(
    index: number, options: RangeOptions & { shared?: boolean }, action: (file: OpenFile, slots: Buffer) => T | Promise<T>,
  ): Promise<T> {
    const [start, length] = [this.#startOf(index), 2 * this.#slot]
    return underLock(this.path, start, length, options, file => action(file, readAt(file, start, length)))
  }
  // find the newest whole slot
  #newest(index: number, slots: Buffer): { slot: number, seq: number, bytes: Buffer } | null {
    const found = [0, 1].flatMap(slot => {
      const part = slots.subarray(slot * this.#slot, (slot + 1) * this.#slot)
      const isWhole = part.readUInt32LE(4) === checksum(index, part)
      return isWhole ? [{ slot, seq: part.readUInt32LE(0), bytes: part.subarray(HEADER) }] : []
    })
    const [one, other] = found
    if (one !== undefined) return other !== undefined && ((other.seq - one.seq) | 0) > 0 ? other : one
    if (isZero(slots.subarray(this.#slot))) return null
    throw new SystemError('EBADMSG', 'read', { path: this.path, hint: `no slot of record ${index} is whole` })
  }
}

const isZero = (bytes: Buffer) => bytes.every(byte => byte === 0)

/** Over the index, the sequence number and the record. Never 0, which is what a slot without a record has. */
function checksum(index: number, slot: Buffer): number {
  const head = Buffer.alloc(12)
  head.writeDoubleLE(index, 0)
  slot.copy(head, 8, 0, 4)
  return crc32(slot.subarray(HEADER), crc32(head)) || 1
}
