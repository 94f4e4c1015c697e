// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import { open, unlink, O_CREAT, O_WRONLY } from 'filesystem-communication-space/foundations'
import type { Inotify } from 'filesystem-communication-space/primitives'

let count = 0

/** The names of all events in `folder` that happened before the call. */
export async function settled(inotify: Inotify, folder: string): Promise<string[]> {
  const cookie = `.cookie-${process.pid}-${count++}`
  open(`${folder}/${cookie}`, O_CREAT | O_WRONLY).close()
  const names: string[] = []
  while (!names.includes(cookie)) {
    await inotify.wait()
    names.push(...inotify.take().map(({ name }) => String(name)))
  }
  unlink(`${folder}/${cookie}`)
  return names.filter(name => !name.startsWith('.cookie-'))
}
