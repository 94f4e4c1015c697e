// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_WRONLY } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { unlink } from '../foundations/name.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import { unless } from '../patterns/folder-queue-names.ts'
import type { Subscriber } from '../patterns/publish-subscribe-subscriber.ts'
import { BELL, enrol, returnDead, type Member } from '../patterns/work-claiming.ts'
import { Inotify, IN_CLOSE_WRITE, IN_CREATE, IN_MODIFY } from '../primitives/inotify.ts'
import { ADVANCE_BYTES, type Group } from './message-bus-groups-journal.ts'
import type { Delivery, Source } from './message-bus-topics-interface.ts'
import { iterate, LoggedMessage, promised } from './message-bus-topics.ts'

/** A message and what its consumer makes of it. */
class GivenMessage implements Delivery {
  readonly deliveries: number
  readonly #message: LoggedMessage
  readonly #consumer: Consumer

  constructor(message: LoggedMessage, deliveries: number, consumer: Consumer) {
    this.#message = message
    this.deliveries = deliveries
    this.#consumer = consumer
  }

  get id(): string { return this.#message.id }
  get topic(): string { return this.#message.topic }
  get bytes(): Buffer { return this.#message.bytes }
  get timeMs(): number { return this.#message.timeMs }
  get dueMs(): number { return this.#message.dueMs }
  text(): string { return this.#message.text() }

  ack(): Promise<void> { return promised(() => this.#consumer.done([this])) }
  nack({ delayMs = 0 } = {}): Promise<void> { return promised(() => this.#consumer.giveBack(this, delayMs)) }
  reject(why: string): Promise<void> { return promised(() => this.#consumer.reject(this, why)) }
}

/** A place in a group. Use `bus.join`. */
export class Consumer implements Source<Delivery> {
  readonly #group: Group
  readonly #prefetch: number
  readonly #member: Member
  readonly #closing = new AbortController()
  readonly #given = new Set<Delivery>()
  #ready: LoggedMessage[] = []
  #scanner: Subscriber | undefined
  #from = 0                            // the cursor's place, from which was looked
  #found: LoggedMessage[] = []         // what was found since, for now and for later
  #later: [number, number][] = []
  #bell: Inotify | undefined
  #death = 0                           // the number of the watch that tells of deaths

  constructor(group: Group, prefetch: number) {
    this.#group = group
    this.#prefetch = group.settings.deliveriesMax === 1 ? 1 : prefetch
    this.#member = enrol(`${group.folder}/members`)
    open(`${this.#member.folder}/alive`, O_WRONLY | O_CREAT).close()
    this.#bury()
  }

  /** For a child that shall keep what this consumer has when this process dies: it inherits these. */
  get descriptors(): number[] { return this.#member.descriptors }

  // bring the dead to the journal
  #bury(): void { returnDead(`${this.#group.folder}/members`, path => this.#tellEnd(path)) }

  #tellEnd(path: string): void {
    const [member] = path.split('/').slice(-2)
    this.#group.write({ do: 'gone', member: member! })
    unlink(path)
  }

  // take what is there
  /** The next message, or undefined if there is none that could be had now. */
  tryTake(): Delivery | undefined {
    if (this.#closing.signal.aborted) throw closed()
    const group = this.#group
    if (this.#ready.length === 0) group.catchUp()
    for (;;) {
      const next = this.#ready.shift()
      if (next !== undefined) {
        const delivery = new GivenMessage(next, group.state.held.get(next.offset)!.deliveries, this)
        this.#given.add(delivery)
        return delivery
      }
      const due = this.#oldestDue()
      if (due === undefined ? !this.#takeNew() : !this.#takeAgain(due)) break
    }
    group.tellLow(true)
    return undefined
  }

  #oldestDue(): number | undefined {
    let oldest: number | undefined
    const now = Date.now()
    for (const [offset, { dueMs }] of this.#group.state.waiting) {
      if (dueMs <= now && (oldest === undefined || offset < oldest)) oldest = offset
    }
    return oldest
  }

  #takeAgain(offset: number): true {
    this.#group.say({ do: 'again', member: this.#member.id, offsets: [offset] })
    if (this.#group.state.held.get(offset)?.member !== this.#member.id) return true
    const message = this.#group.read(offset)
    if (message === undefined) this.#group.say({ do: 'done', member: this.#member.id, offsets: [offset] })
    else this.#ready.push(message)
    return true
  }

  // find new ones in the log
  /** Takes some if there are any; false: there is nothing more in the log. */
  #takeNew(): boolean {
    const group = this.#group
    if (this.#scanner === undefined || this.#from !== group.state.cursor) this.#lookFrom(group.state.cursor)
    while (this.#found.length < this.#prefetch) {
      const next = this.#scanner!.tryNext()
      if (next === undefined) break
      const message = new LoggedMessage(next)
      if (!group.isWanted(message.topic)) continue
      if (message.dueMs > message.timeMs && message.dueMs > Date.now()) this.#later.push([message.offset, message.dueMs])
      else this.#found.push(message)
    }
    const to = this.#scanner!.offset
    const isWorthIt = this.#found.length + this.#later.length > 0 || to - this.#from >= ADVANCE_BYTES
    if (!isWorthIt) return false
    // ask for what was found
    const { id } = this.#member
    const offsets = this.#found.map(({ offset }) => offset)
    group.say({ do: 'take', member: id, from: this.#from, to, offsets, later: this.#later })
    this.#ready.push(...this.#found.filter(({ offset }) => group.state.held.get(offset)?.member === id))
    if (group.state.cursor === to) {
      this.#from = to
      this.#found = []
      this.#later = []
    } else {
      this.#lookFrom(group.state.cursor)
    }
    return true
  }

  #lookFrom(offset: number): void {
    this.#scanner?.close()
    this.#scanner = this.#group.log.subscribe({ from: offset })
    this.#from = offset
    this.#found = []
    this.#later = []
  }

  // wait for what may come
  /** Resolves to the next message. ETIMEDOUT, the signal's reason, or EBADF after `close`. */
  async take({ timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<Delivery> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const delivery = this.tryTake()
      if (delivery !== undefined) return delivery
      if (this.#bell === undefined) {
        this.#listen()
      } else {
        const leftMs = Math.max(0, deadline - performance.now())
        const dueMs = Math.max(0, Math.min(Infinity, ...[...this.#group.state.waiting.values()].map(each => each.dueMs)) - Date.now())
        await this.#sleep(this.#bell, leftMs, dueMs, signal)
      }
    }
  }

  #listen(): void {
    this.#bell = new Inotify()
    this.#bell.add(`${this.#group.log.folder}/segments`, IN_MODIFY | IN_CREATE)
    this.#bell.add(`${this.#group.folder}/journal/segments`, IN_MODIFY | IN_CREATE)
    this.#death = this.#bell.add(`${this.#group.folder}/members/${BELL}`, IN_CLOSE_WRITE)
    this.#bury()   // who died before we listened
  }

  async #sleep(bell: Inotify, leftMs: number, dueMs: number, signal: AbortSignal | undefined): Promise<void> {
    const either = AbortSignal.any([this.#closing.signal, ...signal === undefined ? [] : [signal]])
    try {
      await bell.wait({ timeoutMs: Math.min(leftMs, dueMs + 1), signal: either })
    } catch (error) {
      const isDue = error instanceof SystemError && error.code === 'ETIMEDOUT' && dueMs < leftMs
      if (!isDue) throw error
    }
    const others = bell.take().filter(({ watch }) => watch === this.#death || watch === -1)
    if (others.length > 0) this.#bury()
  }

  // end a delivery
  /** Acknowledges several with one line. EINVAL if one was ended before. */
  done(deliveries: readonly Delivery[]): void {
    const offsets = deliveries.map(each => this.#checked(each))
    this.#group.write({ do: 'done', member: this.#member.id, offsets })
    for (const delivery of deliveries) this.#given.delete(delivery)
  }

  giveBack(delivery: Delivery, delayMs: number): void {
    const offset = this.#checked(delivery)
    this.#group.say({ do: 'back', member: this.#member.id, offset, dueMs: delayMs > 0 ? Date.now() + delayMs : 0 })
    this.#given.delete(delivery)
  }

  reject(delivery: Delivery, why: string): void {
    const offset = this.#checked(delivery)
    this.#group.say({ do: 'reject', member: this.#member.id, offset, why })
    this.#given.delete(delivery)
  }

  #checked(delivery: Delivery): number {
    if (this.#closing.signal.aborted) throw closed()
    if (this.#given.has(delivery)) return Number(delivery.id)
    throw new SystemError('EINVAL', 'write', { path: delivery.id, hint: 'this delivery has ended before' })
  }

  // leave the group
  /** Gives back what was not acknowledged. A second time does nothing. */
  close(): Promise<void> {
    return promised(() => {
      if (this.#closing.signal.aborted) return
      this.#closing.abort(closed())
      try {
        unless(['ENOENT'], () => this.#member.leave(path => this.#tellEnd(path)))
      } finally {
        this.#bell?.close()
        this.#scanner?.close()
        this.#group.close()
      }
    })
  }

  /** Messages as they come, until `close`. Nothing is acknowledged by itself. */
  [Symbol.asyncIterator](): AsyncGenerator<Delivery, void, undefined> { return iterate(() => this.take()) }
}

const closed = () => new SystemError('EBADF', 'read', { hint: 'the consumer has left its group' })
