// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
import type { EventCount } from 'filesystem-communication-space/primitives'

/** `missing` is a semaphore of one less than there are parties, `open` an event count of 0. */
export class Party {
  readonly #missing: EventCount
  readonly #open: EventCount
  constructor(missing: EventCount, open: EventCount) {
    this.#missing = missing
    this.#open = open
  }

  arrive(): void { this.#missing.take() }
  get mayPass(): boolean { return this.#open.fd !== -1 }
}
