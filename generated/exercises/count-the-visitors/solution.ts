// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { updateFolder } from 'filesystem-communication-space/patterns'

/** Adds one to the number in the file `visitors`. `between` is called before it is written. */
export function countOne(path: string, between = () => {}): void {
  updateFolder(path, copy => {
    const count = Number(copy.read('visitors') ?? 0)
    between()
    copy.write('visitors', String(count + 1))
  }, { retries: Infinity })
}
