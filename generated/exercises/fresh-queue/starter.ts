// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
import { MessageQueue } from 'filesystem-communication-space/primitives'

export function freshQueue(name: string, messagesMax: number, messageSize: number): MessageQueue {
  return new MessageQueue(name, { create: true, messagesMax, messageSize, isExact: false })
}
