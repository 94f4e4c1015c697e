// Told in chapters/10-files/05-temporary-name.md. Edit it there, or edit here and stitch.
import { cp, mktempdir, rename } from 'filesystem-communication-space/files'
import { join, split } from 'filesystem-communication-space/foundations'

/** Lets `edit` change a draft of the file, and puts it in the file's place. */
export function withDraft<T>(path: string, edit: (draft: string) => T): T {
  const { folder, name } = split(path)
  return mktempdir(place => {
    const draft = cp(path, join(place, name) as string)
    const result = edit(draft)
    rename(draft, path)
    return result
  }, { parent: folder, prefix: '.draft.' })
}
