// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
import type { WatchBackend } from 'filesystem-communication-space/platforms'

/** Gives each folder a backend. `own` and `polling` make one. */
export class Backends {
  readonly #make: { own: () => WatchBackend, polling: () => WatchBackend }
  #own: WatchBackend | undefined
  #polling: WatchBackend | undefined
  constructor(own: () => WatchBackend, polling: () => WatchBackend) { this.#make = { own, polling } }

  for(folder: string): WatchBackend {
    this.#own ??= this.#make.own()
    return this.#own.tells(folder) ? this.#own : this.#polling ??= this.#make.polling()
  }
}
