// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
import { statSync } from 'node:fs'

/** Returns a build that compiles when it must, and says whether it did. */
export function builder(sources: readonly string[], compile: () => void): () => boolean {
  let built = 0
  return () => {
    const newest = Math.max(...sources.map(path => statSync(path).mtimeMs))
    if (newest <= built) return false
    compile()
    built = newest
    return true
  }
}
