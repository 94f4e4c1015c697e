// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import type { Started } from './message-bus-command-start.ts'
import { NOT_FOUND, NOT_RUN } from './message-bus-command-table.ts'

export interface ChildOptions {
  env?: Readonly<Record<string, string>>
  /** Open descriptors that it inherits, from 3 on. */
  descriptors?: readonly number[]
  /** The descriptor that it reads from. By default ours. */
  input?: number
  /** When it is aborted, the command is sent SIGTERM, and SIGKILL if it has not ended `killAfterMs` later. */
  signal?: AbortSignal
  killAfterMs?: number
}

/** Runs a command to its end and resolves to its exit status, 128 + n for signal n. Throws if it cannot start. */
export async function runChild(command: readonly string[], options: ChildOptions = {}): Promise<number> {
  const { start } = await import('./message-bus-command-start.ts')
  const { env, descriptors = [], input = 0, signal, killAfterMs = 5000 } = options
  let child: Started | undefined
  const end = [passSignals(passed => { process.kill(child!.pid, passed) })]
  try {
    child = start(command, [input, 1, 2, ...descriptors], env)
    end.push(endWhen(signal, child, killAfterMs))
    return await child.ended
  } catch (error) {
    throw notStarted(error as NodeJS.ErrnoException)
  } finally {
    for (const stop of end) stop()
  }
}

function notStarted(error: NodeJS.ErrnoException): Error {
  if (error.syscall !== 'posix_spawnp') return error
  const isMissing = error.code === 'ENOENT'
  const hint = isMissing ? 'there is no program of that name' : 'it is there, and cannot be run'
  return Object.assign(error, { status: isMissing ? NOT_FOUND : NOT_RUN, hint })
}

const PASSED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'] as const

/** A terminal sends its own signals to all that stand before it. To pass them on would be to send them twice. */
const BY_TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGWINCH']

function passSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const pairs = PASSED.map(signal => {
    const pass = () => {
      if (!(process.stdin.isTTY && BY_TERMINAL.includes(signal))) send(signal)
    }
    process.on(signal, pass)
    return [signal, pass] as const
  })
  return () => { for (const [signal, pass] of pairs) process.off(signal, pass) }
}

function endWhen(signal: AbortSignal | undefined, { pid }: Started, killAfterMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = () => {
    process.kill(pid, 'SIGTERM')
    process.kill(pid, 'SIGCONT')   // a stopped one would not hear it
    timer = setTimeout(() => process.kill(pid, 'SIGKILL'), killAfterMs)
  }
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}
