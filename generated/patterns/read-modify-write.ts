// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
import { open, O_PATH, stat } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, readlink, split } from '../foundations/name.ts'
import { atomicWrite, type Durability, type Written } from './atomic-write.ts'
import { withFileLock, withFileLockSync } from './lock-file.ts'

export interface UpdateOptions {
  /** See the atomic write. Default `'disk'`. */
  durability?: Durability | undefined
  /** The permission bits of the file. Default: as they are. */
  mode?: number | undefined
  /** The lock file. Default: the file's own path with `.lock` behind it. */
  lock?: Path | undefined
  /** For the lock: ETIMEDOUT after so many milliseconds. By default it waits for ever. */
  timeoutMs?: number | undefined
}

/** What becomes of the content; `null` as an argument is a file that is not there, as a result *leave it*. */
export type Change = (content: Buffer | null) => string | Uint8Array | null

/** Changes the file under its lock. Resolves to what was written, or null. Errors of the lock, of open(2), of atomicWrite. */
export function readModifyWrite(
  path: Path, change: (content: Buffer | null) => ReturnType<Change> | Promise<ReturnType<Change>>,
  options: UpdateOptions & { signal?: AbortSignal | undefined } = {},
): Promise<Written | null> {
  const { target, lock } = namesOf(path, options)
  return withFileLock(lock, async () => replace(target, await change(read(target)), options), options)
}

/** The same with the thread, which blocks while another has the lock. */
export function readModifyWriteSync(path: Path, change: Change, options: UpdateOptions = {}): Written | null {
  const { target, lock } = namesOf(path, options)
  return withFileLockSync(lock, () => replace(target, change(read(target)), options), options)
}

function replace(target: Path, data: ReturnType<Change>, { durability, mode }: UpdateOptions): Written | null {
  return data === null ? null : atomicWrite(target, data, { durability, mode })
}

function read(path: Path): Buffer | null {
  let file
  try {
    file = open(path)
    return file.readAll()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  } finally {
    file?.close()
  }
}

function namesOf(path: Path, { lock }: UpdateOptions): { target: Path, lock: Path } {
  let target = path
  for (let steps = 0; isLink(target); steps++) {
    if (steps === LINKS_MAX) throw new SystemError('ELOOP', 'open', { path })
    const text = readlink(target)
    target = text[0] === '/' || text[0] === SLASH ? text : join(split(target).folder, text)
  }
  const { folder, name } = split(target)
  target = join(realFolder(folder), name)
  return { target, lock: lock ?? join(realFolder(folder), Buffer.concat([Buffer.from(name), SUFFIX])) }
}
const [SUFFIX, SLASH, LINKS_MAX] = [Buffer.from('.lock'), 47, 40]

function isLink(path: Path): boolean {
  try {
    return stat(path, { follow: false }).type === 'symlink'
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false
    throw error
  }
}

function realFolder(folder: Path): Path {
  const opened = open(folder, O_PATH)
  try {
    return readlink(`/proc/self/fd/${opened.fd}`)
  } finally {
    opened.close()
  }
}
