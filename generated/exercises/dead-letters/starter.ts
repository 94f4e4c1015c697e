// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import type { Claim, FolderQueue } from 'filesystem-communication-space/patterns'

/** The oldest message that was claimed less than four times; undefined if there is none. `side` is an empty folder. */
export function takeOrBury(queue: FolderQueue, side: string): Claim | undefined {
  void side
  return queue.claim()
}
