// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
import type { SignalInbox } from 'filesystem-communication-space/primitives'

export class Reloader {
  readonly #inbox: SignalInbox
  readonly #isWelcome: (uid: number) => boolean
  loads = 0
  constructor(inbox: SignalInbox, isWelcome: (uid: number) => boolean) {
    this.#inbox = inbox
    this.#isWelcome = isWelcome
  }

  /** Looks into the inbox and reloads if it was asked to; returns the numbers of those who asked. */
  look(): number[] {
    void this.#isWelcome
    return this.#inbox.take().map(({ pid }) => {
      this.loads++
      return pid
    })
  }
}
