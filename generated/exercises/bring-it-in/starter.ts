// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { updateFolder } from 'filesystem-communication-space/patterns'

/** Makes the folder at `path` equal to the ordinary folder `from`. */
export function bringIn(path: string, from: string): void {
  updateFolder(path, copy => {
    for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (statSync(`${from}/${name}`).isFile()) copy.write(name, readFileSync(`${from}/${name}`))
    }
  })
}
