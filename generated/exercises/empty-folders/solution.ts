// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { rm, walkdir } from 'filesystem-communication-space/files'
import { SystemError } from 'filesystem-communication-space/foundations'

/** Removes the empty folders under `top`, and `top` itself if nothing is left in it. */
export function removeEmpty(top: string): void {
  for (const { path, files } of walkdir(top, { topdown: false, sort: false })) {
    if (files.length > 0) continue
    try {
      rm(path)
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'ENOTEMPTY')) throw error
    }
  }
}
