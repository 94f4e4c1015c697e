// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
import type { Stat } from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import type { Listening } from '../foundations/wait.ts'
import { platform } from './here.ts'
import type { PlatformFolder } from './platform.ts'
import type { BackendEvent, NameEvent, WatchBackend } from './watch-backend.ts'

export interface PollingOptions {
  /** The pause between two looks at everything; it grows with the time that a look takes. Default 1,000. */
  intervalMs?: number | undefined
}

/** What was there at the last look. */
interface Seen {
  name: Path
  isFolder: boolean
  id: string
  content: string
  ctimeNs: bigint
}
interface Polled { watch: number, path: Path, id: string, names: Map<string, Seen> }
/** Somebody whose name was not there at the other look. */
interface Odd { watch: number, seen: Seen }

/** So long a look may hold the loop at a time; and the part of the time that looking may take. */
const [SLICE_MS, SHARE] = [8, 1 / 4]

/** A backend that looks again and again, for filesystems that do not tell. */
export class PollingBackend implements WatchBackend {
  readonly name = 'polling'
  readonly isRecursive = false
  readonly #intervalMs: number
  readonly #folders = new Map<number, Polled>()
  readonly #numbers = new Map<string, number>()
  #count = 0
  #cookie = 0
  #events: BackendEvent[] = []
  #callback: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #isReferenced = true
  #isOpen = true
  #look: Promise<void> | undefined

  constructor({ intervalMs = 1000 }: PollingOptions = {}) {
    this.#intervalMs = intervalMs
  }

  tells(): boolean { return true }

  // add and remove folders
  add(path: Path): number {
    const stat = platform.stat(path, { follow: false })
    if (stat.type !== 'directory') throw new SystemError('ENOTDIR', 'add', { path })
    const id = idOf(stat)
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const watch = ++this.#count
    this.#folders.set(watch, { watch, path, id, names: namesIn(path) })
    this.#numbers.set(id, watch)
    return watch
  }

  remove(watch: number): void {
    const folder = this.#folders.get(watch)
    if (folder === undefined) return
    this.#folders.delete(watch)
    this.#numbers.delete(folder.id)
    this.#events.push({ watch, kind: 'gone', name: null, cookie: 0, isFolder: true })
  }

  take(): BackendEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  // listen, and look at once when asked
  listen(callback: () => void): Listening {
    this.#callback = callback
    this.#sleep(0)
    return {
      ref: () => { this.#isReferenced = true; this.#timer?.ref() },
      unref: () => { this.#isReferenced = false; this.#timer?.unref() },
      close: () => { this.#callback = undefined; clearTimeout(this.#timer) },
    }
  }

  async sync(): Promise<void> {
    await this.#look
    if (!this.#isOpen) throw new SystemError('EBADF', 'sync')
    clearTimeout(this.#timer)
    await this.#lookNow()
    if (!this.#isOpen) throw new SystemError('EBADF', 'sync')
  }

  close(): void {
    this.#isOpen = false
    this.#callback = undefined
    clearTimeout(this.#timer)
    this.#folders.clear()
    this.#numbers.clear()
  }

  // look in turns
  #sleep(tookMs: number): void {
    if (this.#callback === undefined || !this.#isOpen) return
    const pauseMs = Math.max(this.#intervalMs, tookMs * (1 / SHARE - 1))
    this.#timer = setTimeout(() => { void this.#lookNow() }, pauseMs)
    if (!this.#isReferenced) this.#timer.unref()
  }

  #lookNow(): Promise<void> {
    return this.#look ??= this.#lookAround().finally(() => { this.#look = undefined })
  }

  async #lookAround(): Promise<void> {
    const [left, come]: [Odd[], Odd[]] = [[], []]
    let [tookMs, begin] = [0, performance.now()]
    for (const folder of [...this.#folders.values()]) {
      if (this.#folders.has(folder.watch)) this.#lookAt(folder, left, come)
      if (performance.now() - begin < SLICE_MS) continue
      tookMs += performance.now() - begin
      await new Promise(resolve => { setImmediate(resolve) })
      begin = performance.now()
    }
    this.#pair(left, come)
    if (this.#events.length > 0) this.#callback?.()
    this.#sleep(tookMs + performance.now() - begin)
  }

  // look at one folder
  #lookAt(folder: Polled, left: Odd[], come: Odd[]): void {
    let now: Map<string, Seen>
    try {
      const isSame = idOf(platform.stat(folder.path, { follow: false })) === folder.id
      if (!isSame) throw new SystemError('ENOENT', 'stat')
      now = namesIn(folder.path)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      this.remove(folder.watch)
      return
    }
    const { watch, names: before } = folder
    for (const [key, old] of before) if (!now.has(key)) left.push({ watch, seen: old })
    for (const [key, seen] of now) {
      const old = before.get(key)
      if (old === undefined) come.push({ watch, seen })
      else this.#difference(watch, old, seen)
    }
    folder.names = now
  }

  #difference(watch: number, old: Seen, seen: Seen): void {
    if (old.isFolder !== seen.isFolder || (seen.isFolder && old.id !== seen.id)) {
      this.#tell('deleted', watch, old)
      this.#tell('created', watch, seen)
    } else if (!seen.isFolder && (old.id !== seen.id || old.content !== seen.content)) {
      this.#tell('changed', watch, seen)
    } else if (!seen.isFolder && old.ctimeNs !== seen.ctimeNs) {
      this.#tell('attributes', watch, seen)
    }
  }

  // put renames together
  #pair(left: Odd[], come: Odd[]): void {
    const byId = new Map(come.filter(({ seen }) => !seen.isFolder).map(each => [identity(each), each]))
    for (const each of left) {
      const other = each.seen.isFolder ? undefined : byId.get(identity(each))
      if (other === undefined) {
        this.#tell('deleted', each.watch, each.seen)
        continue
      }
      byId.delete(identity(each))
      come.splice(come.indexOf(other), 1)
      this.#cookie++
      this.#tell('moved from', each.watch, each.seen, this.#cookie)
      this.#tell('moved to', other.watch, other.seen, this.#cookie)
    }
    for (const { watch, seen } of come) this.#tell('created', watch, seen)
  }

  #tell(kind: NameEvent, watch: number, { name, isFolder }: Seen, cookie = 0): void {
    this.#events.push({ watch, kind, name, cookie, isFolder })
  }
}

/** Linux gives a number again, and then the birth tells them apart. Windows counts the uses in the number. */
const idOf = ({ dev, ino, birthtimeNs }: Stat) =>
  `${dev} ${ino} ${platform.name === 'windows' ? '' : birthtimeNs}`
const identity = ({ seen: { id, content } }: Odd) => `${id} ${content}`

function namesIn(path: Path): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  const folder = platform.folder(path, { follow: false })
  try {
    for (let found; (found = folder.read()) !== null;) {
      for (const name of found.names) note(folder, name, seen)
    }
  } finally {
    folder.close()
  }
  return seen
}

function note(folder: PlatformFolder, name: Path, seen: Map<string, Seen>): void {
  try {
    const stat = folder.stat(name)
    seen.set(pathText(name), {
      name, isFolder: stat.type === 'directory', id: idOf(stat),
      content: `${stat.mtimeNs} ${stat.size}`, ctimeNs: stat.ctimeNs,
    })
  } catch (error) {
    // It went between the list and the question, or nobody may ask about it.
    if (!(error instanceof SystemError)) throw error
  }
}
