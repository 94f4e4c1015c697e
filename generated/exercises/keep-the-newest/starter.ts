// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import type { AppendLog } from 'filesystem-communication-space/patterns'

/** Removes the oldest segments until at most `bytes` bytes are left. */
export function keepNewest(log: AppendLog, bytes: number): void {
  log.removeBefore(log.next - bytes)
}
