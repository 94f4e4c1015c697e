// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
import { type Election } from 'filesystem-communication-space/patterns'

/** Runs `action` as the leader, again in a new term if the term was lost; resolves to what it returned in the last. */
export async function whileLeading<T>(election: Election, action: (signal: AbortSignal, token: number) => Promise<T>): Promise<T> {
  const term = await election.campaign()
  return action(term.signal, term.token)
}
