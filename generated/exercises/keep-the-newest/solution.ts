// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { readdirSync, statSync } from 'node:fs'
import type { AppendLog } from 'filesystem-communication-space/patterns'

/** Removes the oldest segments until at most `bytes` bytes are left. */
export function keepNewest(log: AppendLog, bytes: number): void {
  const names = readdirSync(log.folder).filter(name => name.endsWith('.log')).sort().reverse()
  let sum = 0
  const kept = names.filter((name, i) => {
    sum += statSync(`${log.folder}/${name}`).size
    return i === 0 || sum <= bytes
  })
  log.removeBefore(Number.parseInt(kept.at(-1)!, 10))
}
