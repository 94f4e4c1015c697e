// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { atomicWrite, type Claim, type FolderQueue } from 'filesystem-communication-space/patterns'

/** The oldest message that was claimed less than four times; undefined if there is none. `side` is an empty folder. */
export function takeOrBury(queue: FolderQueue, side: string): Claim | undefined {
  for (const folder of ['attempts', 'dead']) mkdirSync(`${side}/${folder}`, { recursive: true })
  for (let claim; (claim = queue.claim()) !== undefined;) {
    const attempts = `${side}/attempts/${claim.name}`
    appendFileSync(attempts, '.')
    if (statSync(attempts).size <= 3) return claim
    atomicWrite(`${side}/dead/${claim.name}`, claim.bytes())
    claim.ack()
  }
  return undefined
}
