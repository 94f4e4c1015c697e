// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { stat, SystemError } from 'filesystem-communication-space/foundations'
import { StreamingWrite } from 'filesystem-communication-space/patterns'

/** `read(from)` yields pieces from that byte on, and throws when the line is cut. */
export interface Source { size: number, read(from: number): Iterable<Uint8Array> }

/** Fetches the rest of `path`. True when it is all there, false when the line was cut. */
export function download(path: string, source: Source): boolean {
  const length = sizeOf(`${path}.part`)
  const resumeAt = length > source.size ? 0 : length
  const stream = new StreamingWrite(path, { resumeAt })
  try {
    for (const piece of source.read(resumeAt)) stream.write(piece)
  } catch {
    stream.leave()
    return false
  }
  stream.finish()
  return true
}

function sizeOf(path: string): number {
  try {
    return stat(path).size
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return 0
    throw error
  }
}
