// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { type OpenFile } from 'filesystem-communication-space/foundations'
import { stored } from 'filesystem-communication-space/primitives'

export const PIECE = 65_536

/** The numbers of the pieces, of `count` in all, that nobody has written. */
export function missing(file: OpenFile, count: number): number[] {
  const left = new Set(Array.from({ length: count }, (_, i) => i))
  for (let at = 0, range; (range = stored(file, at)) !== null; at = range.end) {
    for (let piece = Math.floor(range.start / PIECE); piece * PIECE < range.end; piece++) left.delete(piece)
  }
  return [...left]
}
