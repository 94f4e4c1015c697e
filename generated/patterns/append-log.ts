// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import type { OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { rename, unlink } from '../foundations/name.ts'
import {
  align, decodeSegment, encodeSegment, FRAME_HEADER, sealFrame, SEGMENT_HEADER, type Segment,
} from './append-log-format.ts'
import {
  letGo, newName, openSegments, prepare, removeQuietly, segmentName, segmentsIn, type Recovery,
} from './append-log-segments.ts'
import { syncHere, SyncThread, type Sync } from './append-log-sync.ts'
import type { Durability } from './atomic-write.ts'

/** What a record has survived when it is acknowledged: nothing yet, a kill, a power cut, that and its name. */
export type LogDurability = 'memory' | Durability
const LEVELS: readonly LogDurability[] = ['memory', 'os', 'disk', 'disk and folder']

/** `durability` is what was reached; it may be more than was asked for. */
export interface Ack { sequence: number, durability: LogDurability }

export interface LogOptions {
  /** What `append` waits for unless it is told. Default `'disk and folder'`. */
  durability?: LogDurability | undefined
  /** Size of a segment, and above the largest record by at least 92 bytes. Default 16 MiB. */
  segmentBytes?: number | undefined
  /** Who waits for the disk: a thread of the log's own (the default), the event loop, or a function. */
  sync?: 'thread' | 'here' | Sync | undefined
}

/** The records that are written and acknowledged together, encoded as they come. */
class Batch {
  bytes: Buffer
  used = FRAME_HEADER
  level = 0
  readonly first: number
  readonly levels: number[] = []
  readonly resolves: ((ack: Ack) => void)[] = []
  readonly rejects: ((error: unknown) => void)[] = []

  constructor(first: number, bytes: Buffer) {
    this.first = first
    this.bytes = bytes
  }

  get count(): number { return this.levels.length }

  // encode one record
  add(record: Uint8Array): void {
    const end = this.used + 4 + record.length
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, this.bytes.length * 2))
      this.bytes.copy(grown, 0, 0, this.used)
      this.bytes = grown
    }
    const { bytes, used } = this
    bytes[used] = record.length
    bytes[used + 1] = record.length >>> 8
    bytes[used + 2] = record.length >>> 16
    bytes[used + 3] = record.length >>> 24
    bytes.set(record, used + 4)
    this.used = end
  }

  /** Answers those who wait for `from` to `to` with what was reached. */
  acknowledge(from: number, to: number, durability: LogDurability): void {
    const { levels, resolves, first } = this
    for (let i = 0; i < levels.length; i++) {
      if (levels[i]! >= from && levels[i]! <= to) resolves[i]!({ sequence: first + i, durability })
    }
  }

  /** Answers everybody who has no answer yet; a promise keeps its first one. */
  reject(error: unknown): void {
    for (const reject of this.rejects) reject(error)
  }
}

// One executor for all promises: a closure for each record would cost more than the record.
let resolveLast: (ack: Ack) => void, rejectLast: (error: unknown) => void
const executor = (resolve: (ack: Ack) => void, reject: (error: unknown) => void) => {
  resolveLast = resolve
  rejectLast = reject
}

export class AppendLog {
  readonly folder: string
  readonly recovery: Recovery
  readonly #durability: LogDurability
  readonly #segmentBytes: number
  readonly #frameBytes: number
  readonly #lock: OpenFile
  readonly #names: OpenFile
  readonly #thread: SyncThread | undefined
  readonly #sync: Sync
  // know where the end is, and who waits
  #file: OpenFile
  #segment: Segment
  #offset: number
  #next: number          // of the next record that is appended
  #written: number       // the last record that is in the file
  #durable: number       // the last record that is on the disk
  #queue: Batch[] = []
  #flushes: Flush[] = []
  #spare: Buffer[] = []
  #running: Promise<void> | undefined
  #poison: unknown
  #lost: unknown
  #closed = false

