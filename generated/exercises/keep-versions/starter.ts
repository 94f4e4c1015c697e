// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { rename } from 'filesystem-communication-space/foundations'
import { atomicWrite } from 'filesystem-communication-space/patterns'

/** Replaces the file `path`; the versions before are `path~1~` (the youngest) to `path~3~`. */
export function writeVersion(path: string, text: string): void {
  try {
    rename(path, `${path}~1~`)
  } catch { /* there is no version yet */ }
  atomicWrite(path, text, { durability: 'os' })
}
