// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import type { WaitOptions } from '../foundations/wait.ts'

/** A message as a subscriber gets it. */
export interface BusMessage {
  /** The bus's own name for it. Sorts nothing; `subscribe({ from: { id } })` begins there. */
  readonly id: string
  readonly topic: string
  readonly bytes: Buffer
  /** When it was published, in milliseconds since 1970. */
  readonly timeMs: number
  /** Not before then is it given to a group. */
  readonly dueMs: number
  text(): string
}

/** A message that is this consumer's, until it says how it ended. */
export interface Delivery extends BusMessage {
  /** How often it was given out: 1 the first time. */
  readonly deliveries: number
  /** It is done, and comes to nobody of the group again. */
  ack(): Promise<void>
  /** It comes again, to whoever is free, after `delayMs`; too often, and it is a dead letter. */
  nack(options?: { delayMs?: number }): Promise<void>
  /** It will never be done: a dead letter at once. */
  reject(why: string): Promise<void>
}

export interface PublishOptions extends WaitOptions {
  /** Groups get it after so many milliseconds. Subscribers see it at once, and when it is due. */
  delayMs?: number | undefined
}

export interface SubscriptionOptions {
  /** Keeps the place under this name. EAGAIN if a living process has the name. */
  name?: string | undefined
  /** For a name that is new, or no name. Default `'end'`: what is published from now on. */
  from?: 'start' | 'end' | { id: string } | { timeMs: number } | undefined
}

export interface JoinOptions {
  /** What the group hears. Needed of the first who joins; the others may leave it out. */
  pattern?: string | undefined
  /** Where the group begins, of the first who joins. Default `'start'`: with the oldest that is kept. */
  from?: SubscriptionOptions['from']
  /** After so many deliveries without `ack`, a message is a dead letter. Default 5. */
  deliveriesMax?: number | undefined
  /** How many new messages a consumer takes at once. Default 16. */
  prefetch?: number | undefined
}

/** Messages as they come: in a loop, which ends with `close`, or one at a time. */
export interface Source<T> extends AsyncIterable<T> {
  /** Resolves to the next one. ETIMEDOUT, the signal's reason, or EBADF after `close`. */
  take(options?: WaitOptions): Promise<T>
  close(): Promise<void>
}

export interface Subscription extends Source<BusMessage> {
  /** All that was given out is done: a subscriber of this name goes on behind it. */
  commit(): Promise<void>
}

/** What a program needs of a message bus, whatever stands behind it. */
export interface Bus {
  /** Resolves to the message's id when it is as safe as the bus promises. */
  publish(topic: string, message: string | Uint8Array, options?: PublishOptions): Promise<string>
  /** Every message of the matching topics, for this reader. */
  subscribe(pattern: string, options?: SubscriptionOptions): Promise<Subscription>
  /** A place in a group, of which each message goes to one. */
  join(group: string, options?: JoinOptions): Promise<Source<Delivery>>
  close(): Promise<void>
}
