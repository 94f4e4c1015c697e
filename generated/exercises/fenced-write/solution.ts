// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import { SystemError } from 'filesystem-communication-space/foundations'
import { atomicWrite, withFileLockSync } from 'filesystem-communication-space/patterns'

/** Replaces the file by a line with the token and then `text`, unless it has a greater token: ESTALE. */
export function fencedWrite(path: string, token: number, text: string): void {
  withFileLockSync(`${path}.lock`, () => {
    if (tokenOf(path) > token) throw new SystemError('ESTALE', 'write', { path })
    atomicWrite(path, `${token}\n${text}`)
  })
}

function tokenOf(path: string): number {
  try {
    return parseInt(readFileSync(path, 'utf8'), 10)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
