// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
import { mergeVectors, type Vector } from 'filesystem-communication-space/patterns'

/** For each sender, the number of its last message that may be removed. */
export function removable(members: readonly Vector[]): Vector {
  return mergeVectors(...members)
}
