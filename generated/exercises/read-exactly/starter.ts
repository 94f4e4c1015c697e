// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import {
  waitReadable, type OpenFile, type WaitOptions,
} from 'filesystem-communication-space/foundations'

/** Resolves to `size` bytes, or to fewer when the file ends before. */
export async function readExactly(
  file: OpenFile, size: number, options: WaitOptions = {},
): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  await waitReadable(file, options)
  return bytes.subarray(0, file.read(bytes))
}
