// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
import type { RecordFile } from 'filesystem-communication-space/patterns'

/** Exchanges the records `a` and `b`, which both exist. */
export async function swap(file: RecordFile, a: number, b: number): Promise<void> {
  const [low, high] = [Math.min(a, b), Math.max(a, b)]
  const how = { timeoutMs: 5000 }
  await file.update(low, async one => {
    let other = one!
    await file.update(high, old => {
      other = old!
      return one!
    }, how)
    return other
  }, how)
}
