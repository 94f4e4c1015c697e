// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'

/** The lines of the file, without their newlines. */
export function* lines(file: OpenFile, pieceBytes = 65_536): Generator<string> {
  const piece = Buffer.alloc(pieceBytes)
  let rest = Buffer.alloc(0)
  for (let count; (count = file.read(piece)) > 0;) {
    rest = Buffer.concat([rest, piece.subarray(0, count)])
    for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) {
      yield rest.toString('utf8', 0, end)
    }
  }
  if (rest.length > 0) yield rest.toString()
}
