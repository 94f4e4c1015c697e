// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { NOT_FOUND, NOT_RUN, SIGNALLED } from './message-bus-command-table.ts'

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
export async function runChild([program, ...args]: readonly string[], options: ChildOptions = {}): Promise<number> {
  const { spawn } = await import('node:child_process')
  const { env, descriptors = [], input = 'inherit', signal, killAfterMs = 5000 } = options
  let child: ChildProcess | undefined
  const end = [passSignals(passed => { child!.kill(passed) })]
  try {
    child = spawn(program!, args, {
      stdio: [input, 'inherit', 'inherit', ...descriptors], env: { ...process.env, ...env },
    })
    end.push(endWhen(signal, child, killAfterMs))
    return await new Promise((resolve, reject) => {
      child!.on('error', error => reject(notStarted(error)))
      child!.on('exit', (status, by) => resolve(status ?? SIGNALLED + constants.signals[by!]))
    })
  } finally {
    for (const stop of end) stop()
  }
}

function notStarted(error: NodeJS.ErrnoException): Error {
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

function endWhen(signal: AbortSignal | undefined, child: ChildProcess, killAfterMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = () => {
    child.kill('SIGTERM')
    child.kill('SIGCONT')   // a stopped one would not hear it
    timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  }
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}
