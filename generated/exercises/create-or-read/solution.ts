// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import { open, SystemError } from 'filesystem-communication-space/foundations'
import { createOnce } from 'filesystem-communication-space/namespace'

/** Creates the file, or reads what the one has written who was first. */
export function createOrRead(
  path: string, bytes: Uint8Array,
): { hasWon: boolean, bytes: Uint8Array } {
  for (;;) {
    if (createOnce(path, bytes)) return { hasWon: true, bytes }
    try {
      const file = open(path)
      try {
        return { hasWon: false, bytes: file.readAll() }
      } finally {
        file.close()
      }
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'ENOENT')) throw error
    }
  }
}
