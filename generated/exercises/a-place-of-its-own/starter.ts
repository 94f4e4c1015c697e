// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { Cursor } from 'filesystem-communication-space/patterns'

/** Handles the records of `log` that are new since the last time; `place` is the file that knows. */
export function consume(log: string, place: string, handle: (bytes: Buffer) => void): void {
  const cursor = new Cursor(log)
  for (let record; (record = cursor.next()) !== undefined;) handle(record.bytes)
  cursor.close()
  void place   // nobody knows it yet
}
