// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_CLOEXEC, O_PATH } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { join, mkdir, readlink, toName } from '../foundations/name.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { onReadable, waitReadable, type Listening, type WaitOptions } from '../foundations/wait.ts'

/** Of a file: read, written, mode or owner or times changed, closed after writing, closed, opened. */
export const [FAN_ACCESS, FAN_MODIFY, FAN_ATTRIB] = [0x1, 0x2, 0x4]
export const [FAN_CLOSE_WRITE, FAN_CLOSE_NOWRITE, FAN_OPEN] = [0x8, 0x10, 0x20]
/** Of a name: made, removed, moved, both halves in one event. Told without being asked: events were lost. */
export const [FAN_CREATE, FAN_DELETE, FAN_RENAME, FAN_Q_OVERFLOW] = [0x100, 0x200, 0x10000000, 0x4000]
/** With these, folders count as well; it is also in the events. */
export const FAN_ONDIR = 0x40000000

const [FAN_OPEN_PERM, FAN_EVENT_ON_CHILD] = [0x10000, 0x08000000]
const [FAN_CLASS_CONTENT, FAN_CLOEXEC, FAN_NONBLOCK] = [0x4, 0x1, 0x2]
const [FAN_REPORT_PIDFD, FAN_REPORT_DFID_NAME] = [0x80, 0x200 | 0x400 | 0x800]
const [FAN_MARK_ADD, FAN_MARK_FILESYSTEM, FAN_ALLOW, FAN_DENY, AT_FDCWD] = [0x1, 0x100, 1, 2, -100]

const initCall = bind('int fanotify_init(unsigned int flags, unsigned int openFlags)')
const markCall = bind('int fanotify_mark(int fd, unsigned int flags, size_t mask, int dirfd, const char *path)')
const openHandleCall = bind('int open_by_handle_at(int mount, const void *handle, int flags)',
  { expected: ['ESTALE'] })

/** A folder as its filesystem knows it, whatever it is called now, and a name in it. */
export interface Place { handle: Uint8Array, name: Path }

/** `at` is null for an overflow; `to` is where a rename led. `process` is null if it was gone. */
export interface FanotifyEvent { mask: number, pid: number, process: OpenFile | null, at: Place | null, to: Place | null }

export interface FanotifyOptions {
  /** All of the filesystem that has the path, which is for root; or that folder and what is in it. */
  scope?: 'filesystem' | 'folder'
  /** Opens a pidfd for each event. Who takes it closes it. */
  processes?: boolean
}

/** One mark and the queue of what happened under it: fanotify(7). */
export class Fanotify {
  readonly #file: OpenFile
  readonly #mount: OpenFile
  readonly #buffer = Buffer.allocUnsafeSlow(65_536)

