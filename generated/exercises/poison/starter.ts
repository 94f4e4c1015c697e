// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import type { MessageBus } from 'filesystem-communication-space/experiments'

/** Works off what is there. Resolves to the texts of the messages that were given up. */
export function workOff(bus: MessageBus, handle: (text: string) => void): string[] {
  for (let message; (message = bus.tryTake()) !== undefined;) {
    handle(message.text())
    message.complete()
  }
  return []
}
