// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { lstat, walk } from 'filesystem-communication-space/files'
import { SystemError, type Path } from 'filesystem-communication-space/foundations'

export interface Usage { bytes: number, unread: Path[] }

/** What `top` and all below it occupy. */
export function usage(top: Path): Usage {
  const found: Usage = { bytes: 0, unread: [] }
  const seen = new Set<string>()
  const add = (path: Path) => {
    try {
      const { dev, ino, nlink, blocks, type } = lstat(path)
      const key = `${dev}:${ino}`
      if (nlink > 1 && type !== 'directory' && seen.has(key)) return
      if (nlink > 1) seen.add(key)
      found.bytes += blocks * 512
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      found.unread.push(path)
    }
  }
  add(top)
  const onError = (error: Error) => { found.unread.push((error as SystemError).path!) }
  for (const { path } of walk(top, { onError })) add(path)
  return found
}
