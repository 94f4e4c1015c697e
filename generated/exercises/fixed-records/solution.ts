// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import type { FileHandle } from 'filesystem-communication-space/files'

export const RECORD = 64

/** The record as text, or null beyond the end. */
export function get(file: FileHandle, index: number): string | null {
  const bytes = Buffer.alloc(RECORD)
  const count = file.readInto(bytes, index * RECORD)
  if (count === 0) return null
  if (count < RECORD) throw new Error(`record ${index} has ${count} of ${RECORD} bytes`)
  return bytes.toString().replace(/\0+$/, '')
}

export function put(file: FileHandle, index: number, value: string): void {
  const bytes = Buffer.from(value)
  if (bytes.length > RECORD) throw new RangeError(`'${value}' has ${bytes.length} bytes, and ${RECORD} are the most`)
  file.write(Buffer.concat([bytes], RECORD), index * RECORD)
}
