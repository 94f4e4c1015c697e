// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
import { leadsTo, open, O_CREAT, O_NONBLOCK, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import { lookUntil } from './fencing-lease-wait.ts'

export interface HeartbeatOptions {
  /** How often it beats by itself. Default 1000; 0: only `beat()` does. */
  everyMs?: number | undefined
}

const monotonicMs = () => Number(process.hrtime.bigint() / 1_000_000n)

/** The heart of this process, at a path. It stops with `stop`, or with the process. */
export class Heart {
  readonly path: Path
  readonly #file: OpenFile
  readonly #timer: ReturnType<typeof setInterval> | undefined

  /** EBUSY if another heart beats there. */
  constructor(path: Path, { everyMs = 1000 }: HeartbeatOptions = {}) {
    this.path = path
    this.#file = locked(path)
    try {
      this.beat()
    } catch (error) {
      this.#file.close()
      throw error
    }
    if (everyMs > 0) this.#timer = setInterval(() => this.beat(), everyMs).unref()
  }

  // beat, and stop
  /** Tells that we are not stuck. */
  beat(): void {
    if (this.#file.fd === -1) return
    this.#file.writeAll(Buffer.from(`${String(monotonicMs()).padStart(15)} ${String(process.pid).padEnd(10)}\n`), 0)
  }

  /** A second time does nothing. */
  stop(): void {
    if (this.#file.fd === -1) return
    clearInterval(this.#timer)
    try {
      this.#file.unlock()
    } finally {
      this.#file.close()
    }
  }
}

function locked(path: Path): OpenFile {
  const file = open(path, O_RDWR | O_CREAT | O_NONBLOCK)
  let isOurs = false
  try {
    isOurs = file.tryLock() && leadsTo(path, file)
    if (isOurs) return file
  } finally {
    if (!isOurs) file.close()
  }
  throw new SystemError('EBUSY', 'fcntl', { path, hint: 'another heart beats there' })
}

/** `silentForMs`: since the last beat; also of the dead. */
export interface Pulse { state: 'beating' | 'silent' | 'dead', silentForMs: number, pid: number }

/** Feels the pulse. Null if there never was a heart at that path. */
export function feelPulse(path: Path, { silentMs = 5000 } = {}): Pulse | null {
  let file
  try {
    file = open(path)
    const isAlive = file.isLocked({ shared: true })
    const [, beat, pid] = /^ *(\d+) (\d+)/.exec(file.readAll().toString()) ?? []
    const silentForMs = beat === undefined ? Infinity : monotonicMs() - Number(beat)
    const state = !isAlive ? 'dead' : silentForMs >= silentMs ? 'silent' : 'beating'
    return { state, silentForMs, pid: Number(pid ?? 0) }
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  } finally {
    file?.close()
  }
}

/** Resolves when the process is dead, and not before. ETIMEDOUT, the signal's reason, ENOENT. */
export async function death(path: Path, options: WaitOptions = {}): Promise<void> {
  const file = open(path)
  try {
    const look = () => file.isLocked({ shared: true }) ? null : true
    await lookUntil(file, look, { ...options, path, hint: 'it lives' })
  } finally {
    file.close()
  }
}
