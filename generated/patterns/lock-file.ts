// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { resolve } from 'node:path'
import {
  leadsTo, open, O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, type LockOptions, type LockRange, type OpenFile,
} from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { tryFlock } from '../primitives/file-lock.ts'
import { onClose } from './lock-file-bell.ts'

/** The file is below, the tickets are above: 4 PiB, which no file reaches. */
const LINE = 2 ** 52
const nowUs = () => Number(process.hrtime.bigint() / 1000n)

/** One who wants the lock: before, while and after waiting. */
class Attempt {
  readonly #path: Path
  readonly #options: LockFileOptions
  readonly #system: LockSystem
  #file: LockedFile | undefined
  #ticket = 0
  #freeSince = Infinity
  #stopListening: (() => void) | null | undefined
  #wake: (() => void) | undefined
  #isRung = false
  #isNext = true

  constructor(system: LockSystem, path: Path, options: LockFileOptions) {
    this.#system = system
    this.#path = path
    this.#options = options
  }

  // try once
  try(): FileLock | null {
    for (;;) {
      const file = this.#file ??= this.#system.open(this.#path, this.#options)
      if (!this.#isMyTurn(file) || !this.#system.take(file, this.#options)) return null
      if (this.#system.leadsTo(this.#path, file)) {
        this.#file = undefined
        if (this.#ticket > 0) giveTicketBack(file, this.#options, () => {
          this.#system.open(this.#path, this.#options).close()
        })
        this.leave()
        return new FileLock(this.#system, this.#path, file, this.#options)
      }
      this.leave()
    }
  }
  // say whether it is my turn
  #isMyTurn(file: LockedFile): boolean {
    if (isPartial(this.#options)) return true
    this.#isNext = !file.isLocked({ start: LINE, length: this.#ticket || LINE })
    if (this.#isNext) return true
    if (file.isLocked({ length: LINE, shared: this.#options.shared })) {
      this.#freeSince = Infinity
      return false
    }
    this.#freeSince = Math.min(this.#freeSince, performance.now())
    return performance.now() - this.#freeSince >= PATIENCE_MS
  }
  // stand in line, and listen
  listen(): void {
    if (this.#file === undefined || this.#stopListening !== undefined) return
    this.#stopListening = this.#system.onClose(this.#file, () => this.ring())
  }

  standInLine(): void {
    if (this.#ticket > 0 || isPartial(this.#options)) return
    const ticket = nowUs()
    // Refused only by somebody who has locked everything to the end of numbers. Then there is no line.
    if (this.#file!.tryLock({ start: LINE + ticket, length: 1, shared: true })) this.#ticket = ticket
  }
  // wait for the bell, a while
  /** Ends after `ms`, or as soon as the bell has rung; true if it has. Fails with the signal's reason. */
  async pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#isRung) await new Promise<void>((resolve, reject) => {
      const timer = ms > 0 ? setTimeout(end, ms) : undefined
      const soon = ms > 0 ? undefined : setImmediate(end)
      const wake = this.#wake = end
      signal?.addEventListener('abort', end)
      function end(): void {
        clearTimeout(timer)
        clearImmediate(soon)
        signal?.removeEventListener('abort', wake)
        if (signal?.aborted) reject(signal.reason)
        else resolve()
      }
    })
    const isRung = this.#isRung
    this.#isRung = false
    return isRung
  }

  /** As the bell does, for one who waits in memory. */
  ring(): void {
    this.#isRung = true
    this.#wake?.()
  }

  /** The longest nap of one who waits with the thread. */
  get napMs(): number { return this.#isNext ? 0.5 : 5 }

  /** How long to wait after having looked so many times since the bell. */
  delayMs(looks: number): number {
    if (this.#stopListening === null) return Math.min(2 ** looks, DEAF_MS)
    if (!this.#isNext) return this.#freeSince === Infinity ? ROUND_MS : PATIENCE_MS
    return looks < 2 ? 0 : looks < 8 ? 2 ** (looks - 2) : ROUND_MS
  }
  // leave
  leave(): void {
    this.#stopListening?.()
    this.#stopListening = undefined
    this.#file?.close()
    this.#file = undefined
    this.#ticket = 0
    this.#freeSince = Infinity
  }
}

function giveTicketBack(file: LockedFile, { shared = false }: LockFileOptions, ring: () => void): void {
  file.unlock({ start: LINE, length: LINE })
  if (shared && file.isLocked({ start: LINE, length: LINE })) ring()
}

export interface LockFileOptions extends LockOptions {
  /** Fails with ETIMEDOUT after so many milliseconds; 0 asks once. By default it waits for ever. */
  timeoutMs?: number | undefined
  /** Fails with the signal's reason when it is aborted. */
  signal?: AbortSignal | undefined
  /** `'flock'`: the lock of flock(1) and of programs that use it. Default `'ofd'`, fcntl's. */
  kind?: 'ofd' | 'flock' | undefined
  /** The permission bits of a lock file that has to be created; default 0666, cut by the umask. */
  mode?: number | undefined
  /** Default true. `false`: ENOENT if the file is missing. */
  create?: boolean | undefined
}

const [PATIENCE_MS, ROUND_MS, DEAF_MS] = [30, 100, 20]
const isPartial = ({ start, length }: LockRange) => start !== undefined || length !== undefined

/** An open file, as far as locks go. Each open of one path must be an owner of its own. */
export type LockedFile = Pick<OpenFile, 'tryLock' | 'unlock' | 'isLocked' | 'stat' | 'close' | 'fd'>

export interface LockSystem {
  /** Opens the lock file, and creates it if it is missing. */
  open(path: Path, options: LockFileOptions): LockedFile
  /** Takes the lock if it is free. */
  take(file: LockedFile, options: LockFileOptions): boolean
  /** Whether the name still leads to this file. */
  leadsTo(path: Path, file: LockedFile): boolean
  /** See lock-file-bell. Null: nothing will ring. */
  onClose(file: LockedFile, ring: () => void): (() => void) | null
}

const linux: LockSystem = {
  open: (path, { shared = false, kind, mode, create = true }) => {
    const access = shared || kind === 'flock' ? O_RDONLY : O_RDWR
    return open(path, access | O_NONBLOCK | (create ? O_CREAT : 0), mode)
  },
  take: (file, { shared, start = 0, length = LINE - start, kind }) => kind === 'flock'
    ? tryFlock(file as OpenFile, { shared: shared === true })
    : file.tryLock({ shared, start, length }),
  leadsTo: (path, file) => leadsTo(path, file as OpenFile),
  onClose: (file, ring) => onClose(file as OpenFile, ring),
}

/** A lock that is held. It ends with `release`, or with the process. */
export class FileLock {
  readonly path: Path
  readonly shared: boolean
  /** The locked file, open: for reading only if the lock is shared. */
  readonly file: LockedFile
  readonly #system: LockSystem
  /** Its bytes: to recognise a request that we stand in the way of ourselves. */
  readonly #covers: { start: number, end: number }

  constructor(system: LockSystem, path: Path, file: LockedFile, options: LockFileOptions) {
    const { shared = false, start = 0, length = Infinity } = options
    this.#system = system
    this.path = path
    this.file = file
    this.shared = shared
    this.#covers = { start, end: start + length }
    held.add(this)
  }

  // say what it is
  get isHeld(): boolean { return this.file.fd !== -1 }

  /** Whether `path` still leads to the locked file. If not, others may have a lock by that name. */
  isNamed(): boolean { return this.isHeld && this.#system.leadsTo(this.path, this.file) }

  /** Whether this lock refuses such a request for the file that has that name. */
  refuses(path: Path, { shared = false, start = 0, length = Infinity }: LockFileOptions): boolean {
    const { start: from, end } = this.#covers
    return start < end && from < start + length && !(shared && this.shared) &&
      this.#system.leadsTo(path, this.file)
  }

  /** Lets go. A second time does nothing. */
  release(): void {
    if (!held.delete(this)) return
    this.file.unlock()   // so that the bell of the close does not ring too early
    this.file.close()
  }
}
const held = new Set<FileLock>()   // of this thread

/** The same as `lock.release()`. */
export function unlockFile(lock: FileLock): void { lock.release() }

const lines = new Map<string, (() => void)[]>()

/** Resolves when it is this caller's turn among those of this thread. Returns the function that calls the next. */
async function enter(path: Path, attempt: Attempt, options: LockFileOptions, deadline: number) {
  if (isPartial(options)) return () => {}
  const key = resolve(pathText(path))
  const next = () => {
    const wake = lines.get(key)!.shift()
    if (wake === undefined) lines.delete(key)
    else wake()
  }
  const line = lines.get(key)
  if (line === undefined) {
    lines.set(key, [])
    return next
  }
  // wait in memory
  let isCalled = false
  const call = () => { isCalled = true; attempt.ring() }
  line.push(call)
  try {
    while (!isCalled) {
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw timedOut(path)
      await attempt.pause(Math.min(leftMs, TIMER_MAX_MS), options.signal)
    }
  } catch (error) {
    if (isCalled) next()
    else line.splice(line.indexOf(call), 1)
    throw error
  }
  return next
}

const TIMER_MAX_MS = 2 ** 31 - 1
const timedOut = (path: Path) => new SystemError('ETIMEDOUT', 'fcntl', { path, hint: 'another holds the lock' })

function check(options: LockFileOptions): LockFileOptions {
  if (![undefined, 'ofd', 'flock'].includes(options.kind) || (options.kind === 'flock' && isPartial(options))) {
    const message = `The option 'kind' must be 'ofd', or 'flock' for the whole file. Received ${options.kind}`
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  return options
}

/** The functions of this module, for a system. */
export function fileLocks(system: LockSystem) {
  /** Takes the lock if it is free and nobody waits for it, and never waits itself. */
  function tryLockFile(path: Path, options: LockFileOptions = {}): FileLock | null {
    const attempt = new Attempt(system, path, check(options))
    try {
      return attempt.try()
    } finally {
      attempt.leave()
    }
  }
  // wait for the lock on the loop
  /** Resolves to the lock. ETIMEDOUT, the signal's reason, or what open(2) says: EACCES, ENOENT, EISDIR. */
  async function lockFile(path: Path, options: LockFileOptions = {}): Promise<FileLock> {
    const { timeoutMs = Infinity, signal } = check(options)
    signal?.throwIfAborted()
    const deadline = performance.now() + timeoutMs
    const attempt = new Attempt(system, path, options)
    const next = await enter(path, attempt, options, deadline)
    try {
      let lock = attempt.try()
      for (let looks = 0; lock === null; looks++) {
        attempt.listen()
        lock = attempt.try()
        if (lock !== null) break
        attempt.standInLine()
        const leftMs = deadline - performance.now()
        if (leftMs <= 0) throw timedOut(path)
        if (await attempt.pause(Math.min(leftMs, attempt.delayMs(looks)), signal)) looks = -1
      }
      return lock
    } finally {
      attempt.leave()
      next()
    }
  }
  // wait for the lock with the thread
  /** Blocks until the lock is there. Errors as `lockFile`, and EDEADLK if this very thread holds it. */
  function lockFileSync(path: Path, options: Omit<LockFileOptions, 'signal'> = {}): FileLock {
    const { timeoutMs = Infinity } = check(options)
    const deadline = performance.now() + timeoutMs
    const attempt = new Attempt(system, path, options)
    try {
      for (let napMs = 0.05; ; napMs = Math.min(napMs * 2, attempt.napMs)) {
        const lock = attempt.try()
        if (lock !== null) return lock
        if ([...held].some(each => each.refuses(path, options))) throw new SystemError('EDEADLK', 'fcntl',
          { path, hint: 'this thread holds the lock, and could not give it back while it waits' })
        if (performance.now() >= deadline) throw timedOut(path)
        attempt.standInLine()
        Atomics.wait(asleep, 0, 0, Math.min(napMs, deadline - performance.now()))
      }
    } finally {
      attempt.leave()
    }
  }
  // hold it for the length of a function
  /** Runs `action` with the lock and resolves to what it returned. */
  async function withFileLock<T>(
    path: Path, action: (lock: FileLock) => T | Promise<T>, options: LockFileOptions = {},
  ): Promise<T> {
    const lock = await lockFile(path, options)
    try {
      return await action(lock)
    } finally {
      lock.release()
    }
  }

  /** The same with the thread: `action` must be done when it returns. */
  function withFileLockSync<T>(
    path: Path, action: (lock: FileLock) => T, options: Omit<LockFileOptions, 'signal'> = {},
  ): T {
    const lock = lockFileSync(path, options)
    try {
      return action(lock)
    } finally {
      lock.release()
    }
  }
  return { tryLockFile, lockFile, lockFileSync, withFileLock, withFileLockSync }
}

export const { tryLockFile, lockFile, lockFileSync, withFileLock, withFileLockSync } = fileLocks(linux)

const asleep = new Int32Array(new SharedArrayBuffer(4))
