// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { OpenOptions } from '../platforms/platform.ts'

/** How long an operation may take. */
export interface Limits {
  /** Fails with ETIMEDOUT after so many milliseconds; by default it takes what it takes. */
  timeoutMs?: number | undefined
  /** Fails with the signal's reason when it is aborted. */
  signal?: AbortSignal | undefined
}

/**
 * The operation's end of a cancellation. The engine puts the function in; whoever gives up calls it.
 * After that `reason` is set, and with these reins nothing begins any more.
 */
export interface Reins { cancel?: (reason: unknown) => void, reason?: unknown }

/** What a backend does. A position is in bytes from the start, or −1: the open file's own place. */
export interface Engine {
  readonly name: 'threads' | 'uring' | 'overlapped'
  /** Up to `bytes.length` bytes. Nobody may touch `bytes` before the promise has settled. */
  read(file: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number>
  write(file: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number>
  /** fsync(2), or fdatasync(2). */
  sync(file: Held, dataOnly: boolean, reins?: Reins): Promise<void>
  open(path: Path, options: OpenOptions, reins?: Reins): Promise<Held>
  /** Waits for what runs, then closes. */
  close(file: Held): Promise<void>
  /** Any other method of `PlatformFile`, by its name. */
  ask(file: Held, method: string, args: readonly unknown[], reins?: Reins): Promise<unknown>
  /** A function of a module of this folder: `call('metadata', 'stat', ['/etc'])`. */
  call(module: string, name: string, args: readonly unknown[], reins?: Reins): Promise<unknown>
  /** Lets go of threads and rings. Nothing may run. */
  end(): Promise<void>
}

/** An open file in an engine's hands. `running` counts what the engine has not finished with it. */
export class Held {
  handle: number
  readonly path: Path | undefined
  running = 0
  onIdle: (() => void) | undefined = undefined

  constructor(handle: number, path?: Path) {
    this.handle = handle
    this.path = path
  }

  /** The error for `errno`, with the file's path; on a closed file the hint says so. */
  error(errno: number, syscall: string): SystemError {
    const hint = this.handle === -1 ? 'this file was closed' : undefined
    return new SystemError(errno, syscall, { path: this.path, hint })
  }

  /** One operation less. */
  release(): void {
    if (--this.running === 0) this.onIdle?.()
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.running > 0) await new Promise<void>(resolve => { this.onIdle = resolve })
  }
}

/** Lets `begin` run until the signal or the time-out says otherwise. */
export async function within<T>(
  { signal, timeoutMs = Infinity }: Limits, syscall: string, path: Path | undefined,
  begin: (reins: Reins) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const reins: Reins = {}
  const stop = (reason: unknown) => {
    reins.reason ??= reason
    reins.cancel?.(reins.reason)
  }
  const onAbort = () => stop(signal!.reason)
  const onTimeout = () => stop(new SystemError('ETIMEDOUT', syscall, { path }))
  const timer = timeoutMs < TIMER_MAX_MS ? setTimeout(onTimeout, timeoutMs) : undefined
  const ignore = signal === undefined ? undefined : heed(signal, onAbort)
  try {
    return await begin(reins)
  } finally {
    clearTimeout(timer)
    ignore?.()
  }
}
const TIMER_MAX_MS = 2 ** 31

const heeding = new WeakMap<AbortSignal, Set<() => void>>()

/** One listener for all operations of a signal: Node warns of the eleventh. Returns the way out. */
function heed(signal: AbortSignal, onAbort: () => void): () => void {
  const those = heeding.get(signal) ?? new Set()
  if (those.size === 0) {
    const tell = () => { for (const each of [...those]) each() }
    heeding.set(signal, those)
    signal.addEventListener('abort', tell)
    leaving.set(those, () => { signal.removeEventListener('abort', tell) })
  }
  those.add(onAbort)
  return () => {
    those.delete(onAbort)
    if (those.size === 0) leaving.get(those)?.()
  }
}
const leaving = new WeakMap<object, () => void>()

const makers = new Map<string, () => Engine>()
let chosen: Engine | undefined

/** Makes an engine known. Of those that can start, the one that was named last is taken. */
export function provide(name: Engine['name'], make: () => Engine): void {
  makers.set(name, make)
}

/** The process's engine, chosen at the first call; FCS_ENGINE names another one than the best. */
export function engine(): Engine {
  chosen ??= choose()
  return chosen
}

function choose(): Engine {
  const wanted = process.env['FCS_ENGINE']
  if (wanted !== undefined) {
    const make = makers.get(wanted)
    if (make === undefined) {
      throw new Error(`FCS_ENGINE is '${wanted}', and must be one of ${[...makers.keys()].join(', ')}`)
    }
    return make()
  }
  let refusal: unknown
  for (const make of [...makers.values()].reverse()) {
    try {
      return make()
    } catch (error) {
      refusal = error   // ENOSYS, EPERM: an old kernel, or a container that may not
    }
  }
  throw refusal
}
