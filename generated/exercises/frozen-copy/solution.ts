// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { memfd, seal } from 'filesystem-communication-space/primitives'

export function frozenCopy(file: OpenFile): OpenFile {
  const [copy, piece] = [memfd('frozen'), Buffer.alloc(65_536)]
  for (let at = 0; ;) {
    const count = file.read(piece, at)
    if (count === 0) break
    copy.writeAll(piece.subarray(0, count))
    at += count
  }
  seal(copy, 'shrink', 'grow', 'write', 'seal')
  return copy
}
