// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import { OpenFile } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import type { Listening } from '../foundations/wait.ts'
import {
  Inotify, IN_ATTRIB, IN_CLOSE_WRITE, IN_CREATE, IN_DELETE, IN_DONT_FOLLOW, IN_EXCL_UNLINK,
  IN_IGNORED, IN_ISDIR, IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, IN_MOVE_SELF, IN_ONLYDIR,
  IN_Q_OVERFLOW, IN_UNMOUNT, type InotifyEvent,
} from '../primitives/inotify.ts'
import { linux } from './linux.ts'
import type { BackendEvent, WatchBackend } from './watch-backend.ts'

const NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
const MASK = NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK

/** Asked in this order; an event has one of them. */
const KINDS: readonly [number, BackendEvent['kind']][] = [
  [IN_CREATE, 'created'], [IN_DELETE, 'deleted'], [IN_MODIFY, 'changed'],
  [IN_CLOSE_WRITE, 'written'], [IN_ATTRIB, 'attributes'], [IN_MOVED_FROM, 'moved from'],
  [IN_MOVED_TO, 'moved to'], [IN_IGNORED, 'gone'], [IN_MOVE_SELF, 'moved'],
  [IN_UNMOUNT, 'unmounted'], [IN_Q_OVERFLOW, 'overflow'],
]

/** inotify(7) as a backend: one instance and one queue each. */
export class InotifyBackend implements WatchBackend {
  readonly name = 'inotify'
  readonly isRecursive = false
  readonly #inotify = new Inotify()
  readonly #cookie = new OpenFile(memfdCall('cookie', MFD_CLOEXEC))
  readonly #cookieWatch = this.#inotify.add(`/proc/self/fd/${this.#cookie.fd}`, IN_ATTRIB)

  tells(folder: Path): boolean { return !SILENT.has(linux.diskstat(folder).type) }

  add(folder: Path, { isRoot = false }: { isRoot?: boolean } = {}): number {
    return this.#inotify.add(folder, isRoot ? MASK | IN_MOVE_SELF : MASK)
  }

  remove(watch: number): void {
    try {
      this.#inotify.remove(watch)
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EINVAL')) throw error
    }
  }

  listen(callback: () => void): Listening {
    return this.#listening = this.#inotify.listen(callback)
  }
  #listening: Listening | undefined

  // translate what was taken
  take(): BackendEvent[] {
    const events: BackendEvent[] = []
    for (const event of this.#inotify.take()) {
      if (event.watch === this.#cookieWatch) this.#arrived()
      else if (event.name !== null || (event.mask & IN_ATTRIB) === 0) events.push(translated(event))
      if (event.watch === -1 && this.#awaited.length > 0) this.#send()
    }
    return events
  }

  // wait for a cookie to come through the queue
  #awaited: PromiseWithResolvers[] = []
  #next: PromiseWithResolvers[] = []

  sync(): Promise<void> {
    const waiter = withResolvers()
    if (this.#awaited.length > 0) {
      this.#next.push(waiter)
    } else {
      this.#awaited.push(waiter)
      this.#send()
    }
    return waiter.promise
  }

  #send(): void { this.#cookie.chmod(0o600) }

  #arrived(): void {
    for (const { resolve } of this.#awaited) resolve()
    this.#awaited = this.#next
    this.#next = []
    if (this.#awaited.length > 0) this.#send()
  }

  close(): void {
    this.#listening?.close()
    this.#inotify.close()
    this.#cookie.close()
    const error = new SystemError('EBADF', 'sync')
    for (const { reject } of [...this.#awaited, ...this.#next]) reject(error)
    this.#awaited = this.#next = []
  }
}
const memfdCall = bind('int memfd_create(const char *name, unsigned int flags)')
const MFD_CLOEXEC = 1

function translated({ watch, mask, cookie, name }: InotifyEvent): BackendEvent {
  const kind = KINDS.find(([bit]) => (mask & bit) !== 0)?.[1] ?? 'changed'
  return { watch, kind, name, cookie, isFolder: (mask & IN_ISDIR) !== 0 }
}

interface PromiseWithResolvers {
  promise: Promise<void>
  resolve(): void
  reject(error: Error): void
}

function withResolvers(): PromiseWithResolvers {
  let [resolve, reject] = [() => {}, (_error: Error) => {}]
  const promise = new Promise<void>((...both) => { [resolve, reject] = both })
  return { promise, resolve, reject }
}

/** Magic numbers stand for ceph, afs, smb2, cgroup, cgroup2, debugfs and tracefs: statfs(2). */
const SILENT: ReadonlySet<string> = new Set(['nfs', 'cifs', 'fuse', '9p', 'proc', 'sysfs',
  '0xc36400', '0x5346414f', '0xfe534d42', '0x27e0eb', '0x63677270', '0x64626720', '0x74726163'])
