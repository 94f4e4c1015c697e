// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Inotify } from 'filesystem-communication-space/primitives'

/** The names of all events in `folder` that happened before the call. */
export async function settled(inotify: Inotify, folder: string): Promise<string[]> {
  await sleep(50)
  return inotify.take().map(({ name }) => `${folder}/${name}`.slice(folder.length + 1))
}
