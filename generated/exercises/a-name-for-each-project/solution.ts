// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename } from 'node:path'

/** Where the server of the project (a folder that exists) listens, within `folder`. */
export function socketOf(folder: string, project: string): string {
  const path = realpathSync(project)
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16)
  const title = basename(path).replace(/[^\w.]/g, '-').slice(0, 20)
  return `${folder}/${title}-${hash}`
}
