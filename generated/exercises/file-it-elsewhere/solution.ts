// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { renameIfThere } from 'filesystem-communication-space/foundations'
import { Maildir } from 'filesystem-communication-space/patterns'

/** Moves the letter into the folder `.NAME`, which is made when it is missing. False if it has gone. */
export function fileUnder(box: Maildir, key: string, name: string): boolean {
  const target = new Maildir(`${box.folder}/.${name}`)
  for (let letter; (letter = box.find(key)) !== undefined;) {
    if (renameIfThere(letter.path, `${target.folder}/cur/${key}:2,${letter.flags}`)) return true
  }
  return false
}
