// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { lockFile, tryLockFile, type FileLock } from 'filesystem-communication-space/patterns'

const SEATS = 3

/** Resolves to a seat, of which there are three. Give it back with `release()`. */
export async function enter(path: string, timeoutMs: number): Promise<FileLock> {
  for (let start = 0; start < SEATS; start++) {
    const lock = tryLockFile(path, { start, length: 1 })
    if (lock !== null) return lock
  }
  const decided = new AbortController()
  let first: FileLock | undefined
  const waits = Array.from({ length: SEATS }, async (_, start) => {
    const lock = await lockFile(path, { start, length: 1, timeoutMs, signal: decided.signal })
    if (first !== undefined) return lock.release()
    first = lock
    decided.abort()
  })
  const results = await Promise.allSettled(waits)
  if (first !== undefined) return first
  throw (results[0] as PromiseRejectedResult).reason
}
