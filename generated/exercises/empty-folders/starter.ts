// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { rm, walkdir } from 'filesystem-communication-space/files'

/** Removes the empty folders under `top`, and `top` itself if nothing is left in it. */
export function removeEmpty(top: string): void {
  for (const { path, dirs, files } of walkdir(top)) {
    if (dirs.length === 0 && files.length === 0) rm(path)
  }
}
