// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import { list } from 'filesystem-communication-space/foundations'

/** How many votes each colour has, or null if nobody can tell within `timeoutMs`. */
export async function countVotes(folder: string, timeoutMs: number): Promise<Record<string, number> | null> {
  const votes: Record<string, number> = {}
  for (const { name } of list(folder)) {
    const colour = String(name).split('.')[0]!
    votes[colour] = (votes[colour] ?? 0) + 1
  }
  return timeoutMs < 0 ? null : votes
}
