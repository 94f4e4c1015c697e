// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'

/** The lines of the file, without their newlines. */
export function* lines(file: OpenFile, pieceBytes = 65_536): Generator<string> {
  const piece = Buffer.alloc(pieceBytes)
  for (let count; (count = file.read(piece)) > 0;) {
    yield* piece.toString('utf8', 0, count).split('\n')
  }
}
