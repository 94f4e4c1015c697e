// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { openFolder, updateFolder } from 'filesystem-communication-space/patterns'

/** Makes the folder at `path` equal to the ordinary folder `from`. */
export function bringIn(path: string, from: string): void {
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter(name => statSync(`${from}/${name}`).isFile())
  const todo = (now: { list(): string[], read(name: string): Buffer | null }) => ({
    changed: names.filter(name => !now.read(name)?.equals(readFileSync(`${from}/${name}`))),
    gone: now.list().filter(name => !names.includes(name)),
  })
  const view = openFolder(path)
  const first = view === null ? null : todo(view)
  view?.close()
  if (first !== null && first.changed.length + first.gone.length === 0) return
  updateFolder(path, copy => {
    const { changed, gone } = todo(copy)
    for (const name of gone) copy.remove(name)
    for (const name of changed) copy.write(name, readFileSync(`${from}/${name}`))
  }, { retries: Infinity })
}
