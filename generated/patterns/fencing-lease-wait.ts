// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import type { OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import { onClose } from './lock-file-bell.ts'

export interface LookOptions extends WaitOptions {
  /** For the error's words. */
  path: Path
  hint: string
  /** After how long to look again if nothing rings. */
  againMs?: (() => number) | undefined
}

/**
 * Calls `look` until its answer is not null: now, when somebody closes `file`, and after `againMs()`. The bell of
 * a death rings before its locks are free, so it is followed by some more looks. ETIMEDOUT, the signal's reason.
 */
export async function lookUntil<T>(file: OpenFile, look: () => T | null, options: LookOptions): Promise<T> {
  const { timeoutMs = Infinity, signal, againMs = () => Infinity, path, hint } = options
  signal?.throwIfAborted()
  const deadline = performance.now() + timeoutMs
  let wake = () => {}
  const stop = onClose(file, () => wake())
  try {
    for (let looks = 0; ; looks++) {
      const answer = look()
      if (answer !== null) return answer
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw new SystemError('ETIMEDOUT', 'fcntl', { path, hint })
      const roundMs = stop === null ? DEAF_MS : ROUND_MS
      const napMs = Math.min(leftMs, againMs(), looks < 8 ? 2 ** looks / 2 : roundMs)
      if (await nap(napMs, signal, waker => { wake = waker })) looks = -1
    }
  } finally {
    stop?.()
  }
}

const [ROUND_MS, DEAF_MS] = [1000, 20]

/** Ends after `ms`, or when the waker is called: then true. */
function nap(ms: number, signal: AbortSignal | undefined, give: (waker: () => void) => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(false), ms)
    const onAbort = () => end(false)
    signal?.addEventListener('abort', onAbort)
    give(() => end(true))
    function end(isRung: boolean): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (signal?.aborted) reject(signal.reason)
      else resolve(isRung)
    }
  })
}
