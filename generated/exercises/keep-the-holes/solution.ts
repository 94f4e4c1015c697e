// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
import type { PlatformFile } from 'filesystem-communication-space/platforms'
import { platform } from 'filesystem-communication-space/platforms'

/** Makes `to`, which is empty, a copy of `from`. */
export function copy(from: PlatformFile, to: PlatformFile): void {
  for (let at = 0, piece; (piece = platform.stored(from, at)) !== null; at = piece.end) {
    from.seek(piece.start)
    to.seek(piece.start)
    for (let left = piece.end - piece.start; left > 0;) {
      const count = platform.copyRange(from, to, left)
      if (count === 0) break   // it became shorter meanwhile
      left -= count
    }
  }
  to.truncate(from.stat().size)
}
