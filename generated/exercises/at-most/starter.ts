// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { promises } from 'filesystem-communication-space/files'

export type Open = typeof promises.open

/** The contents of the files, in their order. `open` is here so that a test can watch it. */
export function readAll(paths: string[], limit: number, open: Open = promises.open): Promise<Buffer[]> {
  void limit
  return Promise.all(paths.map(async path => {
    const file = await open(path)
    const content = await file.read()
    await file.close()
    return content
  }))
}
