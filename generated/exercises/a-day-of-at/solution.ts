// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import type { Spool } from 'filesystem-communication-space/patterns'

/** Runs what is due, and returns number and exit status of each. */
export function runDue(spool: Spool, nowMs: number): { number: number, status: number }[] {
  const results: { number: number, status: number }[] = []
  for (let work; (work = spool.begin(nowMs)) !== undefined; work.done()) {
    const { status } = spawnSync('sh', [], { input: work.data() })
    results.push({ number: work.job.number, status: status ?? -1 })
  }
  return results
}
