// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { BUSY, type Given, type Option } from './message-bus-command-table.ts'
import { runChild, type ChildOptions } from './command-lock-child.ts'

/** The options of all verbs that wait for others, and of those that then hold something. */
export const WAITING: Readonly<Record<string, Option>> = {
  nonblock: { about: 'do not wait', short: 'n' },
  timeout: { about: 'wait no longer than that', short: 'w', value: 'SECONDS' },
  quiet: { about: 'say nothing when another has it', short: 'q' },
  'conflict-exit-code': { about: 'the status when another has it', short: 'E', value: 'N' },
}

export const HOLDING: Readonly<Record<string, Option>> = {
  ...WAITING,
  close: { about: 'do not let the command inherit it', short: 'o' },
}

/** Waits for what `acquire` gives. Another has it: an error that ends with 75, or with what was asked for. */
export async function waitFor<T>(
  given: Given, path: string, acquire: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  const timeoutMs = given.has('nonblock') ? 0 : given.ms('timeout') ?? Infinity
  const status = given.count('conflict-exit-code', 0, 255) ?? BUSY
  try {
    return await acquire(timeoutMs)
  } catch (error) {
    const { SystemError } = await import('../foundations/kernel.ts')
    if (!(error instanceof SystemError && error.code === 'ETIMEDOUT')) throw error
    const hint = error.hint ?? 'another has it'
    const told = new SystemError(timeoutMs === 0 ? 'EAGAIN' : 'ETIMEDOUT', error.syscall, { path, hint })
    throw Object.assign(told, { status, isQuiet: given.has('quiet') })
  }
}

export interface Held { release(): void, descriptor: number }

/** Runs the command while `held` is held. */
export async function runHolding(given: Given, held: Held, options: ChildOptions = {}): Promise<number> {
  try {
    return await runChild(given.command!, { descriptors: given.has('close') ? [] : [held.descriptor], ...options })
  } finally {
    held.release()
  }
}
