// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
export interface Positional { readAt(buffer: Uint8Array, position: number): number }

export class Reader {
  readonly file: Positional
  place = 0

  constructor(file: Positional) {
    this.file = file
  }
}
