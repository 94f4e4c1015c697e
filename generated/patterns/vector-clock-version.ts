// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
import { open } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { atomicWrite } from './atomic-write.ts'
import type { VectorClock } from './vector-clock.ts'
import { compareVectors, parseVector, type Vector } from './vector-clock-vector.ts'

export interface Version { content: string, vector: Vector }

/** Reads the version that is there and observes it; null if there is none. EBADMSG: no version. */
export function readVersion(path: Path, clock: VectorClock): Version | null {
  const version = peekVersion(path)
  if (version !== null) clock.observe(version.vector)
  return version
}

/** Replaces whatever is there. What this process has read by now counts as known to it. */
export function writeVersion(path: Path, content: string, clock: VectorClock): Version {
  const version = { content, vector: clock.tick() }
  atomicWrite(path, `${JSON.stringify(version.vector)}\n${content}`)
  return version
}

/** What became of `mine`, which was written to `path`: it is there, is known to what is there, or is lost. */
export function fateOf(mine: Version, path: Path): 'there' | 'known' | 'lost' {
  const found = peekVersion(path)
  if (found === null) return 'lost'
  const order = compareVectors(mine.vector, found.vector)
  return order === 'equal' ? 'there' : order === 'before' ? 'known' : 'lost'
}

/** The version that is there, without an event. */
export function peekVersion(path: Path): Version | null {
  let file
  try {
    file = open(path)
    const text = file.readAll().toString()
    const end = text.indexOf('\n')
    const vector = end < 0 ? null : parseVector(text.slice(0, end))
    if (vector !== null) return { content: text.slice(end + 1), vector }
    throw new SystemError('EBADMSG', 'read', { path, hint: 'this file has no vector' })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  } finally {
    file?.close()
  }
}
