// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import {
  waitReadable, type OpenFile, type WaitOptions,
} from 'filesystem-communication-space/foundations'

/** Resolves to the file that is readable first. */
export async function waitAny(files: OpenFile[], options: WaitOptions = {}): Promise<OpenFile> {
  const decided = new AbortController()
  const signals = options.signal ? [options.signal, decided.signal] : [decided.signal]
  const waits = files.map(async file => {
    await waitReadable(file, { ...options, signal: AbortSignal.any(signals) })
    return file
  })
  try {
    return await Promise.race(waits)
  } finally {
    decided.abort()
    await Promise.allSettled(waits)
  }
}
