// Told in chapters/10-files/02-metadata.md. Edit it there, or edit here and stitch.
import { modeText, readlink, statIfThere, type Stat } from 'filesystem-communication-space/files'

/** What `path` is, or a word for why that is not known. */
function ask(path: string, follow: boolean): Stat | string {
  try {
    return statIfThere(path, { follow }) ?? 'missing'
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** '-rw-r--r-- file, 12 bytes' */
export function describe(path: string): string {
  const known = ask(path, false)
  if (typeof known === 'string') return known
  const what = `${modeText(known.mode)} ${known.type}`
  if (known.type === 'file') return `${what}, ${known.size} bytes`
  if (known.type !== 'symlink') return what
  const end = ask(path, true)
  return `${what} to ${String(readlink(path))}${typeof end === 'string' ? `, which is ${end}` : ''}`
}
