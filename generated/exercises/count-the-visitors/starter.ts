// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { openFolder, updateFolder } from 'filesystem-communication-space/patterns'

/** Adds one to the number in the file `visitors`. `between` is called before it is written. */
export function countOne(path: string, between = () => {}): void {
  const view = openFolder(path)
  const count = Number(view?.read('visitors') ?? 0)
  view?.close()
  between()
  updateFolder(path, copy => copy.write('visitors', String(count + 1)))
}
