// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import { rename, stat } from 'filesystem-communication-space/foundations'

/** Gives `source` the name `target` if that is the file with the inode `ino`; says if it did. */
export function replaceIf(source: string, target: string, ino: bigint): boolean {
  if (stat(target).ino !== ino) return false
  rename(source, target)
  return true
}
