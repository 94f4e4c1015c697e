// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { mergePatch, mergeUpdate, type Json } from 'filesystem-communication-space/patterns'

/** Merges `patch` into the JSON file. Returns how often it had to write. */
export function mergeSafely(path: string, patch: { [key: string]: Json }): number {
  mergeUpdate(path, text => JSON.stringify(mergePatch(JSON.parse(text ?? '{}'), patch)), { durability: 'os', detect: true })
  return 1
}
