// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { Listening } from '../foundations/wait.ts'
import { windows } from './windows.ts'
import type { BackendEvent, WatchBackend } from './watch-backend.ts'
import {
  close, namespaced, openHandle, wide, win32, DIRECTORY_FILE, READ_ATTRIBUTES, READ_DATA,
  REPARSE_POINT, type Handle,
} from './win32.ts'
import { finalPath, mkdir, patiently, rmdir } from './windows-name.ts'
import { theCompletions } from './windows-overlapped.ts'
import { query, statOf } from './windows-stat.ts'

const readDirectoryChanges = win32('int ReadDirectoryChangesW(intptr_t handle, void *buffer, ' +
  'uint32_t size, int recursive, uint32_t filter, void *count, void *how, void *callback)')
const cancelIoEx = win32('int CancelIoEx(intptr_t handle, void *how)')
const getDriveType = win32('uint32_t GetDriveTypeW(void *root)')
const DRIVE_REMOTE = 4
/** Names of files and folders, attributes, size, last write and creation. */
const FILTER = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x40
/** More than 64 KiB is refused on a network drive. */
const SIZE = 65_536

const KINDS: Record<number, BackendEvent['kind']> = {
  1: 'created', 2: 'deleted', 3: 'changed', 4: 'moved from', 5: 'moved to',
}

/** FILE_NOTIFY_INFORMATION: how far the next one is, what happened, the name's length, the name. */
export function changesIn(
  records: Buffer, watch: number, nextCookie: () => number,
): BackendEvent[] {
  const events: BackendEvent[] = []
  let cookie = 0
  for (let at = 0, next; ; at += next) {
    next = records.readUInt32LE(at)
    const kind = KINDS[records.readUInt32LE(at + 4)] ?? 'changed'
    const end = at + 12 + records.readUInt32LE(at + 8)
    const name = records.toString('utf16le', at + 12, end).replaceAll('\\', '/')
    if (kind === 'moved from') cookie = nextCookie()
    const isMove = kind === 'moved from' || kind === 'moved to'
    events.push({ watch, kind, name, cookie: isMove ? cookie : 0, isFolder: null })
    if (next === 0) return events
  }
}

interface Watch {
  readonly handle: Handle
  /** Device and number, by which a folder is known again. */
  readonly key: string
  /** Where the folder was when we last looked. */
  path: string
  readonly buffer: Buffer
  /** What Windows knows our question by; null while there is none. */
  how: Buffer | null
  isOver: boolean
}

/** ReadDirectoryChangesW as a backend: a folder and all that is below it. */
export class WindowsBackend implements WatchBackend {
  readonly name = 'windows'
  readonly isRecursive = true
  readonly #watches = new Map<number, Watch>()
  #events: BackendEvent[] = []
  #callback: (() => void) | undefined
  #last = 0
  #cookie = 0
  #isClosed = false
  #barrier: Barrier | undefined

  // watch a folder
  tells(folder: Path): boolean {
    const root = /^([A-Za-z]:)|^\\\\/.exec(String(windows.realpath(folder)))
    return root?.[1] !== undefined && getDriveType(wide(`${root[1]}\\`)) !== DRIVE_REMOTE
  }

  add(folder: Path, _options?: { isRoot?: boolean }): number {
    if (this.#isClosed) throw new SystemError('EBADF', 'ReadDirectoryChangesW', { path: folder })
    const access = READ_DATA | READ_ATTRIBUTES
    const { handle } = openHandle(namespaced(folder), { access,
      options: DIRECTORY_FILE | REPARSE_POINT }, 'open', folder)
    try {
      const { dev, ino, type } = statOf(handle)
      if (type !== 'directory') throw new SystemError('ENOTDIR', 'open', { path: folder })
      const key = `${dev}:${ino}`
      const known = [...this.#watches].find(([, watch]) => watch.key === key && !watch.isOver)
      if (known !== undefined) {
        close(handle)
        return known[0]
      }
      theCompletions().adopt(handle)
      const buffer = Buffer.allocUnsafeSlow(SIZE)
      const watch = { handle, key, path: finalPath(handle), buffer, how: null, isOver: false }
      this.#ask(++this.#last, watch)
      this.#watches.set(this.#last, watch)
      return this.#last
    } catch (error) {
      close(handle)
      throw error
    }
  }
  // ask for the next changes
  #ask(number: number, watch: Watch): void {
    const start = (how: Buffer) =>
      readDirectoryChanges(watch.handle, watch.buffer, SIZE, 1, FILTER, null, how, null)
    watch.how = theCompletions().begin(start, (status, count) => this.#hear(number, watch, status, count),
      { memory: watch.buffer, keepsAlive: false, syscall: 'ReadDirectoryChangesW' })
  }
  // hear of changes
  #hear(number: number, watch: Watch, status: number, count: number): void {
    watch.how = null
    if (watch.isOver) return
    if (status < 0) {
      this.remove(number)
      this.#tell([ended(number, 'gone')])
      return
    }
    // Zero bytes, or STATUS_NOTIFY_ENUM_DIR: there was more than the buffer holds.
    const events: BackendEvent[] = count === 0
      ? [{ watch: -1, kind: 'overflow', name: null, cookie: 0, isFolder: null }]
      : changesIn(watch.buffer.subarray(0, count), number, () => ++this.#cookie)
    try {
      this.#ask(number, watch)
    } catch {
      this.remove(number)
      events.push(ended(number, 'gone'))
    }
    this.#tell(number === this.#barrier?.watch ? this.#barrier.seen(events) : events)
  }

  #tell(events: BackendEvent[]): void {
    this.#events.push(...events)
    this.#callback?.()
  }
  // let a file of our own come through the queue
  sync(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new SystemError('EBADF', 'sync'))
    for (const [number, watch] of this.#watches) this.#look(number, watch)
    if (this.#barrier === undefined) {
      const folder = `${tmpdir()}\\watch-${randomBytes(8).toString('hex')}`
      mkdir({ path: folder })
      this.#barrier = new Barrier(folder, this.add(folder))
    }
    return this.#barrier.raise()
  }

