// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { splice, tee } from 'filesystem-communication-space/primitives'

/** `source` and `target` are ends of pipes that do not wait, `log` is a file. */
export function step(source: OpenFile, target: OpenFile, log: OpenFile): number {
  const passed = tee(source, target) ?? 0
  for (let left = passed; left > 0;) left -= splice(source, log, { size: left })!
  return passed
}
