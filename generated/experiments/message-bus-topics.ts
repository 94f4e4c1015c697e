// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'
import { unless } from '../patterns/folder-queue-names.ts'
import { mkdir } from '../foundations/name.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import type { Durability } from '../patterns/atomic-write.ts'
import type { TopicMessage } from '../patterns/publish-subscribe-reader.ts'
import type { From, Subscriber } from '../patterns/publish-subscribe-subscriber.ts'
import { Topic, type Retention } from '../patterns/publish-subscribe.ts'
import { Inotify, IN_CREATE, IN_DELETE, IN_MODIFY } from '../primitives/inotify.ts'
import type {
  BusMessage, PublishOptions, Subscription, SubscriptionOptions,
} from './message-bus-topics-interface.ts'
import { checkTopic, matcher } from './message-bus-topics-pattern.ts'

export interface FileBusOptions {
  /** What `publish` and `ack` survive: `'os'` (the default) a kill, `'disk'` and `'disk and folder'` a power cut. */
  durability?: Durability | undefined
  /** What the bus keeps at least; removed is what all named subscribers and groups are done with. Default: all. */
  retain?: Retention | undefined
  /** `publish` waits while somebody is further behind than this. At least 262,144. Default: never. */
  backlogBytesMax?: number | undefined
  /** The size of the log's segments, when the bus is made: what retention removes at once. Default 16 MiB. */
  segmentBytes?: number | undefined
}

/** A message, as it lies in the log behind a line with its topic. */
export class LoggedMessage implements BusMessage {
  readonly offset: number
  readonly timeMs: number
  readonly topic: string
  readonly bytes: Buffer
  readonly dueMs: number

  constructor({ offset, timeMs, bytes }: TopicMessage) {
    const end = bytes.indexOf(10)
    const [topic, due] = bytes.toString('utf8', 0, end).split(' ')
    this.offset = offset
    this.timeMs = timeMs
    this.topic = topic!
    this.bytes = bytes.subarray(end + 1)
    this.dueMs = due === undefined ? timeMs : Number(due)
  }

  get id(): string { return String(this.offset) }
  text(): string { return this.bytes.toString() }
}

function envelope(topic: string, message: string | Uint8Array, delayMs: number): Buffer {
  checkTopic(topic)
  if (!(delayMs >= 0)) throw new RangeError(`delayMs must not be negative. Received ${delayMs}`)
  const head = delayMs > 0 ? `${topic} ${Math.ceil(Date.now() + delayMs)}\n` : `${topic}\n`
  return Buffer.concat([Buffer.from(head), typeof message === 'string' ? Buffer.from(message) : message])
}

/** The log of a bus: what is published, and who reads all of it. */
export class BusLog {
  readonly folder: string
  protected readonly log: Topic
  protected readonly options: FileBusOptions
  readonly #closing = new AbortController()
  readonly #open = new Set<Subscriber>()
  #uncheckedBytes = Infinity

  /** Opens the bus in `folder`, and makes it where it is missing. Its parent must be there. */
  constructor(folder: string, options: FileBusOptions = {}) {
    const { durability, segmentBytes, retain, backlogBytesMax = Infinity } = options
    if (!(backlogBytesMax >= BACKLOG_LEAST)) {
      throw new RangeError(`backlogBytesMax must be at least ${BACKLOG_LEAST}. Received ${backlogBytesMax}`)
    }
    unless(['EEXIST'], () => mkdir(folder))
    this.folder = folder
    this.options = options
    this.log = new Topic(`${folder}/log`, { durability, segmentBytes, retain: retain && { readBy: 'all', ...retain } })
  }

  // publish, when there is room
  /** Resolves to the message's id. ENOSPC and the like: it is not on the bus. ETIMEDOUT: no room for so long. */
  async publish(topic: string, message: string | Uint8Array, options: PublishOptions = {}): Promise<string> {
    return (await this.publishMany(topic, [message], options))[0]!
  }

  /** The same for several, which are one write. */
  async publishMany(
    topic: string, messages: readonly (string | Uint8Array)[], options: PublishOptions = {},
  ): Promise<string[]> {
    const { backlogBytesMax = Infinity } = this.options
    const records = messages.map(message => envelope(topic, message, options.delayMs ?? 0))
    if (this.#uncheckedBytes * 16 >= backlogBytesMax && backlogBytesMax < Infinity) {
      await this.#room(backlogBytesMax, options)
      this.#uncheckedBytes = 0
    }
    for (const { length } of records) this.#uncheckedBytes += length
    return this.log.publishMany(records).map(String)
  }

