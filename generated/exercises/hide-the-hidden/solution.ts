// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import type { BackendEvent } from 'filesystem-communication-space/platforms'

const isHidden = ({ name }: BackendEvent) => name !== null && String(name).startsWith('.')

/** The events as they look to somebody who sees no name that begins with a dot. */
export function visible(events: readonly BackendEvent[]): BackendEvent[] {
  const halves = new Set(events.filter(each => each.cookie !== 0 && isHidden(each)).map(({ cookie }) => cookie))
  return events.filter(each => !isHidden(each)).map(each => {
    if (!halves.has(each.cookie)) return each
    return { ...each, kind: each.kind === 'moved to' ? 'created' : 'deleted', cookie: 0 }
  })
}
