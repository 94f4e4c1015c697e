// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { matcher, type Bus, type BusMessage, type Subscription, type SubscriptionOptions } from 'filesystem-communication-space/experiments'

/** A bus in memory. */
export class MemoryBus implements Pick<Bus, 'publish' | 'subscribe'> {
  readonly #all: BusMessage[] = []
  #woken: (() => void)[] = []

  publish(topic: string, message: string | Uint8Array): Promise<string> {
    const bytes = Buffer.from(message as Uint8Array)
    const [id, timeMs] = [String(this.#all.length), Date.now()]
    this.#all.push({ id, topic, bytes, timeMs, dueMs: timeMs, text: () => String(bytes) })
    for (const wake of this.#woken.splice(0)) wake()
    return Promise.resolve(id)
  }

  subscribe(pattern: string, { from = 'end' }: SubscriptionOptions = {}): Promise<Subscription> {
    const isWanted = matcher(pattern)
    let next = from === 'start' ? 0 : this.#all.length
    const take = async ({ timeoutMs = 2 ** 31 - 1 } = {}): Promise<BusMessage> => {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        for (let message; (message = this.#all[next]) !== undefined;) {
          next++
          if (isWanted(message.topic)) return message
        }
        const leftMs = deadline - performance.now()
        if (leftMs <= 0) throw Object.assign(new Error('nothing came'), { code: 'ETIMEDOUT' })
        await new Promise<void>(resolve => { this.#woken.push(resolve); setTimeout(resolve, leftMs) })
      }
    }
    const nothing = () => Promise.resolve()
    return Promise.resolve({ take, commit: nothing, close: nothing, async *[Symbol.asyncIterator]() { for (;;) yield await take() } })
  }
}
