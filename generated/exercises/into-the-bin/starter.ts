// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import { mv } from 'filesystem-communication-space/files'
import { join, split } from 'filesystem-communication-space/foundations'

/** Moves `path` into the folder `bin`, and returns where it is. */
export function discard(path: string, bin: string): string {
  const target = join(bin, split(path).name) as string
  return mv(path, target, { force: true })
}
