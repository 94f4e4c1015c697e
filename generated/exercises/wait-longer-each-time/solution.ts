// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import type { Delivery } from 'filesystem-communication-space/experiments'

/** Works on one message. `pauseMs` is the pause after the first failure; each next one is twice as long. */
export async function handle(delivery: Delivery, work: (text: string) => void, pauseMs: number): Promise<void> {
  try {
    work(delivery.text())
    await delivery.ack()
  } catch (error) {
    if (error instanceof TypeError) await delivery.reject(error.message)
    else await delivery.nack({ delayMs: pauseMs * 2 ** (delivery.deliveries - 1) })
  }
}
