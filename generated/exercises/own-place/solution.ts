// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
export interface Positional { readAt(buffer: Uint8Array, position: number): number }

export class Reader {
  readonly #file: Positional
  readonly #shared: { place: number }

  constructor(file: Positional, shared = { place: 0 }) {
    this.#file = file
    this.#shared = shared
  }

  read(buffer: Uint8Array, position?: number): number {
    const count = this.#file.readAt(buffer, position ?? this.#shared.place)
    if (position === undefined) this.#shared.place += count
    return count
  }

  seek(place: number): number { return this.#shared.place = place }
  twin(): Reader { return new Reader(this.#file, this.#shared) }
}
