// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import { open } from 'filesystem-communication-space/foundations'
import { createOnce } from 'filesystem-communication-space/namespace'

/** Creates the file, or reads what the one has written who was first. */
export function createOrRead(
  path: string, bytes: Uint8Array,
): { hasWon: boolean, bytes: Uint8Array } {
  if (createOnce(path, bytes)) return { hasWon: true, bytes }
  const file = open(path)
  try {
    return { hasWon: false, bytes: file.readAll() }
  } finally {
    file.close()
  }
}
