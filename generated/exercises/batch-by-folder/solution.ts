// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
import { dirname } from 'node:path'
import type { Change } from 'filesystem-communication-space/files'

/** The folders that the changes concern. */
export function foldersOf(changes: Change[]): string[] {
  const paths = changes.flatMap(change => 'path' in change ? [change.path]
    : change.kind === 'renamed' ? [change.from, change.to] : [])
  return [...new Set(paths.map(path => dirname(String(path))))]
}
