// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import type { AsyncFile } from 'filesystem-communication-space/files'

/** Copies all of `source` to the start of `target`, in pieces of `pieceSize` bytes. */
export async function copy(
  source: AsyncFile, target: AsyncFile, { depth = 8, pieceSize = 65_536 } = {},
): Promise<void> {
  void depth
  const buffer = Buffer.alloc(pieceSize)
  for (let at = 0; ;) {
    const count = await source.readInto(buffer, at)
    if (count === 0) return
    await target.write(buffer.subarray(0, count), at)
    at += count
  }
}
