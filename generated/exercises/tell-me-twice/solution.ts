// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { readFileSync, unlinkSync } from 'node:fs'
import { mergePatch, mergeUpdate, type Json } from 'filesystem-communication-space/patterns'

/** Merges `patch` into the JSON file. Returns how often it had to write. */
export function mergeSafely(path: string, patch: { [key: string]: Json }): number {
  const how = { durability: 'os', detect: true } as const
  let { overwritten } = mergeUpdate(path, text =>
    JSON.stringify(mergePatch(JSON.parse(text ?? '{}'), patch)), how)
  let count = 1
  for (; overwritten !== null; count++) {
    const kept = String(overwritten)
    const lost: Json = JSON.parse(readFileSync(kept, 'utf8'))
    overwritten = mergeUpdate(path, text =>
      JSON.stringify(mergePatch(lost, JSON.parse(text ?? '{}'))), how).overwritten
    unlinkSync(kept)
  }
  return count
}
