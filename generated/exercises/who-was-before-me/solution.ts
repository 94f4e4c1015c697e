// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { createOnce } from 'filesystem-communication-space/namespace'
import { fetchAndStore } from 'filesystem-communication-space/primitives'

/** Comes to the door as `me`; returns who came before, or null. */
export function arrive(door: string, me: string): string | null {
  const bytes = Buffer.from(me)
  return createOnce(door, bytes) ? null : fetchAndStore(door, bytes).toString()
}
