// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import type { FileType } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { Listening, WaitOptions } from '../foundations/wait.ts'
import { platform } from '../platforms/here.ts'
import type { PlatformFolder } from '../platforms/platform.ts'
import { PollingBackend } from '../platforms/polling.ts'
import type { BackendEvent, WatchBackend } from '../platforms/watch-backend.ts'
import { watchBackend } from '../platforms/watch-here.ts'
import { EventQueue, type ChangeKind, type WatchEvent } from './watcher-queue.ts'
import {
  createFolder, dropEntry, entryOf, foldersOf, isWithin, keyOf, keysOf, nameOf, partOf, pathOf, putFiles, putFolder, DEAD, UNWATCHED, type Folder,
} from './watcher-tree.ts'

export interface WatcherOptions {
  /** What is not watched: a name anywhere, a path from the root (with `/`), a pattern for such a path, or a function of it. */
  ignore?: Ignore | readonly Ignore[] | undefined
  /** Tells what is there at the beginning as `created`. Default false. */
  initial?: boolean | undefined
  /** So many events are kept for who does not take them. Default 100,000. */
  queueLimit?: number | undefined
  /** How often polled folders are looked at. Default 1,000. */
  pollIntervalMs?: number | undefined
  /** Closes the watcher; who waits gets the signal's reason. */
  signal?: AbortSignal | undefined
  /** Another source of events than this platform's own. */
  backend?: (() => WatchBackend) | undefined
}
export type Ignore = string | RegExp | ((path: string, isFolder: boolean) => boolean)

/** The second half of a rename comes at once or never; this is what "at once" is on a busy machine. */
const RENAME_WAIT_MS = 10
/** So long a crawl may hold the loop at a time. */
const SLICE_MS = 8
/** A file's times are taken from a clock that ticks. */
const TICK_MS = 20
/** Two paths of one folder (a bind mount) take it from each other so often. */
const ROBBERIES = 4
/** Polled folders have numbers from here on. */
const POLLED = 2 ** 40

interface Held { folder: Folder, key: string, at: number }

/** Watches a folder and everything below it. */
export class Watcher implements AsyncIterable<WatchEvent> {
  /** Resolves when the whole tree is watched: what happens from then on is told. */
  readonly ready: Promise<void>
  // remember what is known
  readonly #backend: WatchBackend
  #polling: PollingBackend | undefined
  readonly #listening: Listening[] = []
  readonly #root: Folder
  readonly #queue: EventQueue
  readonly #rules: readonly Rule[]
  readonly #options: WatcherOptions
  readonly #folders = new Map<number, Folder>()
  readonly #held = new Map<number, Held>()
  #heldTimer: NodeJS.Timeout | undefined
  readonly #lost = new Set<Folder>()
  #crawl: Folder[] = []
  #isCrawling = false
  #idle: (() => void)[] = []
  #since: number | undefined
  #drainedAt = clock()
  readonly #wakers = new Set<() => void>()
  #isTelling: boolean
  #isBuilt = false
  #end: { reason?: unknown } | undefined
  // begin with the root
  /** ENOENT, ENOTDIR or EACCES when the root cannot be watched. */
  constructor(root: Path, options: WatcherOptions = {}) {
    options.signal?.throwIfAborted()
    this.#options = options
    this.#queue = new EventQueue(options.queueLimit ?? 100_000)
    this.#rules = [options.ignore ?? []].flat().map(ruleOf)
    this.#isTelling = options.initial ?? false
    this.#root = createFolder(keyOf(root), null)
    this.#backend = (options.backend ?? watchBackend)()
    try {
      this.#visit(this.#root)
      this.#listening.push(this.#backend.listen(() => this.#drain(this.#backend)))
    } catch (error) {
      this.close()
      throw error
    }
    options.signal?.addEventListener('abort', this.#onAbort)
    this.#crawlOn()
    this.ready = this.#whenIdle().then(() => { this.#isTelling = true })
    this.#isBuilt = true
  }

  readonly #onAbort = () => this.#finish({ reason: this.#options.signal!.reason })
  // crawl in slices
  #crawlOn(): void {
    if (this.#isCrawling || this.#end !== undefined) return
    if (this.#crawl.length === 0) {
      this.#crawled()
      return
    }
    this.#isCrawling = true
    setImmediate(() => {
      this.#isCrawling = false
      const until = performance.now() + SLICE_MS
      while (this.#crawl.length > 0 && this.#end === undefined && performance.now() < until) {
        this.#visit(this.#crawl.pop()!)
      }
      this.#wake()
      this.#crawlOn()
    })
  }

  #crawled(): void {
    this.#since = undefined
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }

