// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { open, SystemError } from 'filesystem-communication-space/foundations'
import { atomicWrite, Cursor } from 'filesystem-communication-space/patterns'

/** Handles the records of `log` that are new since the last time; `place` is the file that knows. */
export function consume(log: string, place: string, handle: (bytes: Buffer) => void): void {
  const cursor = new Cursor(log, { from: placeIn(place) })
  try {
    for (let record; (record = cursor.next()) !== undefined;) {
      handle(record.bytes)
      atomicWrite(place, String(cursor.sequence))
    }
  } finally {
    cursor.close()
  }
}

function placeIn(path: string): number | undefined {
  try {
    const file = open(path)
    const place = Number(file.readAll().toString())
    file.close()
    return place
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return undefined
    throw error
  }
}
