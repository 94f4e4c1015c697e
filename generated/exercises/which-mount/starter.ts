// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import type { Mount } from 'filesystem-communication-space/namespace'

/** The mount on which an absolute path lies, without `.`, `..` and links; the table is as `mounts` gives it. */
export function mountOf(table: readonly Mount[], path: string): Mount {
  return table.filter(({ target }) => path.startsWith(target))
    .reduce((best, each) => each.target.length > best.target.length ? each : best)
}
