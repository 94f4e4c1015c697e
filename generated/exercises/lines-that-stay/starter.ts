// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { mergeUpdate } from 'filesystem-communication-space/patterns'

/** Lets `name` have `address`, in lines of the form 'address name'. True if the file was written. */
export function setHost(path: string, name: string, address: string): boolean {
  return mergeUpdate(path, () => `${address} ${name}\n`).isWritten
}
