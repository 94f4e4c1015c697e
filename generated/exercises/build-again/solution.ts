// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
import { changedSince, mark, type Mark } from 'filesystem-communication-space/patterns'

/** Returns a build that compiles when it must, and says whether it did. */
export function builder(sources: readonly string[], compile: () => void): () => boolean {
  const marks = new Map<string, Mark>()
  return () => {
    let isDue = false
    for (const path of sources) {
      const old = marks.get(path)
      const { changed, mark: now } = old === undefined
        ? { changed: true, mark: mark(path) }
        : changedSince(path, old)
      if (changed !== false) isDue = true
      if (now !== null) marks.set(path, now)
    }
    if (isDue) compile()
    return isDue
  }
}
