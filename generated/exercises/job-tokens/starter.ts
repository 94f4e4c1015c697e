// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { openFifoReader, writeWhole } from 'filesystem-communication-space/primitives'

/** Puts `count` tokens into a new FIFO. Keep the result open: the tokens live as long. */
export function fill(path: string, count: number): OpenFile {
  const file = openFifoReader(path)
  writeWhole(file, Buffer.alloc(count, '+'))
  return file
}

export class Worker {
  constructor(path: string) { openFifoReader(path).close() }
  /** Takes a token, or says false. */
  take(): boolean { return true }
  give(): void {}
}
