// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import type { AsyncFile } from 'filesystem-communication-space/files'

/** Copies all of `source` to the start of `target`, in pieces of `pieceSize` bytes. */
export async function copy(
  source: AsyncFile, target: AsyncFile, { depth = 8, pieceSize = 65_536 } = {},
): Promise<void> {
  let [next, isOver] = [0, false]
  async function lane(): Promise<void> {
    const buffer = Buffer.alloc(pieceSize)
    while (!isOver) {
      const at = next
      next += pieceSize
      try {
        const count = await source.readInto(buffer, at)
        if (count > 0) await target.write(buffer.subarray(0, count), at)
        if (count < pieceSize) isOver = true
      } catch (error) {
        isOver = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: depth }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
