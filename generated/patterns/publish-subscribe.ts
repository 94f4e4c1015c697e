// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { open, statIfThere, O_APPEND, O_CREAT, O_DIRECTORY, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { unlink } from '../foundations/name.ts'
import type { Durability } from './atomic-write.ts'
import { namesIn, unless } from './folder-queue-names.ts'
import { layoutOf, segmentNumbers, segmentPath, type Layout } from './publish-subscribe-layout.ts'
import { TopicReader, type TopicMessage } from './publish-subscribe-reader.ts'
import { sealRecord } from './publish-subscribe-record.ts'
import { isCursorHeld, readCursor, Subscriber, type From, type SubscribeOptions } from './publish-subscribe-subscriber.ts'

/** What is kept at least, each where it is given; whole segments go, when all that is given allows it. */
export interface Retention {
  /** Messages. */
  count?: number | undefined
  bytes?: number | undefined
  ageMs?: number | undefined
  /** What these have not read stays: every named subscriber, or those that live. Default: nobody is waited for. */
  readBy?: 'all' | 'living' | undefined
  /** Only segments that end before this offset go. */
  before?: number | undefined
}

export interface TopicOptions {
  /** What `publish` survives: `'os'` (the default) a kill; `'disk'` a power cut; `'disk and folder'` also as the first in its segment. */
  durability?: Durability | undefined
  /** The size at which a segment is full, when the topic is made. Default 16 MiB. A message is not longer. */
  segmentBytes?: number | undefined
  /** Applied whenever this publisher comes to a new segment. Default: all is kept. */
  retain?: Retention | undefined
}

/** Messages in a folder, for any number of publishers and subscribers. */
export class Topic {
  readonly folder: string
  readonly #layout: Layout
  readonly #durability: Durability
  readonly #retain: Retention | undefined
  readonly #counts = new Map<number, number>()
  #file: OpenFile | undefined
  #number = 0
  #end = 0   // of what we last wrote in that segment
  #isClosed = false

  /** Opens the topic in `folder`, and makes it where it is missing. Its parent must be there. */
  constructor(folder: string, { durability = 'os', segmentBytes = 2 ** 24, retain }: TopicOptions = {}) {
    // refuse what no topic can have
    if (!['os', 'disk', 'disk and folder'].includes(durability)) {
      throw new TypeError(`The option 'durability' must be 'os', 'disk' or 'disk and folder'. Received '${durability}'`)
    }
    if (!(Number.isInteger(segmentBytes) && segmentBytes >= 1 && segmentBytes <= 2 ** 30)) {
      throw new TypeError(`The option 'segmentBytes' must be a whole number up to 2 ** 30. Received ${segmentBytes}`)
    }
    this.folder = folder
    this.#layout = layoutOf(folder, durability, segmentBytes)
    this.#durability = durability
    this.#retain = retain
  }

  // publish, and learn the offset
  /** Publishes a message and returns its offset. EMSGSIZE if it is longer than a segment. */
  publish(message: string | Uint8Array): number { return this.publishMany([message])[0]! }

