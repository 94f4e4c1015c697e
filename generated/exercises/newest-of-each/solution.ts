// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { Topic } from 'filesystem-communication-space/patterns'

/** Publishes the newest message of each key of `from` to `to`, and returns how many those are. */
export function compact(from: Topic, to: Topic): number {
  const newest = new Map<string, Buffer>()
  for (const { bytes } of from.messages()) {
    const key = String(bytes).split('=')[0]!
    newest.delete(key)
    newest.set(key, bytes)
  }
  return to.publishMany([...newest.values()]).length
}
