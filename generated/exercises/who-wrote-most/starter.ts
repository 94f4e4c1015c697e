// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { Fanotify, FAN_CLOSE_WRITE } from 'filesystem-communication-space/primitives'

export class Count {
  readonly #watch: Fanotify
  readonly #counts = new Map<number, number>()
  constructor(folder: string) {
    this.#watch = new Fanotify(folder, FAN_CLOSE_WRITE, { scope: 'folder', processes: true })
  }

  /** How many names each process has written. */
  get(): Map<number, number> {
    for (const { pid } of this.#watch.take()) this.#counts.set(pid, (this.#counts.get(pid) ?? 0) + 1)
    return this.#counts
  }

  close(): void { this.#watch.close() }
}
