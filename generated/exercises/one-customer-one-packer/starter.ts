// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import type { Delivery, Source } from 'filesystem-communication-space/experiments'

/** Works on `count` deliveries, each customer's in order, and resolves when all are acknowledged. */
export async function packAll(source: Source<Delivery>, count: number, pack: (order: Delivery) => Promise<void>): Promise<void> {
  const running: Promise<void>[] = []
  for (let i = 0; i < count; i++) {
    const order = await source.take()
    running.push(pack(order).then(() => order.ack()))
  }
  await Promise.all(running)
}