  /** Nobody tells that the folder itself was removed or moved, so we ask. */
  #look(number: number, watch: Watch): void {
    const standard = query(watch.handle, STANDARD, 24, 'fstat')
    if (standard.readUInt32LE(16) === 0 || standard[20] !== 0) {
      this.remove(number)
      this.#tell([ended(number, 'gone')])
    } else if (finalPath(watch.handle) !== watch.path) {
      watch.path = finalPath(watch.handle)
      this.#tell([ended(number, 'moved')])
    }
  }
  // hand over
  take(): BackendEvent[] {
    const events = this.#events.splice(0)
    this.#barrier?.taken()
    return events
  }

  listen(callback: () => void): Listening {
    this.#callback = callback
    let isRef = true
    theCompletions().ref()
    const unref = () => {
      if (isRef) theCompletions().unref()
      isRef = false
    }
    return {
      ref: () => {
        if (!isRef && this.#callback === callback) theCompletions().ref()
        isRef = true
      },
      unref,
      close: () => {
        if (this.#callback === callback) this.#callback = undefined
        unref()
      },
    }
  }
  // end a watch, and all of them
  remove(number: number): void {
    const watch = this.#watches.get(number)
    if (watch === undefined) return
    this.#watches.delete(number)
    watch.isOver = true
    // The end of the question still comes, and its memory is kept so long; the folder is free now.
    if (watch.how !== null) cancelIoEx(watch.handle, watch.how)
    close(watch.handle)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#callback = undefined
    for (const number of [...this.#watches.keys()]) this.remove(number)
    this.#barrier?.fall()
  }
}

const STANDARD = 1
const ended = (watch: number, kind: 'gone' | 'moved'): BackendEvent =>
  ({ watch, kind, name: null, cookie: 0, isFolder: true })

interface Waiter { resolve(): void, reject(error: Error): void, rounds: number }

/**
 * A folder of our own, in which a name is made to see it come out of the queue: twice, since what
 * happened while nobody asked Windows comes only after the next question.
 */
class Barrier {
  readonly #folder: string
  readonly watch: number
  #waiters: Waiter[] = []
  #arrived = 0
  #count = 0

  constructor(folder: string, watch: number) {
    this.#folder = folder
    this.watch = watch
  }

  raise(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject, rounds: 2 })
      this.#send()
    })
  }

  // send a name, and see it arrive
  #send(): void {
    const path = `${this.#folder}\\${this.#count++}`
    mkdir({ path })
    rmdir({ path })
  }

  /** Takes our own events out of the queue. */
  seen(events: BackendEvent[]): BackendEvent[] {
    if (events.some(({ kind }) => kind === 'deleted' || kind === 'overflow')) this.#arrived++
    return events.filter(({ kind }) => kind === 'overflow')
  }

  /** What had come before our name has been handed over. */
  taken(): void {
    if (this.#arrived === 0) return
    this.#arrived = 0
    for (const waiter of this.#waiters) waiter.rounds--
    for (const { resolve } of this.#waiters.filter(({ rounds }) => rounds <= 0)) resolve()
    this.#waiters = this.#waiters.filter(({ rounds }) => rounds > 0)
    if (this.#waiters.length > 0) this.#send()
  }

  fall(): void {
    for (const { reject } of this.#waiters.splice(0)) reject(new SystemError('EBADF', 'sync'))
    patiently(() => rmdir({ path: this.#folder }))
  }
}
