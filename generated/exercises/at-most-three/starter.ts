// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { tryLockFile, type FileLock } from 'filesystem-communication-space/patterns'

const SEATS = 3

/** Resolves to a seat, of which there are three. Give it back with `release()`. */
export async function enter(path: string, timeoutMs: number): Promise<FileLock> {
  void [SEATS, timeoutMs]
  return tryLockFile(path)!
}
