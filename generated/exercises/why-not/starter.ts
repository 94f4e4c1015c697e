// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import type { Guarded, Principal } from 'filesystem-communication-space/namespace'

export type Rule = 'root' | 'owner' | 'own entry' | 'groups' | 'others'

/** The rule by which it is decided what `who` may do with the thing. */
export function ruleFor(thing: Guarded, who: Principal): Rule {
  if (who.uid === 0) return 'root'
  if (who.uid === thing.uid) return 'owner'
  return who.gid === thing.gid ? 'groups' : 'others'
}
