// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_RDWR, type OpenFile } from 'filesystem-communication-space/foundations'

export class Customer {
  readonly #plan: OpenFile
  constructor(path: string) { this.#plan = open(path, O_RDWR | O_CREAT) }

  /** Takes all of these seats, or none. */
  take(...seats: number[]): boolean {
    const taken: number[] = []
    for (const seat of seats) {
      if (!this.#plan.tryLock({ start: seat, length: 1 })) {
        for (const start of taken) this.#plan.unlock({ start, length: 1 })
        return false
      }
      taken.push(seat)
    }
    return true
  }

  leave(): void { this.#plan.close() }
}
