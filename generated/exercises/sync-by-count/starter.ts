// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { StreamingWrite } from 'filesystem-communication-space/patterns'

/** Writes `pieces` to `path`; the lengths that became durable, in order. */
export function recordWithLog(path: string, pieces: string[], syncBytes: number): number[] {
  const stream = new StreamingWrite(path, { syncBytes })
  for (const piece of pieces) stream.write(Buffer.from(piece))
  stream.finish()
  return [stream.durable]
}