  constructor(path: Path, mask: number, { scope = 'filesystem', processes = false }: FanotifyOptions = {}) {
    const flags = FAN_REPORT_DFID_NAME | (processes ? FAN_REPORT_PIDFD : 0)
    this.#mount = open(path)
    this.#file = marked(this.#mount, flags, scope === 'folder' ? 0 : FAN_MARK_FILESYSTEM,
      scope === 'folder' ? mask | FAN_EVENT_ON_CHILD : mask, path)
  }

  // take what was told
  /** Takes what is in the queue, 64 KiB of it at most, and does not wait. */
  take(): FanotifyEvent[] {
    const events: FanotifyEvent[] = []
    const size = unlessEmpty(() => this.#file.read(this.#buffer))
    for (let at = 0; at < size;) {
      const length = this.#buffer.readUInt32LE(at)
      events.push(parse(this.#buffer.subarray(at, at + length)))
      at += length
    }
    return events
  }
  // find the way back from a handle to a path
  /** The path of a place as it is now, or null if its folder is gone. EPERM: CAP_DAC_READ_SEARCH. */
  locate({ handle, name }: Place): Path | null {
    const fd = openHandleCall(this.#mount.fd, handle, O_PATH | O_CLOEXEC)
    if (fd < 0) return null
    const folder = new OpenFile(fd)
    try {
      return join(readlink(`/proc/self/fd/${fd}`), name)
    } finally {
      folder.close()
    }
  }

  /** Resolves when there is something to take. Errors as `waitReadable`. */
  wait(options?: WaitOptions): Promise<void> { return waitReadable(this.#file, options) }

  /** Calls back whenever there is something to take. */
  listen(callback: () => void): Listening { return onReadable(this.#file, callback) }

  close(): void {
    this.#file.close()
    this.#mount.close()
  }
}

const HINTS: Record<string, string> = {
  EPERM: 'a whole filesystem, a pidfd and a gate are for root: CAP_SYS_ADMIN',
  ENOTSUP: 'this filesystem has no handles that lead back to files; a scope of one folder may work',
  ENODEV: 'this filesystem has no number of its own; a scope of one folder may work',
  EXDEV: 'this subvolume is not the whole filesystem; mark its top',
}

function marked(of: OpenFile, flags: number, how: number, mask: number, path: Path): OpenFile {
  let file: OpenFile | null = null
  try {
    file = new OpenFile(initCall(flags | FAN_CLOEXEC | FAN_NONBLOCK, O_CLOEXEC))
    markCall(file.fd, FAN_MARK_ADD | how, mask >>> 0, AT_FDCWD, `/proc/self/fd/${of.fd}`)
    return file
  } catch (error) {
    file?.close()
    of.close()
    if (!(error instanceof SystemError)) throw error
    const details = { path, hint: HINTS[error.code] }
    throw Object.assign(new SystemError(error.errno, error.syscall, details), { cause: error })
  }
}

const [PLACE, PIDFD, FROM, TO] = [2, 4, 10, 12]   // FAN_EVENT_INFO_TYPE_…

/** Length (4), version, one unused, header's length (2), mask (8), fd (4), pid (4); then the records. */
function parse(bytes: Buffer): FanotifyEvent {
  const event: FanotifyEvent = {
    mask: Number(bytes.readBigUInt64LE(8)), pid: bytes.readInt32LE(20), process: null, at: null, to: null,
  }
  for (let at = bytes.readUInt16LE(6); at < bytes.length;) {
    const [type, length] = [bytes[at], bytes.readUInt16LE(at + 2)]
    const record = bytes.subarray(at, at + length)
    if (type === PLACE || type === FROM) event.at = placeIn(record)
    else if (type === TO) event.to = placeIn(record)
    else if (type === PIDFD) event.process = processIn(record)
    at += length
  }
  return event
}

/** A header of 4, the filesystem's number (8), the handle: its size (4), type (4), bytes; a name, NUL. */
function placeIn(record: Buffer): Place {
  const end = 20 + record.readUInt32LE(12)
  const name = toName(record.subarray(end, record.indexOf(0, end)))
  return { handle: Uint8Array.from(record.subarray(12, end)), name }   // a copy: the buffer is used again
}

function processIn(record: Buffer): OpenFile | null {
  const fd = record.readInt32LE(4)
  return fd < 0 ? null : new OpenFile(fd)   // FAN_NOPIDFD: it has been collected
}

function unlessEmpty(call: () => number): number {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return 0
    throw error
  }
}

/** Who wants to open what. Both files are closed after the answer. */
export interface Request { pid: number, process: OpenFile | null, file: OpenFile }

/** Says whether it may. Who throws or rejects has said no. */
export type Decide = (request: Request) => boolean | Promise<boolean>

/** Asks before a file is opened: that file, or all files of that folder. For root. */
export class Gate {
  readonly #file: OpenFile
  readonly #listening: Listening
  readonly #decide: Decide

  constructor(path: Path, decide: Decide) {
    const place = open(path)
    this.#file = marked(place, FAN_CLASS_CONTENT | FAN_REPORT_PIDFD, 0, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, path)
    place.close()
    this.#decide = decide
    this.#listening = onReadable(this.#file, () => this.#ask())
  }

  // ask, and write the answer
  #ask(): void {
    const buffer = Buffer.allocUnsafe(4096)
    const size = unlessEmpty(() => this.#file.read(buffer))
    for (let at = 0; at < size;) {
      const length = buffer.readUInt32LE(at)
      const { pid, process } = parse(buffer.subarray(at, at + length))
      void this.#answer({ pid, process, file: new OpenFile(buffer.readInt32LE(at + 16)) })
      at += length
    }
  }

  async #answer(request: Request): Promise<void> {
    let may = false
    try {
      may = await this.#decide(request)
    } finally {
      const response = new Int32Array([request.file.fd, may ? FAN_ALLOW : FAN_DENY])
      if (this.#file.fd !== -1) this.#file.write(new Uint8Array(response.buffer))
      request.file.close()
      request.process?.close()
    }
  }

  /** Opens the gate for all who stand there and all who come. */
  close(): void {
    this.#listening.close()
    this.#file.close()
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'fanotify',
  module: import.meta.url,
  create: folder => ({ sender: folder, receiver: folder }),
  send: (to, text) => mkdir(`${String(to)}/${text}`),
  receive: from => {
    const watch = new Fanotify(String(from), FAN_CREATE | FAN_ONDIR, { scope: 'folder' })
    const told: string[] = []
    const next = () => {
      told.push(...watch.take().map(({ at }) => String(at?.name)))
      return told.shift() ?? null
    }
    return { next, close: () => watch.close() }
  },
}]
