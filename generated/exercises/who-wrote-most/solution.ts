// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { Fanotify, FAN_CLOSE_WRITE } from 'filesystem-communication-space/primitives'

export class Count {
  readonly #watch: Fanotify
  readonly #names = new Map<number, Set<string>>()
  constructor(folder: string) {
    this.#watch = new Fanotify(folder, FAN_CLOSE_WRITE, { scope: 'folder' })
  }

  /** How many names each process has written. */
  get(): Map<number, number> {
    for (const { pid, at } of this.#watch.take()) {
      const names = this.#names.get(pid) ?? new Set<string>()
      this.#names.set(pid, names.add(String(at?.name)))
    }
    return new Map([...this.#names].map(([pid, { size }]) => [pid, size]))
  }

  close(): void { this.#watch.close() }
}
