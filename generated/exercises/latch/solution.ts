// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
import { isReadable } from 'filesystem-communication-space/foundations'
import type { EventCount } from 'filesystem-communication-space/primitives'

/** `missing` is a semaphore of one less than there are parties, `open` an event count of 0. */
export class Party {
  readonly #missing: EventCount
  readonly #open: EventCount
  #hasArrived = false
  constructor(missing: EventCount, open: EventCount) {
    this.#missing = missing
    this.#open = open
  }

  arrive(): void {
    if (!this.#hasArrived && this.#missing.take() === 0n) this.#open.add()
    this.#hasArrived = true
  }

  get mayPass(): boolean { return isReadable(this.#open) }
}
