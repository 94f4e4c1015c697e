// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { type OpenFile } from 'filesystem-communication-space/foundations'

export const PIECE = 65_536

/** The numbers of the pieces, of `count` in all, that nobody has written. */
export function missing(file: OpenFile, count: number): number[] {
  const there = Math.ceil(file.stat().size / PIECE)
  return Array.from({ length: count }, (_, i) => i).filter(i => i >= there)
}
