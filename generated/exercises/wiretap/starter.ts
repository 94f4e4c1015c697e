// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { splice } from 'filesystem-communication-space/primitives'

/** `source` and `target` are ends of pipes that do not wait, `log` is a file. */
export function step(source: OpenFile, target: OpenFile, log: OpenFile): number {
  const moved = splice(source, log) ?? 0
  splice(log, target, { size: moved, fromPosition: 0 })
  return moved
}
