// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { open, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { IN_MODIFY, IN_MOVED_TO, Inotify } from '../primitives/inotify.ts'
import { damaged, letGo, placed, segmentName, segmentsIn } from './append-log-segments.ts'
import {
  decodeSegment, FRAME_HEADER, frameAt, proofIn, SEGMENT_HEADER, type Frame, type Segment,
} from './append-log-format.ts'

/** `bytes` stays valid; it is a part of a larger buffer. */
export interface LogRecord { sequence: number, bytes: Buffer }

/** A place in a log, for reading while it is written. It takes no lock, and what it reads is `'os'`. */
export class Cursor {
  readonly #folder: string
  #next: number
  #file: OpenFile | undefined
  #path = ''
  #segment!: Segment
  #offset = 0
  #due = 0              // the record with which the frame at this place must begin
  #window: Buffer = EMPTY
  #windowAt = 0
  #frame: Buffer = EMPTY      // what is left of the records of the frame that is being read

  /** Stands before record `from`; by default before the oldest that is kept. */
  constructor(folder: string, { from }: { from?: number | undefined } = {}) {
    this.#folder = folder
    this.#next = from ?? segmentsIn(folder)[0] ?? 1
  }

  /** The number of the record that `next` gives next. */
  get sequence(): number { return this.#next }

  close(): void { if (this.#file !== undefined) letGo(this.#file) }

  // give the next record
  /** The next record, or undefined if there is none yet. ENOENT: it was removed. EBADMSG: damaged. */
  next(): LogRecord | undefined {
    while (this.#frame.length === 0) if (!this.#advance()) return undefined
    const size = this.#frame.readUInt32LE(0)
    const bytes = this.#frame.subarray(4, 4 + size)
    this.#frame = this.#frame.subarray(4 + size)
    return { sequence: this.#next++, bytes }
  }

  // read one frame on
  /** Reads one frame on, or into the next segment; false if there is nothing yet. */
  #advance(): boolean {
    if (this.#file === undefined) return this.#enter()
    const frame = this.#load()
    if (frame === undefined) {
      this.#mustBeWhole()
      return this.#enter()
    }
    const at = frame.offset - this.#windowAt
    this.#offset = frame.end
    this.#due = frame.first + frame.count
    this.#frame = this.#window.subarray(at + FRAME_HEADER, at + FRAME_HEADER + frame.bytes)
    // skip what comes before the place
    for (let sequence = frame.first; sequence < this.#next && this.#frame.length > 0; sequence++) {
      this.#frame = this.#frame.subarray(4 + this.#frame.readUInt32LE(0))
    }
    return true
  }

  // load the frame at the place
  #load(): Frame | undefined {
    const { seed } = this.#segment
    const inWindow = () => frameAt(this.#window, this.#offset - this.#windowAt, this.#offset, seed)
    const frame = inWindow()
    if (frame !== undefined) return frame
    const header = this.#read(FRAME_HEADER)
    if (header.every(byte => byte === 0)) return undefined
    const size = Math.min(FRAME_HEADER + header.readUInt32LE(4), this.#segment.bytes - this.#offset)
    this.#window = this.#read(Math.max(size, WINDOW_BYTES))
    this.#windowAt = this.#offset
    return inWindow()
  }

  #read(size: number): Buffer {
    const buffer = Buffer.allocUnsafe(size)
    try {
      return buffer.subarray(0, this.#file!.read(buffer, this.#offset))
    } catch (error) {
      throw placed(error, this.#path)
    }
  }

  // enter the next segment
  /** Opens the segment of the next record, if there is one that is not open. */
  #enter(): boolean {
    const first = segmentsIn(this.#folder).findLast(first => first <= this.#next)
    const isCurrent = this.#file !== undefined && first === this.#segment.first
    if (isCurrent || first === undefined) return this.#mustNotBeLater()
    const path = `${this.#folder}/${segmentName(first)}`
    const file = open(path)
    const segment = headerOf(file, path)
    if (segment.first !== first || this.#isAnother(segment)) {
      letGo(file)
      throw damaged(path, 'it belongs to another log, or to another place in this one')
    }
    if (this.#file !== undefined) letGo(this.#file)
    this.#file = file
    this.#path = path
    this.#segment = segment
    this.#offset = SEGMENT_HEADER
    this.#due = segment.first
    this.#window = EMPTY
    this.#windowAt = 0
    return true
  }

  #isAnother({ identity }: Segment): boolean {
    return this.#file !== undefined && !identity.equals(this.#segment.identity)
  }

  // tell what is missing, and what is damaged
  #mustNotBeLater(): false {
    const first = segmentsIn(this.#folder).find(first => first > this.#next)
    if (first === undefined) return false
    const isRemoved = this.#file === undefined
    const hint = `records ${this.#next} to ${first - 1} are not there any more`
    if (isRemoved) throw new SystemError('ENOENT', 'open', { path: this.#folder, hint })
    throw damaged(this.#path, `record ${this.#next} should be at byte ${this.#offset}, and ${first} follows`)
  }

  /** A frame that is not whole is being written, unless a later one shows that it once was. */
  #mustBeWhole(): void {
    const header = this.#read(FRAME_HEADER)
    if (header.every(byte => byte === 0)) return
    const rest = this.#read(this.#segment.bytes - this.#offset)
    const proof = proofIn(rest, 0, this.#offset, this.#due, this.#segment.seed)
    if (proof === undefined || this.#load() !== undefined) return
    throw damaged(this.#path, `record ${this.#due} at byte ${this.#offset} is damaged, and record ` +
      `${proof.first} at byte ${proof.offset} shows that it was on the disk`)
  }
}

function headerOf(file: OpenFile, path: string): Segment {
  try {
    const header = Buffer.alloc(SEGMENT_HEADER)
    const segment = file.read(header, 0) === SEGMENT_HEADER ? decodeSegment(header) : undefined
    if (segment === undefined) throw damaged(path, 'its header is not one of a log')
    return segment
  } catch (error) {
    letGo(file)
    throw placed(error, path)
  }
}

const EMPTY = Buffer.alloc(0)
const WINDOW_BYTES = 65_536

/** The records from `from` on, and then each as it is written, until the signal. */
export async function* follow(
  folder: string, { from, signal }: { from?: number | undefined, signal?: AbortSignal | undefined } = {},
): AsyncGenerator<LogRecord, void, undefined> {
  const watch = new Inotify()
  const cursor = new Cursor(folder, { from })
  try {
    watch.add(folder, IN_MODIFY | IN_MOVED_TO)
    for (;;) {
      for (let record; (record = cursor.next()) !== undefined;) yield record
      await watch.wait({ signal })
      watch.take()
    }
  } finally {
    cursor.close()
    watch.close()
  }
}
