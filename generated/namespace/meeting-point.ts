// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import { open, OpenFile, stat, O_CLOEXEC, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR, type Stat }
  from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { list, mkdir, split, toName } from '../foundations/name.ts'
import { waitReadable, type WaitOptions } from '../foundations/wait.ts'

const inotifyInit = bind('int inotify_init1(int flags)')
const inotifyAdd = bind('int inotify_add_watch(int fd, const char *path, unsigned int mask)')
const [IN_MOVED_TO, IN_CREATE, IN_DELETE_SELF, IN_MOVE_SELF] = [0x80, 0x100, 0x400, 0x800]
const [IN_UNMOUNT, IN_Q_OVERFLOW, IN_IGNORED, IN_ONLYDIR] = [0x2000, 0x4000, 0x8000, 0x1000000]
const IN_GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED

/** The names that arrived in a folder since the last `take`. */
export interface News {
  names: Path[]
  /** The kernel's queue was full, and names were dropped: list the folder. */
  isIncomplete: boolean
  /** The folder was removed, renamed or unmounted: there will be no more news. */
  isOver: boolean
}

/**
 * Listens at a folder for names that arrive, from its creation on: inotify(7). Fails with ENOENT,
 * ENOTDIR, EACCES, EMFILE.
 */
export class Arrivals {
  readonly #file: OpenFile

  constructor(folder: Path) {
    this.#file = new OpenFile(inotifyInit(O_NONBLOCK | O_CLOEXEC))
    // watch the folder, or let go
    try {
      const mask = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
      inotifyAdd(this.#file.fd, folder, mask)
    } catch (error) {
      this.#file.close()
      throw error
    }
  }

  /** Resolves when there is news, and takes nothing. Errors as `waitReadable`. */
  wait(options?: WaitOptions): Promise<void> {
    return waitReadable(this.#file, options)
  }

  /** Returns the news that is there, and does not wait. */
  take(): News {
    const news: News = { names: [], isIncomplete: false, isOver: false }
    // read the events, until the queue is empty
    const buffer = Buffer.allocUnsafe(65_536)
    while (!news.isOver) {
      const size = readNow(this.#file, buffer)
      if (size === 0) break
      for (let at = 0; at < size;) {
        const [mask, length] = [buffer.readUInt32LE(at + 4), buffer.readUInt32LE(at + 12)]
        const name = buffer.subarray(at + 16, at + 16 + length)
        if ((mask & (IN_CREATE | IN_MOVED_TO)) !== 0) {
          news.names.push(toName(name.subarray(0, name.indexOf(0))))
        }
        if ((mask & IN_Q_OVERFLOW) !== 0) news.isIncomplete = true
        if ((mask & IN_GONE) !== 0) news.isOver = true
        at += 16 + length
      }
    }
    return news
  }

  close(): void { this.#file.close() }
}

function readNow(file: OpenFile, buffer: Uint8Array): number {
  try {
    return file.read(buffer)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return 0
    throw error
  }
}

/**
 * Resolves when `path` is the name of something, be it a dangling link, and to what the kernel
 * knows of it.
 */
export async function waitForName(
  path: Path, { timeoutMs, signal }: WaitOptions = {},
): Promise<Stat> {
  const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs
  const arrivals = new Arrivals(split(path).folder)
  try {
    for (;;) {
      const { isOver } = arrivals.take()
      const found = look(path)
      if (found !== null) return found
      // say that there is no folder to arrive in
      if (isOver) {
        const hint = 'its folder was removed, renamed or unmounted meanwhile'
        throw new SystemError('ENOENT', 'waitForName', { path, hint })
      }
      // sleep until something arrives
      try {
        await arrivals.wait({ signal, timeoutMs: Math.max(0, deadline - performance.now()) })
      } catch (error) {
        if (!(error instanceof SystemError && error.code === 'ETIMEDOUT')) throw error
        const hint = `nothing of that name arrived within ${timeoutMs} ms`
        throw new SystemError('ETIMEDOUT', 'waitForName', { path, hint })
      }
    }
  } finally {
    arrivals.close()
  }
}

function look(path: Path): Stat | null {
  try {
    return stat(path, { follow: false })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  }
}

export interface MeetingOptions {
  /** Where to look for XDG_RUNTIME_DIR; `process.env` by default. */
  env?: Record<string, string | undefined>
  /** Whose folder it is; this process's user by default. */
  uid?: number
  /** Where users' folders are kept: `/run/user`, and where there is none `/tmp`. */
  places?: { run: string, tmp: string }
}

/**
 * The folder in which the processes of one user meet that call themselves `app`; created if need
 * be, mode 0700. EACCES if the name is somebody else's, or open to others.
 */
export function meetingFolder(app: string, options: MeetingOptions = {}): string {
  const { env = process.env, uid = process.getuid!(), places = PLACES } = options
  const roots = [`${places.run}/${uid}`, env['XDG_RUNTIME_DIR']]
  const root = roots.find(each => each?.startsWith('/') && isOwnFolder(each, uid))
  const folder = root === undefined ? `${places.tmp}/${app}-${uid}` : `${root}/${app}`
  // create the folder, unless it is there
  try {
    mkdir(folder, 0o700)
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
  }
  // refuse a folder that is not ours alone
  if (!isOwnFolder(folder, uid)) {
    const hint = `it must be a folder of user ${uid} that nobody else may enter; who has the name?`
    throw new SystemError('EACCES', 'meetingFolder', { path: folder, hint })
  }
  return folder
}
const PLACES = { run: '/run/user', tmp: '/tmp' }

function isOwnFolder(path: string, uid: number): boolean {
  const found = look(path)
  return found?.type === 'directory' && found.uid === uid && (found.mode & 0o077) === 0
}

/**
 * Stands at `name` in the folder for as long as the returned file is open. EEXIST if a living
 * process stands there.
 */
export function announce(folder: string, name: string): OpenFile {
  const path = `${folder}/${name}`
  const place = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
  if (place.tryLock()) return place
  place.close()
  throw new SystemError('EEXIST', 'announce', { path, hint: 'a living process stands there' })
}

/**
 * The names in the folder at which somebody stands now. Reads the folder as it goes, in the
 * filesystem's order.
 */
export function* present(folder: string): Generator<string, void, undefined> {
  for (const { name } of list(folder)) {
    if (typeof name === 'string' && isHeld(`${folder}/${name}`)) yield name
  }
}

function isHeld(path: string): boolean {
  const found = look(path)
  if (found?.type !== 'file') return false
  const place = open(path, O_NOFOLLOW | O_NONBLOCK)
  try {
    return place.isLocked()
  } finally {
    place.close()
  }
}
