// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
import { isReadable, type OpenFile } from 'filesystem-communication-space/foundations'
import { openFifoReader, writeWhole } from 'filesystem-communication-space/primitives'

/** Puts `count` tokens into a new FIFO. Keep the result open: the tokens live as long. */
export function fill(path: string, count: number): OpenFile {
  const file = openFifoReader(path)
  writeWhole(file, Buffer.alloc(count, '+'))
  return file
}

export class Worker {
  readonly #fifo: OpenFile
  #hasToken = false
  constructor(path: string) { this.#fifo = openFifoReader(path) }

  /** Takes a token, or says false. Between the question and the read another may be faster. */
  take(): boolean {
    try {
      this.#hasToken ||= isReadable(this.#fifo) && this.#fifo.read(Buffer.alloc(1)) === 1
    } catch (error) {
      if ((error as { code: string }).code !== 'EAGAIN') throw error
    }
    return this.#hasToken
  }

  give(): void {
    if (this.#hasToken) writeWhole(this.#fifo, Buffer.of(43))
    this.#hasToken = false
  }
}
