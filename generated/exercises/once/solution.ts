// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { readPidfile, trymkpidlock } from 'filesystem-communication-space/patterns'

/** Null if this process is the only one; otherwise the pid of the first. `end` is for the end of the program. */
export function once(path: string): { first: number | null, end(): void } {
  const lock = trymkpidlock(path)
  if (lock === false) return { first: readPidfile(path)?.pid ?? 0, end: () => {} }
  return { first: null, end: () => { lock.close() } }
}
