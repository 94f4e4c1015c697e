// Told in chapters/10-files/06-atomic-write.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import { atomicWrite } from 'filesystem-communication-space/files'

/** Replaces `path` unless it holds `text` already. True if it was written. */
export function writeIfChanged(path: string, text: string): boolean {
  if (textOf(path) === text) return false
  atomicWrite(path, text)
  return true
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
