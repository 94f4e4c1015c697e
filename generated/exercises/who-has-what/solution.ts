// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
import { readdirSync } from 'node:fs'
import { open } from 'filesystem-communication-space/foundations'
import { BELL } from 'filesystem-communication-space/patterns'

/** By member's id: whether it lives, and the names of its claims, sorted. */
export function whoHasWhat(members: string): Record<string, { lives: boolean, claims: string[] }> {
  const list: Record<string, { lives: boolean, claims: string[] }> = {}
  for (const id of readdirSync(members)) {
    if (id === BELL) continue
    const lock = open(`${members}/${id}/lock`)
    const lives = lock.isLocked({ shared: true })
    lock.close()
    const claims = readdirSync(`${members}/${id}`).filter(name => name !== 'lock').sort()
    list[id] = { lives, claims }
  }
  return list
}
