// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Comes to the door as `me`; returns who came before, or null. */
export function arrive(door: string, me: string): string | null {
  const before = existsSync(door) ? readFileSync(door, 'utf8') : null
  writeFileSync(door, me)
  return before
}
