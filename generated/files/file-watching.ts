// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
import type { OpenFile, Stat } from '../foundations/file.ts'
import { bind, pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { split } from '../foundations/name.ts'
import { onEvents, type Listening, type WaitOptions } from '../foundations/wait.ts'
import { platform } from '../platforms/here.ts'
import { PollingBackend } from '../platforms/polling.ts'
import type { BackendEvent, WatchBackend } from '../platforms/watch-backend.ts'
import { watchBackend } from '../platforms/watch-here.ts'

/** What happened. `renamed`: the name was created, deleted or moved. All three false cannot be. */
export interface FileEvent { renamed: boolean, changed: boolean, timedOut: boolean }
/** `name` is '' when nothing happened in time, and when events were lost. */
export interface NamedEvent { name: Path, event: FileEvent }

const NOTHING: FileEvent = Object.freeze({ renamed: false, changed: false, timedOut: true })
const ANYTHING: FileEvent = Object.freeze({ renamed: true, changed: true, timedOut: false })

/** Null for what is none of these events, as `written` is not. */
function eventOf(kind: BackendEvent['kind']): FileEvent | null {
  if (kind === 'written') return null
  if (kind === 'overflow') return ANYTHING
  const changed = kind === 'changed' || kind === 'attributes'
  return { renamed: !changed, changed, timedOut: false }
}

/** Somebody who wants to hear of a folder, or (`name`) of one name in it. */
interface Hearer { name: Path | null, hear(name: Path, event: FileEvent): void }

/** One backend for all monitors of the process: a user has 128 instances of inotify, and no more. */
class Hub {
  readonly #backend: WatchBackend
  readonly #hearers = new Map<number, Set<Hearer>>()
  #listening: Listening | undefined
  #waiting = 0

  constructor(backend: WatchBackend) { this.#backend = backend }

  /** Hears of the folder from now on, until the returned function is called. */
  listen(folder: Path, hearer: Hearer): () => void {
    const watch = this.#backend.add(folder, { isRoot: true })
    const hearers = this.#hearers.get(watch) ?? new Set()
    this.#hearers.set(watch, hearers.add(hearer))
    if (this.#listening === undefined) {
      this.#listening = this.#backend.listen(() => this.drain())
      this.#listening.unref()
    }
    return () => {
      hearers.delete(hearer)
      if (hearers.size > 0 || this.#hearers.get(watch) !== hearers) return
      this.#hearers.delete(watch)
      this.#backend.remove(watch)
      if (this.#hearers.size > 0) return
      this.#listening?.close()
      this.#listening = undefined
    }
  }

  // let each event be heard
  drain(): void {
    for (const { watch, kind, name } of this.#backend.take()) {
      const event = eventOf(kind)
      const hearers = kind === 'overflow' ? [...this.#hearers.values()].flatMap(each => [...each])
        : [...this.#hearers.get(watch) ?? []]
      if (kind === 'gone') this.#hearers.delete(watch)
      for (const hearer of event === null ? [] : hearers) {
        if (hearer.name === null || name === null || pathText(hearer.name) === pathText(name)) {
          hearer.hear(name ?? hearer.name ?? '', event!)
        }
      }
    }
  }

  /** The process stays alive while somebody waits. */
  begin(): void { if (++this.#waiting === 1) this.#listening?.ref() }
  end(): void { if (--this.#waiting === 0) this.#listening?.unref() }

  tells(folder: Path): boolean { return this.#backend.tells(folder) }
}

let [hub, pollingHub]: (Hub | undefined)[] = []
function hubFor(folder: Path): Hub {
  hub ??= new Hub(watchBackend())
  if (hub.tells(folder)) return hub
  return pollingHub ??= new Hub(new PollingBackend())
}

/** Where to listen for what happens to `path`: in the folder itself, or above a file. */
function placeOf(path: Path): { folder: Path, name: Path | null } {
  return platform.stat(path).type === 'directory' ? { folder: path, name: null } : split(path)
}

/** What waits and can be closed. */
abstract class Monitor<Told> {
  #isOpen = true
  readonly #waiters = new Set<(error?: unknown) => void>()

  get isOpen(): boolean { return this.#isOpen }

  /** Ends it and wakes who waits, with ECANCELED. A second time does nothing. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.release()
    for (const wake of this.#waiters) wake(new SystemError('ECANCELED', 'wait'))
  }

  /** The next thing to tell, taken away; undefined when there is none yet. */
  protected abstract next(): Told | undefined
  protected abstract release(): void
  protected begin(): void {}
  protected end(): void {}

  protected wake(): void { for (const wake of this.#waiters) wake() }

  // wait until there is something to tell
  /** Resolves to the next event. EBADF when closed, ETIMEDOUT, the signal's reason. */
  async wait({ timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<Told> {
    const deadline = performance.now() + timeoutMs
    for (let isLate = false; ; isLate = performance.now() >= deadline) {
      if (!this.#isOpen) throw new SystemError('EBADF', 'wait')
      signal?.throwIfAborted()
      const told = this.next()
      if (told !== undefined) return told
      if (isLate) throw new SystemError('ETIMEDOUT', 'wait')
      await this.#sleep(deadline - performance.now(), signal)
    }
  }

  #sleep(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (error?: unknown) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#waiters.delete(wake)
        this.end()
        if (error === undefined) resolve()
        else reject(error)
      }
      const onAbort = () => wake(signal!.reason)
      const timer = timeoutMs > TIMER_MAX_MS ? undefined
        : setTimeout(() => wake(), timeoutMs)
      signal?.addEventListener('abort', onAbort)
      this.#waiters.add(wake)
      this.begin()
    })
  }
}
const TIMER_MAX_MS = 2 ** 31 - 1

/** Watches one file or folder. What happens between two calls of `wait` becomes one event. ENOENT. */
export class FileMonitor extends Monitor<FileEvent> {
  readonly #hub: Hub
  readonly #stop: () => void
  #event: FileEvent | undefined

  constructor(path: Path) {
    super()
    const { folder, name } = placeOf(path)
    this.#hub = hubFor(folder)
    this.#stop = this.#hub.listen(folder, { name, hear: (_name, event) => {
      this.#event = this.#event === undefined ? event : either(this.#event, event)
      this.wake()
    } })
  }

  protected next(): FileEvent | undefined {
    this.#hub.drain()
    const event = this.#event
    this.#event = undefined
    return event
  }

  protected release(): void { this.#stop() }
  protected override begin(): void { this.#hub.begin() }
  protected override end(): void { this.#hub.end() }
}

const either = (a: FileEvent, b: FileEvent): FileEvent => ({
  renamed: a.renamed || b.renamed, changed: a.changed || b.changed, timedOut: a.timedOut && b.timedOut,
})

/** Watches the names in a folder: every event, in order, however long nobody asks. ENOENT. */
export class FolderMonitor extends Monitor<NamedEvent> {
  readonly #hub: Hub
  readonly #stop: () => void
  #events: NamedEvent[] = []
  #head = 0

  constructor(path: Path) {
    super()
    const { folder, name } = placeOf(path)
    this.#hub = hubFor(folder)
    this.#stop = this.#hub.listen(folder, { name, hear: (name, event) => {
      this.#events.push({ name, event })
      this.wake()
    } })
  }

  protected next(): NamedEvent | undefined {
    this.#hub.drain()
    const event = this.#events[this.#head++]
    if (event !== undefined && this.#head < 1000) return event
    this.#events = this.#events.slice(this.#head)
    this.#head = 0
    return event
  }

  protected release(): void { this.#stop() }
  protected override begin(): void { this.#hub.begin() }
  protected override end(): void { this.#hub.end() }
}

/** What was known of a file before and after; null where there was none. */
export interface FileChange { previous: Stat | null, current: Stat | null, timedOut: boolean }

/** Asks about a file again and again, and tells when the answer is another one. */
export class PollingFileWatcher extends Monitor<FileChange> {
  readonly #path: Path
  readonly #timer: NodeJS.Timeout
  #previous: Stat | null
  #current: Stat | null

  /** `intervalMs` is 5,007 by default, so that the watchers of several programs do not keep step. */
  constructor(path: Path, { intervalMs = 5007 }: { intervalMs?: number | undefined } = {}) {
    super()
    this.#path = path
    this.#previous = this.#current = look(path)
    this.#timer = setInterval(() => this.#ask(), intervalMs)
    this.#timer.unref()
  }

  #ask(): void {
    this.#current = look(this.#path)
    if (!isSame(this.#previous, this.#current)) this.wake()
  }

  protected next(): FileChange | undefined {
    const [previous, current] = [this.#previous, this.#current]
    if (isSame(previous, current)) return undefined
    this.#previous = current
    return { previous, current, timedOut: false }
  }

  protected release(): void { clearInterval(this.#timer) }
  protected override begin(): void { this.#timer.ref() }
  protected override end(): void { this.#timer.unref() }
}

function look(path: Path): Stat | null {
  try {
    return platform.stat(path)
  } catch (error) {
    if (error instanceof SystemError && ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(error.code)) return null
    throw error
  }
}

/** Reading changes no file, so the time of access is left out. */
function isSame(a: Stat | null, b: Stat | null): boolean {
  if (a === null || b === null) return a === b
  return a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.size === b.size && a.ino === b.ino
    && a.dev === b.dev && a.mode === b.mode && a.birthtimeNs === b.birthtimeNs
}

/** `disconnect`: the other side is gone. */
export interface FdEvent { readable: boolean, writable: boolean, disconnect: boolean, timedOut: boolean }
export interface FdOptions extends WaitOptions { readable?: boolean | undefined, writable?: boolean | undefined }

const pollCall = bind('int poll(void *fds, size_t count, int timeoutMs)')
const [POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDHUP] = [1, 4, 8, 16, 32, 0x2000]

/** Watches an open file that can be waited for: a pipe, a socket, a terminal. Does not close it. */
export class FdWatcher extends Monitor<FdEvent> {
  readonly #own: OpenFile
  readonly #asked: number
  #handle: { close(): void } | undefined

  /** EBADF when `file` is closed. */
  constructor(file: OpenFile, { readable = true, writable = false }: FdOptions = {}) {
    super()
    this.#own = file.duplicate()
    this.#asked = (readable ? POLLIN | POLLRDHUP : 0) | (writable ? POLLOUT : 0)
  }

  // ask the kernel, and sleep on the loop
  protected next(): FdEvent | undefined {
    const pollfd = Buffer.alloc(8)   // int fd, short events, short revents
    pollfd.writeInt32LE(this.#own.fd)
    pollfd.writeUInt16LE(this.#asked, 4)
    if (pollCall(pollfd, 1, 0) === 0) return undefined
    const found = pollfd.readUInt16LE(6)
    if (found & POLLNVAL) throw new SystemError('EBADF', 'poll')
    const disconnect = (found & (POLLHUP | POLLERR | POLLRDHUP)) !== 0
    return {
      readable: (found & POLLIN) !== 0 || (disconnect && (this.#asked & POLLIN) !== 0),
      writable: (found & POLLOUT) !== 0, disconnect, timedOut: false,
    }
  }

  protected override begin(): void {
    const how = { readable: (this.#asked & POLLIN) !== 0, writable: (this.#asked & POLLOUT) !== 0 }
    this.#handle ??= onEvents(this.#own.fd, how, () => { this.end(); this.wake() })
  }

  protected override end(): void {
    this.#handle?.close()
    this.#handle = undefined
  }

  protected release(): void {
    this.end()
    this.#own.close()
  }
}

/** Waits for one event of one file or folder; what comes before the caller runs again is added. */
export async function watchFile(path: Path, options: WaitOptions = {}): Promise<FileEvent> {
  return inTime(new FileMonitor(path), options, NOTHING)
}

/** Waits for a file to have other facts than at the call: to change, to come, to go. */
export async function pollFile(
  path: Path, { intervalMs, ...options }: WaitOptions & { intervalMs?: number | undefined } = {},
): Promise<FileChange> {
  const nothing = { previous: null, current: null, timedOut: true }
  return inTime(new PollingFileWatcher(path, { intervalMs }), options, nothing)
}

/** Waits until one can read or write without waiting. Neither asked for: timed out at once. */
export async function pollFd(file: OpenFile, options: FdOptions = {}): Promise<FdEvent> {
  const { readable = true, writable = false } = options
  const nothing = { readable: false, writable: false, disconnect: false, timedOut: true }
  if (!readable && !writable) return nothing
  return inTime(new FdWatcher(file, { readable, writable }), options, nothing)
}

async function inTime<Told>(monitor: Monitor<Told>, options: WaitOptions, late: Told): Promise<Told> {
  try {
    return await monitor.wait(options)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ETIMEDOUT') return late
    throw error
  } finally {
    monitor.close()
  }
}

/** The folders that `watchFolder` goes on watching between its calls, by the path it was given. */
export const watchedFolders = new Map<string, FolderMonitor>()

/**
 * Waits for the next event in a folder. The folder is watched from the first call until
 * `unwatchFolder`, and what happens between two calls waits for the next. `timeoutMs: 0` only asks.
 */
export async function watchFolder(path: Path, options: WaitOptions = {}): Promise<NamedEvent> {
  const key = pathText(path)
  let monitor = watchedFolders.get(key)
  if (monitor === undefined || !monitor.isOpen) {
    monitor = new FolderMonitor(path)
    watchedFolders.set(key, monitor)
  }
  try {
    return await monitor.wait(options)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ETIMEDOUT') return { name: '', event: NOTHING }
    throw error
  }
}

/** Ends what `watchFolder` began with the same path; events that nobody took are gone. */
export function unwatchFolder(path: Path): void {
  const key = pathText(path)
  watchedFolders.get(key)?.close()
  watchedFolders.delete(key)
}
