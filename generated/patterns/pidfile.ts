// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { hostname } from 'node:os'
import {
  leadsTo, open, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_TMPFILE,
  type OpenFile,
} from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { link, readlink, split, unlink } from '../foundations/name.ts'
import { tryFlock } from '../primitives/file-lock.ts'
import { onClose } from './lock-file-bell.ts'
import { bootId, describe, formatPidText, isValidPid, parsePidText, type PidText } from './pidfile-text.ts'

export interface PidlockOptions {
  /** The process that the file names; default this one. It must be alive: ESRCH. */
  pid?: number | undefined
  /** Names this child instead, and lets go when it has ended. */
  process?: ChildProcess | undefined
  /** Permission bits of the file, cut by the umask. Default 0o444. */
  mode?: number | undefined
  /** Whether to wait while another has it. Default true; otherwise PidlockedError. */
  wait?: boolean | undefined
  /** The longest time between two looks; the bell is quicker where the kernel tells. Default 10,000. */
  pollIntervalMs?: number | undefined
  /** From which age a file *without a lock* is doubted. Default 0: never. */
  staleAgeMs?: number | undefined
  /** How often the owner renews the file's time, for those who judge by age. Default `staleAgeMs / 2`; 0 is never. */
  refreshMs?: number | undefined
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** Creates the file, whole and locked, unless the name is taken. */
function create(path: string, text: PidText, mode: number): OpenFile | null {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  let file: OpenFile | undefined
  let hidden: string | undefined
  try {
    try {
      file = open(folder, O_RDWR | O_TMPFILE, mode)
    } catch (error) {
      if (!is(error, 'ENOTSUP', 'EISDIR')) throw error
      hidden = `${folder}.pidfile.${randomBytes(8).toString('hex')}`
      file = open(hidden, O_RDWR | O_CREAT | O_EXCL, mode)
    }
    file.tryLock()
    file.writeAll(Buffer.from(formatPidText(text)))
    link(hidden ?? file, path)
    return file
  } catch (error) {
    file?.close()
    if (is(error, 'EEXIST')) return null
    throw error
  } finally {
    if (hidden !== undefined) unlink(hidden)
  }
}

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/** What was found under the name. `why` is a sentence for a person. */
export interface PidfileState extends PidText { isStale: boolean, isLocked: boolean, ageMs: number, why: string }

function judge(file: OpenFile, staleAgeMs: number): PidfileState {
  const ageMs = Date.now() - Number(file.stat().mtimeNs / 1_000_000n)
  const buffer = Buffer.alloc(1024)
  const text = parsePidText(buffer.toString('utf8', 0, file.read(buffer, 0)))
  const said = (isStale: boolean, why: string) => ({ ...text, isStale, isLocked, ageMs, why })
  const isLocked = file.isLocked({ shared: true })
  if (isLocked) return said(false, 'its owner holds the lock')
  if (text.bootId === bootId()) return said(true, 'its owner is gone, and the lock with it')
  if (text.bootId !== '' && text.hostname === hostname()) return said(true, 'the machine was started since')
  // judge by age, as Julia does
  if (ageMs < -staleAgeMs) {
    process.emitWarning(`the pidfile is ${-ageMs} ms younger than now: some clock is wrong`, 'PidfileSkewWarning')
  }
  if (staleAgeMs <= 0 || ageMs <= staleAgeMs) return said(false, 'it is not known to be old')
  if (ageMs > LONG * staleAgeMs) return said(true, `it is older than ${LONG} times staleAgeMs`)
  const isValid = isValidPid(text, Date.now() - ageMs)
  return said(!isValid, isValid ? 'its pid may be valid' : 'it is old, and its pid is nobody')
}

const LONG = 25
const NO_FOLLOW = { follow: false }

/** Removes a stale file. False if another is at it. */
function breakUp(path: string, file: OpenFile, staleAgeMs: number): boolean {
  if (!tryFlock(file)) return false
  if (leadsTo(path, file, NO_FOLLOW) && judge(file, staleAgeMs).isStale) unlink(path)
  return true
}

/** One who wants the pidfile. Keeps the file that stands in the way open, to hear it being closed. */
class Attempt {
  readonly path: string
  readonly #text: PidText
  readonly #options: PidlockOptions
  found: OpenFile | undefined
  state: PidfileState | undefined

  constructor(path: Path, options: PidlockOptions) {
    this.path = realPath(path)
    this.#options = options
    this.#text = describe(options.process?.pid ?? options.pid ?? process.pid)
  }