  constructor(folder: string, options: LogOptions = {}) {
    const { durability = 'disk and folder', segmentBytes = 2 ** 24, sync = 'thread' } = options
    // refuse options that no log can have
    levelOf(durability)
    if (!(Number.isInteger(segmentBytes) && segmentBytes >= 256 && segmentBytes <= 2 ** 31)) {
      throw refusal(`The option 'segmentBytes' must be from 256 to 2 ** 31. Received ${segmentBytes}`)
    }
    this.folder = folder
    this.#durability = durability
    this.#segmentBytes = align(segmentBytes)
    this.#frameBytes = Math.min(FRAME_BYTES, this.#segmentBytes - SEGMENT_HEADER)
    // open the segments, and choose who waits for the disk
    const opened = openSegments(folder, this.#segmentBytes)
    this.recovery = opened.recovery
    this.#lock = opened.lock
    this.#names = opened.names
    this.#file = opened.file
    this.#segment = opened.segment
    this.#offset = opened.offset
    this.#next = opened.recovery.next
    this.#written = this.#durable = this.#next - 1
    this.#thread = sync === 'thread' ? new SyncThread() : undefined
    this.#sync = typeof sync === 'function' ? sync : this.#thread?.sync ?? syncHere
  }

  // append a record, and answer later
  /** The number that the next record gets, if those before it are not refused. */
  get next(): number { return this.#next }

  // append
  /**
   * Adds a record and resolves when it is as durable as asked. Records are in the order of the calls.
   * ENOSPC, EIO: this record and all that had no answer yet are not in the log, unless the log is
   * poisoned (`hint`), when only opening it again can tell.
   */
  append(record: Uint8Array, options?: { durability?: LogDurability | undefined }): Promise<Ack> {
    const level = levelOf(options?.durability ?? this.#durability)
    if (this.#poison !== undefined || this.#closed) return Promise.reject(this.#refusal())
    // refuse a record that fits no segment
    if (record.length > this.#segmentBytes - ROOM) {
      return Promise.reject(refusal(`The record must be at most ${this.#segmentBytes - ROOM} bytes ` +
        `long, as its segment is. Received ${record.length}`))
    }
    let batch = this.#queue.at(-1)
    if (batch === undefined || batch.used + 4 + record.length > this.#frameBytes) batch = this.#begin()
    batch.add(record)
    batch.levels.push(level)
    if (level > batch.level) batch.level = level
    const sequence = this.#next++
    this.#running ??= this.#run()
    // answer at once, or later
    const promise = new Promise<Ack>(executor)
    batch.resolves.push(resolveLast)
    batch.rejects.push(rejectLast)
    if (level === 0) resolveLast({ sequence, durability: 'memory' })
    return promise
  }

  // wait for everything that came before
  /** Resolves when all that was appended before is on the disk; rejects if any of it was lost. */
  flush(): Promise<void> {
    if (this.#poison !== undefined || this.#closed) return Promise.reject(this.#refusal())
    return this.#flush()
  }

  #flush(): Promise<void> {
    const flushed = new Promise<void>((resolve, reject) => this.#flushes.push({ resolve, reject }))
    this.#running ??= this.#run()
    return flushed
  }

  // close, with a mark at the end
  /** Makes all of it durable, marks the end and lets go. Rejects if a record with a weak promise was lost. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      if (this.#poison === undefined) await this.#flush()
      if (this.#poison === undefined) await this.#markEnd()
      if (this.#lost !== undefined) throw this.#lost
    } finally {
      this.#thread?.close()
      letGo(this.#file, this.#names, this.#lock)
    }
  }
  //

  /** Lets go at once, as a kill does: what has no answer yet is refused, and nothing more is written. */
  abandon(): void {
    this.#closed = true
    this.#poison ??= new SystemError('EBADF', 'pwrite')
    this.#thread?.close()
    letGo(this.#file, this.#names, this.#lock)
  }

  /** A frame without records: it proves that all before it was on the disk. */
  async #markEnd(): Promise<void> {
    const end = new Batch(this.#next, Buffer.alloc(FRAME_HEADER))
    try {
      if (this.#fits(end)) this.#write(end)
      await this.#makeDurable()
    } catch { /* all that was promised is kept without it */ }
  }

  // remove what is old, by whole segments
  /** Removes the segments, the oldest first, that hold only records before `sequence`. */
  removeBefore(sequence: number): string[] {
    const firsts = segmentsIn(this.folder)
    const old = firsts.filter((_, i) => firsts[i + 1] !== undefined && firsts[i + 1]! <= sequence)
    return old.map(first => {
      const path = `${this.folder}/${segmentName(first)}`
      unlink(path)
      return path
    })
  }

  // take everything that waits, and then what has come meanwhile
  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#flushes.length > 0) {
      await new Promise(setImmediate)
      await this.#commit(this.#queue.splice(0), this.#flushes.splice(0))
    }
    this.#running = undefined
  }

  async #commit(batches: Batch[], flushes: Flush[]): Promise<void> {
    const written: Batch[] = []
    let isWanted = flushes.length > 0 && this.#durable < this.#written
    // write the batches, and refuse what could not be written
    try {
      for (const batch of batches) {
        if (!this.#fits(batch)) await this.#rotate(batch.first)
        this.#write(batch)
        written.push(batch)
        batch.acknowledge(1, 1, 'os')
        if (batch.level > 1 || flushes.length > 0) isWanted = true
      }
    } catch (error) {
      this.#refuse(batches.slice(written.length), error)
    }
    // make them durable, if anybody waits for it
    try {
      if (isWanted) await this.#makeDurable()
      for (const batch of written) batch.acknowledge(2, 3, 'disk and folder')
      if (this.#lost !== undefined && flushes.length > 0) throw this.#lost
      for (const { resolve } of flushes) resolve()
    } catch (error) {
      const told = this.#told(error)
      for (const each of [...written, ...flushes]) each.reject(told)
      if (this.#poison !== undefined) this.#refuse([], error)
    }
    this.#lost = flushes.length > 0 ? undefined : this.#lost
    for (const { bytes } of written) {
      if (this.#spare.length < 4 && bytes.length <= 2 * FRAME_BYTES) this.#spare.push(bytes)
    }
  }

  #begin(): Batch {
    const batch = new Batch(this.#next, this.#spare.pop() ?? Buffer.allocUnsafe(65_536))
    this.#queue.push(batch)
    return batch
  }

  #fits(batch: Batch): boolean { return this.#offset + align(batch.used) <= this.#segment.bytes }

  // write one frame, or none of it
  #write(batch: Batch): void {
    const frame = batch.bytes.subarray(0, batch.used)
    const offset = this.#offset
    sealFrame(frame, batch.first, batch.count, this.#durable, this.#segment.seed, offset)
    let done = 0
    try {
      while (done < frame.length) {
        const count = this.#file.write(done === 0 ? frame : frame.subarray(done), offset + done)
        if (count === 0) throw new SystemError('EIO', 'pwrite', { hint: 'the file took no bytes' })
        done += count
      }
    } catch (error) {
      if (done > 0) this.#wipe(offset, done)
      throw error
    }
    this.#offset = offset + align(frame.length)
    this.#written = batch.first + batch.count - 1
  }

  #wipe(offset: number, bytes: number): void {
    try {
      this.#file.writeAll(Buffer.alloc(bytes), offset)
    } catch (error) {
      this.#poison = error
    }
  }

  // begin a new segment
  async #rotate(first: number): Promise<void> {
    await this.#makeDurable()
    const header = encodeSegment({ identity: this.#segment.identity, first, bytes: this.#segmentBytes })
    const path = `${this.folder}/${segmentName(first)}`
    const file = prepare(path, header)
    try {
      await this.#settled(file, 'data')
      rename(newName(path), path)
      await this.#settled(this.#names, 'all')
    } catch (error) {
      letGo(file)
      if (this.#poison === undefined) removeQuietly(newName(path))
      throw error
    }
    letGo(this.#file)
    this.#file = file
    this.#segment = decodeSegment(header)!
    this.#offset = SEGMENT_HEADER
  }

  async #makeDurable(): Promise<void> {
    const written = this.#written
    await this.#settled(this.#file, 'data')
    this.#durable = written
  }

  // sync once, and never again
  async #settled(file: OpenFile, how: 'data' | 'all'): Promise<void> {
    if (this.#poison !== undefined) throw this.#poison
    try {
      await this.#sync(file, how)
    } catch (error) {
      this.#poison = error
      throw error
    }
  }

  // say what was refused, and what is not known
  #refuse(batches: Batch[], error: unknown): void {
    const told = this.#told(error)
    for (const batch of [...batches, ...this.#queue.splice(0)]) {
      if (batch.levels.includes(0)) this.#lost ??= told
      batch.reject(told)
    }
    this.#next = this.#written + 1
  }

  #told(error: unknown): unknown {
    if (!(error instanceof SystemError)) return error
    const hint = this.#poison === undefined
      ? `record ${this.#written + 1} and those after it are not in the log; it can be used as before`
      : `whether records after ${this.#durable} are in the log is known when it is opened again`
    const path = `${this.folder}/${segmentName(this.#segment.first)}`
    return Object.assign(new SystemError(error.errno, error.syscall, { path, hint }), { cause: error })
  }

  #refusal(): unknown {
    return this.#poison === undefined
      ? new SystemError('EBADF', 'pwrite', { path: this.folder, hint: 'the log is closed' })
      : this.#told(this.#poison)
  }
}

interface Flush { resolve: () => void, reject: (error: unknown) => void }

const FRAME_BYTES = 2 ** 20
const ROOM = SEGMENT_HEADER + FRAME_HEADER + 4

function levelOf(durability: LogDurability): number {
  const level = LEVELS.indexOf(durability)
  if (level === -1) throw refusal(`The option 'durability' must be one of ${LEVELS.join(', ')}. ` +
    `Received ${String(durability)}`)
  return level
}

function refusal(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}