  #whenIdle(): Promise<void> {
    return new Promise(resolve => {
      if (this.#crawl.length === 0 || this.#end !== undefined) resolve()
      else this.#idle.push(resolve)
    })
  }
  // watch first, then list
  #visit(folder: Folder): void {
    if (folder.watch === DEAD) return
    const path = pathOf(folder)
    try {
      this.#watch(folder, path)
      this.#compare(folder, path)
      this.#lost.delete(folder)
    } catch (error) {
      if (folder === this.#root && !this.#isBuilt) throw error
      this.#missed(folder, path, error)
    }
  }

  #missed(folder: Folder, path: Path, error: unknown): void {
    if (is(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) {
      this.#lost.add(folder)
    } else if (error instanceof SystemError) {
      this.#queue.push({ kind: 'degraded', path, to: 'nothing', reason: error.code })
    } else {
      throw error
    }
  }
  // compare the names with those that are known
  #compare(folder: Folder, path: Path): void {
    const keys = keysOf(folder)
    const known = keys.length === 0 ? undefined : new Set(keys)
    const fresh: string[] = []
    const open = platform.folder(path, { follow: false })
    try {
      for (let found; (found = open.read()) !== null;) {
        found.names.forEach((name, i) => {
          const key = keyOf(name)
          known?.delete(key)
          this.#find(folder, key, found.types[i]!, open, fresh)
        })
      }
    } finally {
      open.close()
    }
    putFiles(folder, fresh)
    for (const key of known ?? []) this.#vanish(folder, key)
  }
  // judge one name
  #find(
    folder: Folder, key: string, type: FileType, open: PlatformFolder, fresh: string[],
  ): void {
    const entry = entryOf(folder, key)
    const isFolder = type === 'unknown' ? this.#isFolder(folder, key) : type === 'directory'
    if (isFolder === undefined) return
    if (entry === undefined) {
      this.#appear(folder, key, isFolder, fresh)
    } else if ((entry !== null) !== isFolder) {
      this.#vanish(folder, key)
      this.#appear(folder, key, isFolder)
    } else if (entry !== null) {
      if (this.#since !== undefined || entry.watch === UNWATCHED) this.#crawl.push(entry)
    } else if (this.#since !== undefined && hasChanged(open, key, this.#since)) {
      this.#tell('changed', folder, key, false)
    }
  }

  #isFolder(folder: Folder, key: string): boolean | undefined {
    try {
      return platform.stat(pathOf(folder, key), { follow: false }).type === 'directory'
    } catch (error) {
      if (is(error, 'ENOENT', 'ENOTDIR')) return undefined
      throw error
    }
  }
  // decide who tells of a folder
  #watch(folder: Folder, path: Path): void {
    if (this.#backend.isRecursive && folder !== this.#root) return
    const isRoot = folder === this.#root
    let watch
    if (!isRoot && folder.parent!.watch >= POLLED) {
      watch = this.#pollingBackend().add(path) + POLLED
    } else if ((isRoot || platform.isMount(path)) && !this.#backend.tells(path)) {
      watch = this.#degrade(path, platform.diskstat(path).type)
    } else {
      try {
        watch = this.#backend.add(path, { isRoot })
      } catch (error) {
        if (!is(error, 'ENOSPC', 'EMFILE', 'ENFILE')) throw error
        watch = this.#degrade(path, (error as SystemError).code)
      }
    }
    const other = this.#folders.get(watch)
    if (other !== undefined && other !== folder) this.#rob(other)
    if (folder.watch !== watch) this.#unmap(folder)
    folder.watch = watch
    this.#folders.set(watch, folder)
  }
  // look again at a folder that was taken for another
  /** The kernel says that this is the folder which we had thought elsewhere: look there again. */
  #rob(other: Folder): void {
    other.watch = UNWATCHED
    const times = (this.#robbed.get(other) ?? 0) + 1
    this.#robbed.set(other, times)
    if (times < ROBBERIES) this.#crawl.push(other)
    else this.#queue.push({ kind: 'degraded', path: pathOf(other), to: 'nothing', reason: 'EEXIST' })
  }
  readonly #robbed = new WeakMap<Folder, number>()

  #degrade(path: Path, reason: string): number {
    const watch = this.#pollingBackend().add(path) + POLLED
    this.#queue.push({ kind: 'degraded', path, to: 'polling', reason })
    return watch
  }

  #pollingBackend(): PollingBackend {
    if (this.#polling !== undefined) return this.#polling
    const polling = new PollingBackend({ intervalMs: this.#options.pollIntervalMs })
    this.#listening.push(polling.listen(() => this.#drain(polling)))
    return this.#polling = polling
  }
  // take what the backend has
  #drain(backend: WatchBackend): void {
    const startedAt = clock()
    const offset = backend === this.#backend ? 0 : POLLED
    const events = backend.take()
    let isWhole = events.length < 10_000
    for (const event of events) {
      if (this.#end !== undefined) break
      if (event.kind === 'overflow') {
        this.#overflowed()
        isWhole = false
      } else {
        this.#handle(event, offset, backend)
      }
    }
    if (isWhole && offset === 0) this.#drainedAt = startedAt
    if (this.#held.size > 0) this.#heldTimer ??= setTimeout(() => this.#dropHeld(), RENAME_WAIT_MS)
    this.#crawlOn()
    this.#wake()
  }

  #handle(event: BackendEvent, offset: number, backend: WatchBackend): void {
    const { watch, kind, name, cookie } = event
    const watched = this.#folders.get(watch + offset)
    if (watched === undefined) {
      if (kind !== 'gone') backend.remove(watch)
    } else if (name === null) {
      this.#ended(watched, kind)
    } else {
      const place = this.#locate(watched, keyOf(name))
      if (place === undefined) return
      const { folder, key } = place
      if (this.#held.size > 0) this.#release(folder, key, cookie)
      this.#apply(kind, folder, key, cookie, event.isFolder)
    }
  }
  // find the place of an event
  /** A recursive backend names a path. */
  #locate(folder: Folder, name: string): { folder: Folder, key: string } | undefined {
    if (!this.#backend.isRecursive || !name.includes('/')) return { folder, key: name }
    const names = name.split('/')
    const key = names.pop()!
    for (const each of names) {
      const next = entryOf(folder, each)
      if (next === undefined || next === null) {
        if (!this.#ignores(folder, each, true)) this.#crawl.push(folder)
        return undefined
      }
      folder = next
    }
    return { folder, key }
  }
  // apply an event to the tree
  #apply(
    kind: BackendEvent['kind'], folder: Folder, key: string, cookie: number, said: boolean | null,
  ): void {
    const entry = entryOf(folder, key)
    if (kind === 'deleted') {
      const isMeant = entry !== undefined && (said === null || said === (entry !== null))
      if (isMeant) this.#vanish(folder, key, { isGone: true })
      return
    }
    if (kind === 'moved from') {
      if (entry !== undefined) this.#held.set(cookie, { folder, key, at: performance.now() })
      return
    }
    const held = this.#held.get(cookie)
    if (kind === 'moved to' && held !== undefined) {
      this.#held.delete(cookie)
      this.#move(held, folder, key)
      return
    }
    const isFolder = said ?? this.#isFolder(folder, key)
    if (isFolder === undefined) return
    if (entry !== undefined && (entry !== null) !== isFolder) this.#vanish(folder, key)
    if (entryOf(folder, key) === undefined) {
      if (kind === 'created' || kind === 'moved to' || this.#isFolder(folder, key) === isFolder) {
        this.#appear(folder, key, isFolder)
      }
    } else if (kind === 'moved to') {
      if (entry) this.#crawl.push(entry)
      else this.#tell('changed', folder, key, false)
    } else if (kind !== 'created') {
      this.#tell(kind as ChangeKind, folder, key, isFolder)
    } else if (entry?.watch === UNWATCHED) {
      this.#crawl.push(entry)
    }
  }
  // let names come and go
  /** `fresh` collects the names of files that are put in together afterwards. */
  #appear(folder: Folder, key: string, isFolder: boolean, fresh?: string[]): void {
    if (this.#ignores(folder, key, isFolder)) return
    const entry = isFolder ? createFolder(key, folder) : null
    if (entry === null) {
      if (fresh) fresh.push(key)
      else putFiles(folder, [key])
    } else {
      putFolder(folder, key, entry)
      this.#crawl.push(entry)
    }
    this.#tell('created', folder, key, isFolder)
  }

  #vanish(folder: Folder, key: string, { isGone = false } = {}): void {
    const entry = entryOf(folder, key)
    if (entry === undefined) return
    if (entry !== null) {
      for (const each of keysOf(entry)) this.#vanish(entry, each, { isGone })
      this.#bury(entry, isGone)
    }
    dropEntry(folder, key)
    this.#tell('deleted', folder, key, entry !== null)
  }
  // let go of what is gone
  #ignores(folder: Folder, key: string, isFolder: boolean): boolean {
    if (this.#rules.length === 0) return false
    const path = partOf(folder, key)
    return this.#rules.some(rule => rule(path, isFolder))
  }

  #bury(folder: Folder, isGone = false): void {
    if (isGone && folder.watch < POLLED) this.#folders.delete(folder.watch)
    else this.#unmap(folder)
    folder.watch = DEAD
    this.#lost.delete(folder)
  }

  #unmap({ watch }: Folder): void {
    if (watch === UNWATCHED || watch === DEAD || !this.#folders.delete(watch)) return
    if (watch >= POLLED) this.#polling!.remove(watch - POLLED)
    else this.#backend.remove(watch)
  }
  // move a name and all below it
  #move(held: Held, folder: Folder, key: string): void {
    const entry = entryOf(held.folder, held.key)
    if (entry === undefined) return   // it is told as it is found
    const isFolder = entry !== null
    if (this.#ignores(folder, key, isFolder)) {
      this.#vanish(held.folder, held.key)
      return
    }
    const from = pathOf(held.folder, held.key)
    const replaced = entryOf(folder, key)
    if (replaced) for (const each of foldersOf(replaced)) this.#bury(each)
    dropEntry(held.folder, held.key)
    if (replaced !== undefined) dropEntry(folder, key)
    if (entry === null) {
      putFiles(folder, [key])
    } else {
      [entry.name, entry.parent] = [key, folder]
      putFolder(folder, key, entry)
    }
    const to = pathOf(folder, key)
    if (this.#isTelling) {
      this.#queue.push({ kind: 'renamed', from, to, isFolder, replaced: replaced !== undefined })
    }
    if (entry !== null) this.#followed(entry)
  }

  /** What could not be found under its old path, and what is polled by its path, is looked at again. */
  #followed(folder: Folder): void {
    for (const each of this.#lost) if (isWithin(each, folder)) this.#crawl.push(each)
    if (this.#polling === undefined) return
    for (const each of foldersOf(folder)) {
      if (each.watch < POLLED) continue
      this.#unmap(each)
      each.watch = UNWATCHED
      this.#crawl.push(each)
    }
  }
  // wait for the second half of a rename
  /** Another event about a name ends the wait for where it went. */
  #release(folder: Folder, key: string, cookie: number): void {
    for (const [each, held] of this.#held) {
      if (each === cookie || held.folder !== folder || held.key !== key) continue
      this.#held.delete(each)
      this.#vanish(folder, key)
    }
  }

  #dropHeld(all = false): void {
    clearTimeout(this.#heldTimer)
    this.#heldTimer = undefined
    if (this.#end !== undefined) return
    if (!all) this.#drain(this.#backend)
    const before = performance.now() - (all ? -1 : RENAME_WAIT_MS - 1)
    for (const [cookie, { folder, key, at }] of this.#held) {
      if (at > before) continue
      this.#held.delete(cookie)
      this.#vanish(folder, key)
    }
    this.#wake()
  }
  // end, or look again
  #ended(folder: Folder, kind: BackendEvent['kind']): void {
    if (folder === this.#root) {
      if (kind === 'gone' || kind === 'moved' || kind === 'unmounted') {
        this.#queue.push({ kind: 'gone', path: pathOf(folder), reason: kind })
        this.#finish({})
      }
    } else if (kind === 'gone' || kind === 'unmounted') {
      this.#unmap(folder)
      folder.watch = UNWATCHED
      this.#crawl.push(folder)
    }
  }
  // find the difference after an overflow
  #overflowed(): void {
    this.#dropHeld(true)
    if (this.#isTelling) this.#queue.push({ kind: 'overflow', by: 'kernel' })
    const stepMs = Math.min(0, clock().offset - this.#drainedAt.offset)
    const since = this.#drainedAt.ms + stepMs - TICK_MS
    this.#since = Math.min(since, this.#since ?? since)
    this.#crawl = [this.#root]
  }

  #tell(kind: ChangeKind, folder: Folder, key: string, isFolder: boolean): void {
    if (this.#isTelling) this.#queue.push({ kind, path: pathOf(folder, key), isFolder })
  }
  // hand out what was told
  /** Takes what there is to tell, and does not wait. */
  take(): WatchEvent[] { return this.#queue.take() }

  /**
   * Resolves to true when there is something to take, and to false when there will be nothing more.
   * Fails with ETIMEDOUT or a signal's reason.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    while (this.#queue.size === 0) {
      if (this.#end !== undefined) {
        if ('reason' in this.#end) throw this.#end.reason
        return false
      }
      await this.#sleep(options)
    }
    return true
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent, void, undefined> {
    do {
      for (let event; (event = this.#queue.shift()) !== undefined;) yield event
    } while (await this.wait())
  }
  // sleep until there is something
  #sleep({ timeoutMs, signal }: WaitOptions): Promise<void> {
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const wake = () => end(resolve)
      const onAbort = () => end(() => reject(signal!.reason))
      const onTimeout = () => end(() => reject(new SystemError('ETIMEDOUT', 'wait')))
      const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs)
      signal?.addEventListener('abort', onAbort)
      this.#wakers.add(wake)
      const end = (settle: () => void) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#wakers.delete(wake)
        settle()
      }
    })
  }

  #wake(): void {
    if (this.#queue.size > 0 || this.#end !== undefined) for (const wake of this.#wakers) wake()
  }
  // hold a barrier
  /** Resolves when everything that happened before the call stands in the queue. */
  async sync(): Promise<void> {
    if (this.#end !== undefined) throw new SystemError('EBADF', 'sync')
    await Promise.all([this.#backend.sync(), this.#polling?.sync()])
    this.#dropHeld(true)
    this.#crawlOn()
    await this.#whenIdle()
    this.#wake()
  }
  // say what is there
  /** All that is known to be there, without asking the disk; folders before what is in them. */
  *paths(): Generator<{ path: Path, isFolder: boolean }, void, undefined> {
    for (const folder of foldersOf(this.#root)) {
      for (const key of keysOf(folder)) {
        yield { path: pathOf(folder, key), isFolder: folder.folders?.has(key) === true }
      }
    }
  }

  /** How many folders are watched, and how many of them by polling. */
  get counts(): { folders: number, polled: number } {
    let polled = 0
    for (const watch of this.#folders.keys()) if (watch >= POLLED) polled++
    return { folders: this.#folders.size, polled }
  }

  get isOpen(): boolean { return this.#end === undefined }

  /** Whether the watcher keeps the process alive; it does from the beginning. */
  ref(): void { for (const each of this.#listening) each.ref() }
  unref(): void { for (const each of this.#listening) each.unref() }
  // finish
  /** Ends the watch and wakes who waits. What was told can still be taken. */
  close(): void { this.#finish({}) }

  #finish(end: { reason?: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    clearTimeout(this.#heldTimer)
    for (const each of this.#listening) each.close()
    this.#backend.close()
    this.#polling?.close()
    this.#folders.clear()
    this.#crawl = []
    this.#crawled()
    this.#wake()
  }
}

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

function hasChanged(open: PlatformFolder, key: string, sinceMs: number): boolean {
  try {
    return Number(open.stat(nameOf(key)).ctimeNs / 1_000_000n) >= sinceMs
  } catch (error) {
    if (is(error, 'ENOENT', 'ENOTDIR')) return false   // its deletion is told next
    throw error
  }
}

/** The time of day, and how far it is from the clock that nobody sets. */
function clock(): { ms: number, offset: number } {
  const ms = Date.now()
  return { ms, offset: ms - performance.now() }
}

type Rule = (path: string, isFolder: boolean) => boolean

function ruleOf(ignore: Ignore): Rule {
  if (typeof ignore === 'function') return ignore
  if (ignore instanceof RegExp) return path => ignore.test(path)
  if (ignore.includes('/')) return path => path === ignore
  return path => path.slice(path.lastIndexOf('/') + 1) === ignore
}
