// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
import type { Vector } from 'filesystem-communication-space/patterns'

/** For each sender, the number of its last message that may be removed. */
export function removable(members: readonly Vector[]): Vector {
  const senders = Object.keys(members[0] ?? {})
  const least = (sender: string) => Math.min(...members.map(each => each[sender] ?? 0))
  return Object.fromEntries(senders.map(sender => [sender, least(sender)])
    .filter(([, count]) => count !== 0))
}
