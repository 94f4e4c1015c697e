// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import type { Guarded, Principal } from 'filesystem-communication-space/namespace'

export type Rule = 'root' | 'owner' | 'own entry' | 'groups' | 'others'

/** The rule by which it is decided what `who` may do with the thing. */
export function ruleFor({ uid, gid, mode, acl }: Guarded, who: Principal): Rule {
  if (who.uid === 0) return 'root'
  if (who.uid === uid) return 'owner'
  const own = [who.gid, ...who.groups ?? []]
  const isListed = acl !== undefined && (mode & 0o070) !== 0
  if (isListed && acl.users?.[who.uid] !== undefined) return 'own entry'
  const named = isListed ? Object.keys(acl.groups ?? {}).map(Number) : []
  return own.some(id => id === gid || named.includes(id)) ? 'groups' : 'others'
}
