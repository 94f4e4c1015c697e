// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
import { O_CLOEXEC, O_NONBLOCK, OpenFile } from '../foundations/file.ts'
import { bind, SystemError, type ErrorDetails, type Path } from '../foundations/kernel.ts'
import { toName } from '../foundations/name.ts'
import { onReadable, waitReadable, type Listening, type WaitOptions } from '../foundations/wait.ts'

/** The file itself: read, written, mode or owner or times changed, closed after writing, closed, opened. */
export const [IN_ACCESS, IN_MODIFY, IN_ATTRIB] = [0x1, 0x2, 0x4]
export const [IN_CLOSE_WRITE, IN_CLOSE_NOWRITE, IN_OPEN] = [0x8, 0x10, 0x20]
/** A name in the folder: moved away, moved in, created, deleted. */
export const [IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE] = [0x40, 0x80, 0x100, 0x200]
/** The watched thing itself was deleted, or renamed. */
export const [IN_DELETE_SELF, IN_MOVE_SELF] = [0x400, 0x800]
/** Told without being asked for: unmounted, events were dropped, the watch is over, it is a folder. */
export const [IN_UNMOUNT, IN_Q_OVERFLOW, IN_IGNORED] = [0x2000, 0x4000, 0x8000]
export const IN_ISDIR = 0x40000000
/** How to watch: only a folder; the link and not its target; not what has lost its name. */
export const [IN_ONLYDIR, IN_DONT_FOLLOW, IN_EXCL_UNLINK] = [0x1000000, 0x2000000, 0x4000000]
/** How to watch: only if it is not watched (EEXIST); add to its mask; for one event. */
export const [IN_MASK_CREATE, IN_MASK_ADD, IN_ONESHOT] = [0x10000000, 0x20000000, 0x80000000]

const initCall = bind('int inotify_init1(int flags)')
const addCall = bind('int inotify_add_watch(int fd, const char *path, unsigned int mask)')
const removeCall = bind('int inotify_rm_watch(int fd, int watch)')

/** One thing that happened. `cookie` is not 0 in the two halves of a rename; `name` is null for the watched thing itself. */
export interface InotifyEvent { watch: number, mask: number, cookie: number, name: Path | null }

/** One queue of events and the watches that fill it: inotify(7). */
export class Inotify {
  readonly #file: OpenFile
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE)

  constructor() {
    this.#file = new OpenFile(hinted('max_user_instances', () => initCall(O_NONBLOCK | O_CLOEXEC)))
  }

  /** Watches `path` and returns the watch's number. Twice the same file or folder: twice the same number. */
  add(path: Path, mask: number): number {
    return hinted('max_user_watches', () => addCall(this.#file.fd, path, mask >>> 0), path)
  }

  /** Ends a watch. EINVAL if it is over already, because its folder was deleted. */
  remove(watch: number): void { removeCall(this.#file.fd, watch) }

  // take what is in the queue
  /** Takes what is in the queue, up to some 16,000 events, and does not wait. */
  take(): InotifyEvent[] {
    const events: InotifyEvent[] = []
    for (let i = 0; i < BUFFERS_A_TAKE; i++) {
      const size = this.#fill()
      if (size === 0) break
      parse(this.#buffer, size, events)
    }
    return events
  }

  #fill(): number {
    try {
      return this.#file.read(this.#buffer)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return 0
      throw error
    }
  }

  /** Resolves when there is something to take. Errors as `waitReadable`. */
  wait(options?: WaitOptions): Promise<void> { return waitReadable(this.#file, options) }

  /** Calls back whenever there is something to take. */
  listen(callback: () => void): Listening { return onReadable(this.#file, callback) }

  /** Ends all watches and drops what was not taken. */
  close(): void { this.#file.close() }
}

const [BUFFER_SIZE, BUFFERS_A_TAKE] = [65_536, 64]

/** struct inotify_event: watch (4), mask (4), cookie (4), length (4), a name of that length up to a NUL. */
function parse(buffer: Buffer, size: number, events: InotifyEvent[]): void {
  for (let at = 0; at < size;) {
    const length = buffer.readUInt32LE(at + 12)
    const name = length === 0 ? null : toName(buffer.subarray(at + 16, buffer.indexOf(0, at + 16)))
    events.push({
      watch: buffer.readInt32LE(at), mask: buffer.readUInt32LE(at + 4),
      cookie: buffer.readUInt32LE(at + 8), name,
    })
    at += 16 + length
  }
}

function hinted(limit: string, call: () => number, path?: Path): number {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof SystemError) || !['ENOSPC', 'EMFILE'].includes(error.code)) throw error
    const others = error.code === 'EMFILE' ? ', or the process at its limit of open files' : ''
    const details: ErrorDetails = { path, hint: `this user is at fs.inotify.${limit}${others}` }
    throw Object.assign(new SystemError(error.errno, error.syscall, details), { cause: error })
  }
}
