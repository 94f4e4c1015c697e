// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import {
  waitReadable, type OpenFile, type WaitOptions,
} from 'filesystem-communication-space/foundations'

/** Resolves to `size` bytes, or to fewer when the file ends before. */
export async function readExactly(
  file: OpenFile, size: number, { signal, timeoutMs = Infinity }: WaitOptions = {},
): Promise<Buffer> {
  const deadline = performance.now() + timeoutMs
  const bytes = Buffer.alloc(size)
  let done = 0
  while (done < size) {
    await waitReadable(file, { signal, timeoutMs: Math.max(0, deadline - performance.now()) })
    const count = file.read(bytes.subarray(done))
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}
