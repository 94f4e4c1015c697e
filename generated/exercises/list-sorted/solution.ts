// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import { list, type Path } from 'filesystem-communication-space/foundations'

/** The names in a folder in the order of their bytes. Those that are not UTF-8 are bytes. */
export function listSorted(folder: string): Path[] {
  const bytes = (name: Path) => Buffer.from(name as string)
  return [...list(folder)].map(({ name }) => name)
    .sort((a, b) => Buffer.compare(bytes(a), bytes(b)))
}
