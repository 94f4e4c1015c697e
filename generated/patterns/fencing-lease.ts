// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import { leadsTo, open, O_CREAT, O_NONBLOCK, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import { lookUntil } from './fencing-lease-wait.ts'
import { withFileLock, withFileLockSync } from './lock-file.ts'
import { bootId } from './pidfile-text.ts'

export interface LeaseOptions extends WaitOptions {
  /** Told to those who ask who has it. Up to 20 bytes, without line ends. Default ''. */
  name?: string | undefined
  /** How long the lease outlives its last renewal. By default it is alive by its lock alone. */
  ttlMs?: number | undefined
  /** How often it renews itself. Default `ttlMs / 3`; 0: only `renew()` does. */
  renewMs?: number | undefined
  /** Default `'disk'`: a token is not given twice even if the power fails. `'os'`: a kill is survived. */
  durability?: 'disk' | 'os' | undefined
  /** A clock in ms that all holders share. Default CLOCK_MONOTONIC, which nobody can set. */
  nowMs?: (() => number) | undefined
}

const RECORD = 64
const placeOf = (token: number) => ({ start: (token - 1) * RECORD, length: RECORD })
const tokenOf = (file: OpenFile) => Math.ceil(file.stat().size / RECORD)
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6

/** `deadlineMs` is null for a lease that lives by its lock alone, and 0 for one that was given back. */
function format(token: number, deadlineMs: number | null, name: string): Buffer {
  const deadline = deadlineMs === null ? '-' : String(Math.ceil(deadlineMs))
  const line = Buffer.alloc(RECORD, ' ')
  line.write(`${token} ${deadline} ${bootId().slice(0, 8)} ${process.pid} ${name}`, 0, RECORD - 1)
  line.write('\n', RECORD - 1)
  return line
}

const LINE = /^(\d+) (-|\d+) ([0-9a-f]{8}) (\d+) (.*?) *\n$/s

/** What is known of the last grant. `why` is a sentence for a person. */
export interface LeaseState {
  /** The greatest token that was given; 0 if there is none. */
  token: number
  isHeld: boolean, name: string, pid: number
  /** How long it is held at least, if nobody renews it. Infinity for one that is alive by its lock. */
  leftMs: number
  why: string
}

/** What an open lease file says. */
export function leaseStateOf(file: OpenFile, nowMs = monotonicMs()): LeaseState {
  const token = tokenOf(file)
  const said = (why: string, leftMs = 0, name = '', pid = 0): LeaseState =>
    ({ token, isHeld: leftMs > 0, name, pid, leftMs, why })
  if (token === 0) return said('nobody had it yet')
  const buffer = Buffer.alloc(RECORD)
  const count = file.read(buffer, placeOf(token).start)
  const [, , deadline, boot, pid, name] = LINE.exec(buffer.toString('utf8', 0, count)) ?? []
  const of = [name, Number(pid ?? 0)] as const
  if (!file.isLocked({ ...placeOf(token), shared: true })) {
    return said(deadline === '0' ? 'it was given back' : 'its holder is dead', 0, ...of)
  }
  if (deadline === '-') return said('its holder has the lock', Infinity, ...of)
  if (deadline === '0' || boot !== bootId().slice(0, 8)) return said('it was given back', 0, ...of)
  const leftMs = Number(deadline) - nowMs
  return leftMs > 0
    ? said('its holder has the lock, and time', leftMs, ...of)
    : said('its holder lives, and its time is over', 0, ...of)
}

/** One who wants the lease, with a file open. `skip` records are left to those who claimed and fell asleep. */
function claim(path: Path, file: OpenFile, options: LeaseOptions, skip = 0): Lease | null {
  const { ttlMs, name = '', durability = 'disk', nowMs = monotonicMs } = options
  const last = leaseStateOf(file, nowMs())
  if (last.isHeld) return null
  const token = last.token + 1 + skip
  if (!file.tryLock(placeOf(token))) return null
  try {
    if (!leaseStateOf(file, nowMs()).isHeld && tokenOf(file) === last.token) {
      const deadlineMs = ttlMs === undefined ? null : nowMs() + ttlMs
      file.writeAll(format(token, deadlineMs, name), placeOf(token).start)
      if (durability === 'disk') file.datasync()
      if (tokenOf(file) === token) return new Lease(path, file, token, deadlineMs, options)
    }
  } catch (error) {
    file.unlock(placeOf(token))
    throw error
  }
  file.unlock(placeOf(token))
  return null
}

const reach = (path: Path) => open(path, O_RDWR | O_CREAT | O_NONBLOCK)

/** Takes the lease if nobody has it. Errors are those of open(2) and write(2). */
export function tryAcquireLease(path: Path, options: LeaseOptions = {}): Lease | null {
  check(options)
  const file = reach(path)
  let lease: Lease | null = null
  try {
    if (!leadsTo(path, file)) return tryAcquireLease(path, options)
    return lease = claim(path, file, options)
  } finally {
    if (lease === null) file.close()
  }
}

function check({ ttlMs, name = '' }: LeaseOptions): void {
  if (ttlMs !== undefined && !(ttlMs > 0)) throw new RangeError(`ttlMs must be positive, not ${ttlMs}`)
  if (Buffer.byteLength(name) > 20 || /[\r\n]/.test(name)) {
    throw new RangeError(`name must be one line of up to 20 bytes, not ${JSON.stringify(name)}`)
  }
}

