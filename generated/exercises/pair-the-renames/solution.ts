// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
import {
  IN_MOVED_FROM, IN_MOVED_TO, type InotifyEvent,
} from 'filesystem-communication-space/primitives'

/** Says what moved: `a -> b`, `- a` for what left, `+ b` for what came. */
export function sentences(events: InotifyEvent[]): string[] {
  const left = new Map<number, InotifyEvent>()
  const came = new Set<number>()
  for (const event of events) {
    if (event.mask & IN_MOVED_FROM) left.set(event.cookie, event)
    else came.add(event.cookie)
  }
  return events.flatMap(({ mask, cookie, name }) => {
    if (mask & IN_MOVED_TO) return left.has(cookie) ? `${left.get(cookie)!.name} -> ${name}` : `+ ${name}`
    return came.has(cookie) ? [] : `- ${name}`
  })
}
