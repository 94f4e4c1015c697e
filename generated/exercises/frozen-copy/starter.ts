// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { memfd } from 'filesystem-communication-space/primitives'

export function frozenCopy(file: OpenFile): OpenFile {
  const copy = memfd('frozen')
  copy.writeAll(file.readAll())
  return copy
}
