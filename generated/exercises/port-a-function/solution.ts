// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
import { join } from 'node:path'
import { filesize, isLink, walkdir } from 'filesystem-communication-space/files'

/** Bytes in all regular files below `top`. */
export function bytes(top: string): number {
  let total = 0
  for (const { path, files } of walkdir(top)) {
    for (const name of files) {
      const file = join(String(path), String(name))
      if (!isLink(file)) total += filesize(file)
    }
  }
  return total
}
