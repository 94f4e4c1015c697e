// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import type { FileHandle } from 'filesystem-communication-space/files'

export const RECORD = 64

/** The record as text, or null beyond the end. */
export function get(file: FileHandle, index: number): string | null {
  file.seek(index * RECORD)
  return file.read(RECORD).toString().replace(/\0+$/, '')
}

export function put(file: FileHandle, index: number, value: string): void {
  file.seek(index * RECORD)
  file.write(value)
}
