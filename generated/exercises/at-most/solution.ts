// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { promises } from 'filesystem-communication-space/files'

export type Open = typeof promises.open

/** The contents of the files, in their order. `open` is here so that a test can watch it. */
export async function readAll(
  paths: string[], limit: number, open: Open = promises.open,
): Promise<Buffer[]> {
  const contents: Buffer[] = new Array(paths.length)
  let [next, isOver] = [0, false]
  async function lane(): Promise<void> {
    while (next < paths.length && !isOver) {
      const i = next++
      try {
        const file = await open(paths[i]!)
        try {
          contents[i] = await file.read()
        } finally {
          await file.close()
        }
      } catch (error) {
        isOver = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, lane))
  return contents
}
