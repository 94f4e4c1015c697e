// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
import { MessageQueue, unlinkQueue } from 'filesystem-communication-space/primitives'

export function freshQueue(name: string, messagesMax: number, messageSize: number): MessageQueue {
  try {
    unlinkQueue(name)
  } catch (error) {
    if ((error as { code: string }).code !== 'ENOENT') throw error
  }
  return new MessageQueue(name, { create: true, messagesMax, messageSize })
}
