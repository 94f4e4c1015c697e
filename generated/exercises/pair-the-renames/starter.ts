// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
import {
  IN_MOVED_FROM, type InotifyEvent,
} from 'filesystem-communication-space/primitives'

/** Says what moved: `a -> b`, `- a` for what left, `+ b` for what came. */
export function sentences(events: InotifyEvent[]): string[] {
  return events.map(({ mask, name }) => mask & IN_MOVED_FROM ? `- ${name}` : `+ ${name}`)
}
