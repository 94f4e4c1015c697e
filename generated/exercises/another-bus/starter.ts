// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import type { Bus, BusMessage, Subscription, SubscriptionOptions } from 'filesystem-communication-space/experiments'

/** A bus in memory. */
export class MemoryBus implements Pick<Bus, 'publish' | 'subscribe'> {
  publish(topic: string, message: string | Uint8Array): Promise<string> {
    return Promise.resolve(`${topic}${message.length}`)
  }

  subscribe(pattern: string, options: SubscriptionOptions = {}): Promise<Subscription> {
    void pattern, options
    const take = (): Promise<BusMessage> => Promise.reject(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' }))
    const nothing = () => Promise.resolve()
    return Promise.resolve({ take, commit: nothing, close: nothing, async *[Symbol.asyncIterator]() { yield await take() } })
  }
}
