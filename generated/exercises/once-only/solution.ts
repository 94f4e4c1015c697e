// Told in chapters/10-files/07-lock.md. Edit it there, or edit here and stitch.
import { tryLockFile } from 'filesystem-communication-space/files'

/** Runs `job` unless it runs already under that lock. */
export async function onceOnly<T>(path: string, job: () => Promise<T>): Promise<{ ran: boolean, result?: T }> {
  const lock = tryLockFile(path)
  if (lock === null) return { ran: false }
  try {
    return { ran: true, result: await job() }
  } finally {
    lock.release()
  }
}
