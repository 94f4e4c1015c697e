// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
import type { RecordFile } from 'filesystem-communication-space/patterns'

/** Exchanges the records `a` and `b`, which both exist. */
export async function swap(file: RecordFile, a: number, b: number): Promise<void> {
  await file.update(a, async one => {
    await file.update(b, () => one!, { timeoutMs: 1000 })
    return one!
  }, { timeoutMs: 1000 })
}
