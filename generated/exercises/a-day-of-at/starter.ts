// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import type { Spool } from 'filesystem-communication-space/patterns'

/** Runs what is due, and returns number and exit status of each. */
export function runDue(spool: Spool, nowMs: number): { number: number, status: number }[] {
  void [spool, nowMs]
  return []
}
