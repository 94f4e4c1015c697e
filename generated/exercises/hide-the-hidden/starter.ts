// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import type { BackendEvent } from 'filesystem-communication-space/platforms'

/** The events as they look to somebody who sees no name that begins with a dot. */
export function visible(events: readonly BackendEvent[]): BackendEvent[] {
  return events.filter(({ name }) => name !== null && !String(name).startsWith('.'))
}
