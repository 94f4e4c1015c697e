// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
import { open } from 'filesystem-communication-space/foundations'
import { takeLease, type Lease } from 'filesystem-communication-space/primitives'

export class Settings {
  readonly #path: string
  #all: Record<string, unknown> | null = null
  #lease: Lease | null = null
  constructor(path: string) { this.#path = path }

  get(key: string): unknown {
    if (this.#all !== null) return this.#all[key]
    const file = open(this.#path)
    this.#lease = takeLease(file, 'shared', () => this.close())
    const all = JSON.parse(file.readAll().toString()) as Record<string, unknown>
    if (this.#lease === null) file.close()
    else this.#all = all
    return all[key]
  }

  close(): void {
    this.#all = null
    this.#lease?.release()
    this.#lease?.file.close()
    this.#lease = null
  }
}
