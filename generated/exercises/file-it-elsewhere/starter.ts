// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { Maildir } from 'filesystem-communication-space/patterns'

/** Moves the letter into the folder `.NAME`, which is made when it is missing. False if it has gone. */
export function fileUnder(box: Maildir, key: string, name: string): boolean {
  const target = new Maildir(`${box.folder}/.${name}`)
  target.deliver(box.read(key)!)
  return box.remove(key)
}