  // wait for those who are behind
  /** How many bytes of the log the slowest has yet to read. */
  backlogBytes(): number { return Math.max(0, ...this.log.subscribers().map(({ behind }) => behind)) }

  async #room(most: number, { timeoutMs = Infinity, signal }: WaitOptions): Promise<void> {
    if (this.backlogBytes() <= most) return
    const deadline = performance.now() + timeoutMs
    const bell = new Inotify()
    try {
      bell.add(`${this.folder}/log/cursors`, IN_MODIFY | IN_CREATE | IN_DELETE)
      while (this.backlogBytes() > most) {
        const either = AbortSignal.any([this.#closing.signal, ...signal === undefined ? [] : [signal]])
        await bell.wait({ timeoutMs: Math.max(0, deadline - performance.now()), signal: either })
        bell.take()
      }
    } finally {
      bell.close()
    }
  }

  // subscribe to a pattern
  /** Every message of the matching topics. EINVAL for a bad pattern, EAGAIN for a name that is in use. */
  async subscribe(pattern: string, { name, from = 'end' }: SubscriptionOptions = {}): Promise<Subscription> {
    const isWanted = matcher(pattern)
    const subscriber = this.log.subscribe({ name: name && `subscriber ${name}`, from: placeOf(from) })
    this.#open.add(subscriber)
    const take = async (options: WaitOptions = {}): Promise<LoggedMessage> => {
      const deadline = performance.now() + (options.timeoutMs ?? Infinity)
      for (;;) {
        const timeoutMs = Math.max(0, deadline - performance.now())
        const message = new LoggedMessage(await subscriber.next({ timeoutMs, signal: options.signal }))
        if (isWanted(message.topic)) return message
      }
    }
    const close = () => { subscriber.close(); this.#open.delete(subscriber) }
    return {
      take,
      commit: () => promised(() => subscriber.commit()),
      close: () => promised(close),
      [Symbol.asyncIterator]: () => iterate(take, () => subscriber.commit()),
    }
  }

  // forget what is old, and who is gone
  /** Removes what is older than is asked for and was read by all, or by those that `readBy` says. Returns how many segments. */
  prune(retention: Retention = {}): number { return this.log.prune({ readBy: 'all', ...retention }) }

  /** The named subscribers: how many bytes each is behind, and whether it lives. */
  subscribers(): { name: string, behind: number, lives: boolean }[] {
    return this.log.subscribers().flatMap(({ name, behind, lives }) =>
      name.startsWith('subscriber ') ? [{ name: name.slice(11), behind, lives }] : [])
  }

  /** Forgets a subscriber and its place. ENOENT if there is none of that name. */
  forget(name: string): void { this.log.forget(`subscriber ${name}`) }

  /** Ends all that was opened here. */
  async close(): Promise<void> {
    this.#closing.abort(new SystemError('EBADF', 'write', { path: this.folder, hint: 'the bus is closed' }))
    for (const subscriber of this.#open) subscriber.close()
    await promised(() => this.log.close())
  }
}

const BACKLOG_LEAST = 262_144

export const promised = (action: () => void) => new Promise<void>(resolve => { action(); resolve() })

export const placeOf = (from: NonNullable<SubscriptionOptions['from']>): From =>
  typeof from === 'object' && 'id' in from ? idToOffset(from.id) : from

/** EINVAL for what this bus never gave out. */
export function idToOffset(id: string): number {
  const offset = Number(id)
  if (/^\d+$/.test(id) && Number.isSafeInteger(offset)) return offset
  throw new SystemError('EINVAL', 'open', { path: id, hint: 'no message of this bus has such an id' })
}

/** What `take` gives, until it says EBADF. Asking for more says that what was given is done. */
export async function* iterate<T>(
  take: () => Promise<T>, done: (given: T) => unknown = () => {},
): AsyncGenerator<T, void, undefined> {
  for (;;) {
    let given: T
    try {
      given = await take()
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EBADF') return
      throw error
    }
    yield given
    await done(given)
  }
}
