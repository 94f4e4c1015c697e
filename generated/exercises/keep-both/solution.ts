// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
import { compareVectors, type Version } from 'filesystem-communication-space/patterns'

/** The versions that are left when `fresh` is written beside `there`. */
export function put(there: readonly Version[], fresh: Version): Version[] {
  const left = there.filter(({ vector }) => compareVectors(vector, fresh.vector) !== 'before')
  return [...left, fresh]
}
