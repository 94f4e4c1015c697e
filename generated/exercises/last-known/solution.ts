// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import type { Bus, BusMessage } from 'filesystem-communication-space/experiments'

/** Calls `show` with the newest message of each matching topic, and then with each that comes. Ends with the bus. */
export async function dashboard(bus: Bus, pattern: string, show: (message: BusMessage) => void): Promise<void> {
  const subscription = await bus.subscribe(pattern, { from: 'start' })
  const newest = new Map<string, BusMessage>()
  for (;;) {
    const message = await subscription.take({ timeoutMs: 50 }).catch(() => undefined)
    if (message === undefined) break
    newest.set(message.topic, message)
  }
  for (const message of newest.values()) show(message)
  for await (const message of subscription) show(message)
}
