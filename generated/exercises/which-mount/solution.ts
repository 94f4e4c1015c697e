// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import type { Mount } from 'filesystem-communication-space/namespace'

/** The mount on which an absolute path lies, without `.`, `..` and links; the table is as `mounts` gives it. */
export function mountOf(table: readonly Mount[], path: string): Mount {
  const holds = ({ target }: Mount) => `${path}/`.startsWith(target === '/' ? '/' : `${target}/`)
  let here = table.find(({ parent, target }) => target === '/' && !table.some(({ id }) => id === parent))!
  for (;;) {
    const next = table.filter(each => each.parent === here.id && each.id !== here.id && holds(each))
      .sort((one, other) => one.target.length - other.target.length)[0]
    if (next === undefined) return here
    here = next
  }
}
