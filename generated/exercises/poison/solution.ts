// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { pathText } from 'filesystem-communication-space/foundations'
import type { MessageBus } from 'filesystem-communication-space/experiments'

/** Works off what is there. Resolves to the texts of the messages that were given up. */
export function workOff(bus: MessageBus, handle: (text: string) => void): string[] {
  const failures = new Map<string, number>()
  const givenUp: string[] = []
  for (let message; (message = bus.tryTake()) !== undefined;) {
    const [name, text] = [pathText(message.name), message.text()]
    try {
      handle(text)
      message.complete()
    } catch {
      const count = (failures.get(name) ?? 0) + 1
      failures.set(name, count)
      if (count < 3) {
        message.release()
      } else {
        givenUp.push(text)
        message.complete()
      }
    }
  }
  return givenUp
}
