// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { link, rename, SystemError } from 'filesystem-communication-space/foundations'
import { atomicWrite } from 'filesystem-communication-space/patterns'

function unlessMissing(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'ENOENT')) throw error
  }
}

/** Replaces the file `path`; the versions before are `path~1~` (the youngest) to `path~3~`. */
export function writeVersion(path: string, text: string): void {
  unlessMissing(() => rename(`${path}~2~`, `${path}~3~`))
  unlessMissing(() => rename(`${path}~1~`, `${path}~2~`))
  unlessMissing(() => link(path, `${path}~1~`))
  atomicWrite(path, text, { durability: 'os' })
}
