// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
import type { WatchBackend } from 'filesystem-communication-space/platforms'

/** Gives each folder a backend. `own` and `polling` make one. */
export class Backends {
  readonly #own: () => WatchBackend
  constructor(own: () => WatchBackend, polling: () => WatchBackend) {
    this.#own = own
    void polling
  }

  for(folder: string): WatchBackend {
    void folder
    return this.#own()
  }
}