  /** Publishes them in this order. If it fails, the error's `offsets` are of those that are published. */
  publishMany(messages: readonly (string | Uint8Array)[]): number[] {
    if (this.#isClosed) throw new SystemError('EBADF', 'write', { path: this.folder, hint: 'the topic is closed' })
    const timeMs = Date.now()
    const records = messages.map(message => this.#seal(message, timeMs))
    const offsets: number[] = []
    try {
      while (offsets.length < records.length) this.#write(records, offsets)
    } catch (error) {
      throw Object.assign(error as Error, { offsets })
    }
    return offsets
  }

  #seal(message: string | Uint8Array, timeMs: number): Buffer {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message
    const { segmentBytes, mark, folder } = this.#layout
    if (bytes.length <= segmentBytes) return sealRecord(mark, bytes, timeMs)
    throw new SystemError('EMSGSIZE', 'write', { path: folder, hint: `at most ${segmentBytes} bytes, not ${bytes.length}` })
  }

  // write what is not published yet
  #write(records: readonly Buffer[], offsets: number[]): void {
    const { segmentBytes } = this.#layout
    const file = this.#file ??= this.#enter()
    const rest = this.#thatFit(records.slice(offsets.length))
    const count = file.write(rest.length === 1 ? rest[0]! : Buffer.concat(rest))
    const end = this.#end = file.seek(0, 'current')
    if (this.#durability !== 'os') file.datasync()
    let begin = end - count
    for (const { length } of rest) {
      if (begin >= segmentBytes || begin + length > end) break
      offsets.push(this.#number * segmentBytes + begin)
      begin += length
    }
    if (end >= segmentBytes) this.#leave()
  }

  /** The first of the records, and those that begin before the line if nobody else writes meanwhile. */
  #thatFit(records: Buffer[]): Buffer[] {
    let at = this.#end
    return records.filter(({ length }, i) => (at += length) - length < this.#layout.segmentBytes || i === 0)
  }

  #leave(): void {
    this.#file?.close()
    this.#file = undefined
    this.#end = 0
  }

  // come to the last segment
  #enter(): OpenFile {
    const last = () => segmentNumbers(this.#layout).at(-1) ?? 1
    for (let number = Math.max(last(), this.#number + 1); ;) {
      const file = open(segmentPath(this.#layout, number), O_WRONLY | O_APPEND | O_CREAT)
      try {
        if (this.#durability === 'disk and folder') this.#syncFolder()
        const latest = last()
        if (latest === number) {
          this.#number = number
          if (this.#retain !== undefined) this.prune(this.#retain)
          return file
        }
        number = latest
      } catch (error) {
        file.close()
        throw error
      }
      file.close()
    }
  }

  #syncFolder(): void {
    const folder = open(this.#layout.segments, O_DIRECTORY)
    try {
      folder.sync()
    } finally {
      folder.close()
    }
  }

  // find a place by name or time
  /** The offset at which everything published later will be. */
  get end(): number {
    const { segmentBytes } = this.#layout
    const number = segmentNumbers(this.#layout).at(-1) ?? 1
    const size = statIfThere(segmentPath(this.#layout, number))?.size ?? 0
    return number * segmentBytes + Math.min(size, segmentBytes)
  }

  /** Where a segment ends: what its messages' offsets are divided by. */
  get segmentBytes(): number { return this.#layout.segmentBytes }

  /** The offset of the oldest that is kept. */
  get start(): number { return (segmentNumbers(this.#layout)[0] ?? 1) * this.#layout.segmentBytes }

  /** The offset of the first message that was published at that time or later; of the end, if none was. */
  offsetAt(timeMs: number): number {
    const isLater = (number: number) => {
      const found = statIfThere(segmentPath(this.#layout, number))
      return found !== null && Number(found.mtimeNs / 1_000_000n) >= timeMs - 1000
    }
    const number = segmentNumbers(this.#layout).find(isLater)
    if (number === undefined) return this.end
    for (const message of this.messages(number * this.#layout.segmentBytes)) {
      if (message.timeMs >= timeMs) return message.offset
    }
    return this.end
  }

  /** The offset of a place. */
  offsetOf(from: From): number {
    if (typeof from === 'number') return from
    return typeof from === 'object' ? this.offsetAt(from.timeMs) : this[from]
  }

  // read, and subscribe
  /** All messages from a place to the end, without waiting. */
  *messages(from: From = 'start'): Generator<TopicMessage, void, undefined> {
    const reader = new TopicReader(this.#layout, this.offsetOf(from))
    try {
      for (let message; (message = reader.next()) !== undefined;) yield message
    } finally {
      reader.close()
    }
  }

  /** A subscriber, which goes on where its name has stopped. EAGAIN if another process has the name. */
  subscribe({ name, from = 'end' }: SubscribeOptions = {}): Subscriber {
    return new Subscriber(this.#layout, name, () => this.offsetOf(from))
  }

  /** Lets go of the segment. Subscribers live on. A second time does nothing. */
  close(): void {
    this.#isClosed = true
    this.#leave()
  }

  // say who is behind
  /** The named subscribers: where they stand, how many bytes behind the end that is, whether they live. */
  subscribers(): { name: string, offset: number, behind: number, lives: boolean }[] {
    const end = this.end
    return namesIn(this.#layout.cursors, 'file').sort().flatMap(name => {
      let file: OpenFile | undefined
      if (!unless(['ENOENT'], () => { file = open(`${this.#layout.cursors}/${name}`) })) return []
      try {
        const offset = readCursor(file!) ?? end
        return [{ name, offset, behind: Math.max(0, end - offset), lives: isCursorHeld(file!) }]
      } finally {
        file!.close()
      }
    })
  }

  /** Forgets a subscriber: its place is gone. ENOENT if there is none of that name. */
  forget(name: string): void { unlink(`${this.#layout.cursors}/${name}`) }

  // remove what nobody needs any more
  /** Removes segments, the oldest first, as far as all that is given allows. Returns how many. */
  prune({ count = 0, bytes = 0, ageMs = 0, readBy, before = Infinity }: Retention): number {
    const numbers = segmentNumbers(this.#layout)
    const isWaitedFor = ({ lives }: { lives: boolean }) => readBy === 'all' || (readBy === 'living' && lives)
    const unread = Math.min(before, ...this.subscribers().filter(isWaitedFor).map(({ offset }) => offset))
    const old = Date.now() - ageMs
    // know what would be left without each
    const sizes = numbers.map(number => statIfThere(segmentPath(this.#layout, number)))
    const left = numbers.slice(0, -1).map((number, i) => {
      const later = numbers.slice(i + 1)
      return {
        number,
        bytesAfter: sizes.slice(i + 1).reduce((sum, found) => sum + (found?.size ?? 0), 0),
        countAfter: () => count === 0 ? 0 : later.reduce((sum, each) => sum + this.#countIn(each), 0),
        writtenMs: Number((sizes[i]?.mtimeNs ?? 0n) / 1_000_000n),
      }
    })
    let removed = 0
    for (const { number, bytesAfter, countAfter, writtenMs } of left) {
      const isRead = (number + 1) * this.#layout.segmentBytes <= unread
      const isOld = ageMs === 0 || writtenMs < old
      if (!isRead || !isOld || bytesAfter < bytes || countAfter() < count) break
      unless(['ENOENT'], () => unlink(segmentPath(this.#layout, number)))
      this.#counts.delete(number)
      removed++
    }
    return removed
  }

  // count the messages of a segment once
  #countIn(number: number): number {
    const known = this.#counts.get(number)
    if (known !== undefined) return known
    const { segmentBytes } = this.#layout
    let count = 0
    for (const { offset } of this.messages(number * segmentBytes)) {
      if (offset >= (number + 1) * segmentBytes) break
      count++
    }
    const isFull = (statIfThere(segmentPath(this.#layout, number))?.size ?? 0) >= segmentBytes
    if (isFull) this.#counts.set(number, count)
    return count
  }
}