  try(): Pidlock | null {
    const { mode = 0o444, staleAgeMs = 0 } = this.#options
    for (;;) {
      const file = this.#look()
      if (file === null) {
        const created = create(this.path, this.#text, mode)
        if (created !== null) return new Pidlock(this.path, created, this.#options)
        continue
      }
      this.state = judge(file, staleAgeMs)
      if (!this.state.isStale || !breakUp(this.path, file, staleAgeMs)) return null
      this.leave()
    }
  }

  // look at the file that has the name
  #look(): OpenFile | null {
    if (this.found !== undefined && leadsTo(this.path, this.found, NO_FOLLOW)) return this.found
    this.leave()
    try {
      return this.found = open(this.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      if (is(error, 'ENOENT')) return null
      throw error
    }
  }

  leave(): void {
    this.found?.close()
    this.found = undefined
  }
}

function realPath(path: Path): string {
  const { folder, name } = split(path)
  if (name.length === 0) throw new SystemError('ENOENT', 'open', { path })
  const opened = open(folder, O_PATH)
  try {
    return `${pathText(readlink(`/proc/self/fd/${opened.fd}`)).replace(/\/$/, '')}/${pathText(name)}`
  } finally {
    opened.close()
  }
}

/** The ownership of a pidfile. A process that ends without `close` leaves a file that is free. */
export class Pidlock {
  /** Absolute, with links in the folder resolved. */
  readonly path: string
  /** Renews the file's time; null if there is no `refreshMs`. */
  readonly refresh: NodeJS.Timeout | null
  readonly #file: OpenFile

  constructor(path: string, file: OpenFile, options: PidlockOptions) {
    const { staleAgeMs = 0, refreshMs = staleAgeMs / 2 } = options
    this.path = path
    this.#file = file
    this.refresh = refreshMs > 0 ? setInterval(() => { this.touch() }, refreshMs).unref() : null
    options.process?.once('exit', () => this.close())
  }

  get isOpen(): boolean { return this.#file.fd !== -1 }

  /** Renews the file's time. */
  touch(): void { if (this.isOpen) this.#file.setTimes({ atimeNs: 'now', mtimeNs: 'now' }) }

  /** Removes the file and lets go. False if it was not ours any more, or is closed already. */
  close(): boolean {
    if (!this.isOpen) return false
    clearInterval(this.refresh ?? undefined)
    try {
      const isOurs = leadsTo(this.path, this.#file, NO_FOLLOW)
      if (isOurs) unlink(this.path)
      return isOurs
    } finally {
      this.#file.close()
    }
  }
}

/** Another has the pidfile. */
export class PidlockedError extends SystemError {
  readonly state: PidfileState | undefined

  constructor(path: string, state: PidfileState | undefined) {
    const who = state === undefined ? '' : `process ${state.pid} on '${state.hostname}': ${state.why}`
    super('EEXIST', 'link', { path, hint: who })
    this.name = 'PidlockedError'
    this.state = state
  }
}

/** Creates the pidfile, or breaks a stale one. False if another has it. Never waits. */
export function trymkpidlock(path: Path, options: PidlockOptions = {}): Pidlock | false {
  const attempt = new Attempt(path, options)
  try {
    return attempt.try() ?? false
  } finally {
    attempt.leave()
  }
}

/** What the pidfile says and whether it has an owner, or null if there is none. */
export function readPidfile(path: Path, { staleAgeMs = 0 } = {}): PidfileState | null {
  let file
  try {
    file = open(path, O_RDONLY | O_NONBLOCK)
    return judge(file, staleAgeMs)
  } catch (error) {
    if (is(error, 'ENOENT')) return null
    throw error
  } finally {
    file?.close()
  }
}

/** Resolves to the ownership of the pidfile. PidlockedError, ETIMEDOUT, the signal's reason; ESRCH for a dead `pid`. */
export async function mkpidlock(path: Path, options: PidlockOptions = {}): Promise<Pidlock> {
  const { wait = true, pollIntervalMs = 10_000, timeoutMs = Infinity, signal } = options
  signal?.throwIfAborted()
  const deadline = performance.now() + timeoutMs
  const attempt = new Attempt(path, options)
  let [isRung, wake, looks] = [false, () => {}, 0]
  try {
    for (let lock; ; looks++) {
      if ((lock = attempt.try()) !== null) return lock
      if (!wait) throw new PidlockedError(attempt.path, attempt.state)
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw new SystemError('ETIMEDOUT', 'link', { path, hint: attempt.state?.why })
      // sleep until the bell, the next look or the deadline
      const stop = onClose(attempt.found!, () => { isRung = true; wake() })
      try {
        if ((lock = attempt.try()) !== null) return lock
        const nextMs = looks < QUICK_LOOKS ? 2 ** looks : pollIntervalMs
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(end, isRung ? 0 : Math.min(nextMs, leftMs, 2 ** 31 - 1))
          signal?.addEventListener('abort', end)
          wake = end
          function end(): void {
            clearTimeout(timer)
            signal?.removeEventListener('abort', end)
            if (signal?.aborted) reject(signal.reason)
            else resolve()
          }
        })
        if (isRung) looks = -1
        isRung = false
      } finally {
        stop?.()
      }
    }
  } finally {
    attempt.leave()
  }
}

const QUICK_LOOKS = 5

/** Runs `action` as the owner and resolves to what it returned. */
export async function withPidlock<T>(
  path: Path, action: (lock: Pidlock) => T | Promise<T>, options: PidlockOptions = {},
): Promise<T> {
  const lock = await mkpidlock(path, options)
  try {
    return await action(lock)
  } finally {
    lock.close()
  }
}
