// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { open, statIfThere, type OpenFile } from '../foundations/file.ts'
import { unless } from './folder-queue-names.ts'
import { segmentNumbers, segmentPath, type Layout } from './publish-subscribe-layout.ts'
import { endOfRecord, HEAD_BYTES, nextRecord, sizeAt } from './publish-subscribe-record.ts'

/** `bytes` stays valid; it is a part of a larger buffer. */
export interface TopicMessage { offset: number, timeMs: number, bytes: Buffer }

/** A place in a topic, for reading while others write. It takes no lock and leaves no trace. */
export class TopicReader {
  /** Bytes that were removed before this reader came to them. */
  missed = 0
  readonly #layout: Layout
  #number: number
  #position: number
  #file: OpenFile | undefined
  #window: Buffer = EMPTY   // bytes of the segment, up to where it was read
  #windowAt = 0             // where in the segment it begins

  /** Any number is an offset: one that is no message's stands for the next one behind it. */
  constructor(layout: Layout, offset: number) {
    this.#layout = layout
    this.#number = Math.floor(offset / layout.segmentBytes)
    this.#windowAt = this.#position = offset % layout.segmentBytes
  }

  // tell the place
  /** The offset of what `next` gives next, if nothing is removed meanwhile. */
  get offset(): number {
    const { segmentBytes } = this.#layout
    return this.#number * segmentBytes + Math.min(this.#position, segmentBytes)
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  // give the next message
  /** The next message, or undefined if there is none yet. */
  next(): TopicMessage | undefined {
    for (let isOver = false; ;) {
      const found = this.#find()
      if (found !== undefined) return found
      if (this.#readOn()) continue
      if (isOver) {
        this.#enter()
        isOver = false
      } else {
        isOver = this.#hasLater()
        if (!isOver) return undefined
      }
    }
  }

  // find a record in the window
  #find(): TopicMessage | undefined {
    const { mark, segmentBytes } = this.#layout
    const at = this.#position - this.#windowAt
    if (at >= this.#window.length) return undefined
    let [begin, end]: [number | undefined, number | undefined] = [at, endOfRecord(this.#window, at, mark)]
    if (end === undefined) {
      begin = nextRecord(this.#window, at, mark)
      end = begin === undefined ? undefined : endOfRecord(this.#window, begin, mark)
    }
    if (begin === undefined || end === undefined || this.#windowAt + begin >= segmentBytes) return undefined
    const offset = this.#number * segmentBytes + this.#windowAt + begin
    this.#position = this.#windowAt + end
    return { offset, timeMs: this.#window.readDoubleLE(begin + 16), bytes: this.#window.subarray(begin + HEAD_BYTES, end) }
  }

  // read on in the segment
  #readOn(): boolean {
    const { segmentBytes, mark } = this.#layout
    if (this.#position >= segmentBytes) return false
    if (this.#file === undefined && !unless(['ENOENT'], () => {
      this.#file = open(segmentPath(this.#layout, this.#number))
    })) return false
    const rest = this.#window.subarray(this.#position - this.#windowAt)
    const more = sizeAt(rest, 0, mark) - rest.length
    const isLong = more > scratch.length && more < 2 * segmentBytes
    const buffer = isLong ? Buffer.allocUnsafe(more) : scratch
    const count = this.#file!.read(buffer, this.#position + rest.length)
    if (count === 0) return false
    this.#window = Buffer.concat([rest, buffer.subarray(0, count)])
    this.#windowAt = this.#position
    return true
  }

  // go on to a later segment
  #hasLater(): boolean {
    const isThere = (number: number) => statIfThere(segmentPath(this.#layout, number)) !== null
    if (!isThere(this.#number + 1) && isThere(this.#number)) return false
    return segmentNumbers(this.#layout).some(number => number > this.#number)
  }

  #enter(): void {
    const { segmentBytes } = this.#layout
    const number = segmentNumbers(this.#layout).find(each => each > this.#number)!
    const wasRead = this.#file !== undefined || this.#position >= segmentBytes || this.#number < 1
    const gone = (number - this.#number - 1) * segmentBytes + (wasRead ? 0 : segmentBytes - this.#position)
    if (this.#number > 0) this.missed += gone
    this.close()
    this.#number = number
    this.#windowAt = this.#position = 0
    this.#window = EMPTY
  }
}

const EMPTY = Buffer.alloc(0)
const scratch = Buffer.allocUnsafeSlow(262_144)