/** Resolves to the lease. ETIMEDOUT, the signal's reason, or what open(2) and write(2) say. */
export async function acquireLease(path: Path, options: LeaseOptions = {}): Promise<Lease> {
  check(options)
  const { nowMs = monotonicMs, ttlMs = Infinity } = options
  const file = reach(path)
  let [lease, skip, asleepSince] = [null as Lease | null, 0, Infinity]
  let againMs = Infinity
  const look = () => {
    lease = claim(path, file, options, skip)
    if (lease !== null) return lease
    const { isHeld, leftMs } = leaseStateOf(file, nowMs())
    againMs = isHeld ? leftMs + 1 : ttlMs
    // see whether a claimer has fallen asleep
    asleepSince = isHeld ? Infinity : Math.min(asleepSince, nowMs())
    if (isHeld) skip = 0
    else if (nowMs() - asleepSince > ttlMs) [skip, asleepSince] = [skip + 1, Infinity]
    return null
  }
  try {
    const hint = 'another holds the lease'
    return await lookUntil(file, look, { ...options, path, hint, againMs: () => againMs })
  } finally {
    if (lease === null) file.close()
  }
}

/** A lease that was granted. It ends with `release`, with the process, or by time. */
export class Lease {
  readonly path: Path
  /** Greater than that of every grant before. Hand it on with all that is done under the lease. */
  readonly token: number
  readonly #file: OpenFile
  readonly #options: LeaseOptions
  readonly #nowMs: () => number
  readonly #lost = new AbortController()
  readonly #timer: ReturnType<typeof setInterval> | undefined
  #deadlineMs: number | null

  constructor(path: Path, file: OpenFile, token: number, deadlineMs: number | null, options: LeaseOptions) {
    const { ttlMs, renewMs = (ttlMs ?? 0) / 3, nowMs = monotonicMs } = options
    this.path = path
    this.token = token
    this.#file = file
    this.#deadlineMs = deadlineMs
    this.#options = options
    this.#nowMs = nowMs
    if (deadlineMs !== null && renewMs > 0) {
      this.#timer = setInterval(() => { this.renew() }, renewMs).unref()
    }
  }

  // say whether it still seems to be ours
  /** Aborted when the lease is found to be lost: with ESTALE, or with what kept it from being renewed. */
  get signal(): AbortSignal { return this.#lost.signal }

  /** For a child that shall hold the lock when this process dies: it inherits this descriptor. */
  get descriptor(): number { return this.#file.fd }

  /** Exact for a lease by lock. For one by time: true a moment ago. */
  get isHeld(): boolean {
    return this.#file.fd !== -1 && (this.#deadlineMs === null || this.#nowMs() < this.#deadlineMs)
  }
  // renew the lease
  /** Begins the time anew. False: the lease is lost, or was given back. */
  renew(): boolean {
    const { ttlMs, name = '' } = this.#options
    if (ttlMs === undefined || this.#file.fd === -1) return this.isHeld
    let reason: unknown = new SystemError('ESTALE', 'write',
      { path: this.path, hint: `the time of token ${this.token} is over` })
    try {
      if (this.isHeld && tokenOf(this.#file) === this.token) {
        const deadlineMs = this.#nowMs() + ttlMs
        this.#file.writeAll(format(this.token, deadlineMs, name), placeOf(this.token).start)
        this.#deadlineMs = deadlineMs
        if (tokenOf(this.#file) === this.token) return true
      }
    } catch (error) { reason = error }
    this.#end()
    this.#lost.abort(reason)
    return false
  }
  // give the lease back
  /** Lets go. A second time does nothing. */
  release(): void {
    if (this.#file.fd === -1) return
    try {
      const { name = '' } = this.#options
      this.#file.writeAll(format(this.token, 0, name), placeOf(this.token).start)
    } finally {
      this.#end()
    }
  }

  #end(): void {
    clearInterval(this.#timer)
    try {
      this.#file.unlock(placeOf(this.token))
    } finally {
      this.#file.close()
    }
  }
}

/** Who has the lease now, without touching it. Null if there is no such file. */
export function readLease(path: Path, { nowMs = monotonicMs }: Pick<LeaseOptions, 'nowMs'> = {}): LeaseState | null {
  let file
  try {
    file = open(path)
    return leaseStateOf(file, nowMs())
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  } finally {
    file?.close()
  }
}

/** Runs `action` with the lease and resolves to what it returned. */
export async function withLease<T>(
  path: Path, action: (lease: Lease) => T | Promise<T>, options: LeaseOptions = {},
): Promise<T> {
  const lease = await acquireLease(path, options)
  try {
    return await action(lease)
  } finally {
    lease.release()
  }
}

/** Guards a resource against holders of old tokens. All that changes it must pass here. */
export class Fence {
  readonly path: Path

  /** `path` is the fence's own file, beside the resource. */
  constructor(path: Path) { this.path = path }

  /** Runs `action` unless a greater token has passed: ESTALE. One at a time; waits for others on the loop. */
  pass<T>(token: number, action: () => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
    return withFileLock(this.path, () => {
      this.#admit(token)
      return action()
    }, options)
  }

  /** The same with the thread. `action` must be done when it returns. */
  passSync<T>(token: number, action: () => T, options: Pick<WaitOptions, 'timeoutMs'> = {}): T {
    return withFileLockSync(this.path, () => {
      this.#admit(token)
      return action()
    }, options)
  }

  #admit(token: number): void {
    if (!Number.isSafeInteger(token) || token < 1) throw new RangeError(`a token is not ${token}`)
    const file = open(this.path, O_RDWR)
    try {
      const highest = file.stat().size
      if (token < highest) throw new SystemError('ESTALE', 'write',
        { path: this.path, hint: `token ${token} is older than ${highest}, which has passed` })
      if (token === highest) return
      file.truncate(token)
      file.datasync()
    } finally {
      file.close()
    }
  }
}
