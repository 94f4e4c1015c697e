// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
import type { Pidfd } from 'filesystem-communication-space/primitives'

export async function endAll(handles: Pidfd[], graceMs: number): Promise<('went' | 'killed')[]> {
  for (const handle of handles) handle.signal('SIGKILL')
  return handles.map(() => graceMs > 0 ? 'killed' : 'went')
}
