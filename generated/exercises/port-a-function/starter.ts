// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
import { join } from 'node:path'
import { filesize, readdir } from 'filesystem-communication-space/files'

/** Bytes in all regular files below `top`. */
export function bytes(top: string): number {
  let total = 0
  for (const name of readdir(top)) total += filesize(join(top, String(name)))
  return total
}
