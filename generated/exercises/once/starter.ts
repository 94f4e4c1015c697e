// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Null if this process is the only one; otherwise the pid of the first. `end` is for the end of the program. */
export function once(path: string): { first: number | null, end(): void } {
  if (existsSync(path)) return { first: parseInt(readFileSync(path, 'utf8'), 10), end: () => {} }
  writeFileSync(path, String(process.pid))
  return { first: null, end: () => {} }
}
