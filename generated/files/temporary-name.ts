// Told in chapters/10-files/05-temporary-name.md. Edit it there, or edit here and stitch.
import { randomBytes, randomInt } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, toName } from '../foundations/name.ts'
import { platform } from '../platforms/here.ts'
import type { PlatformFile } from '../platforms/platform.ts'
import { FileHandle } from './file-handle.ts'
import { is } from './folder-operations.ts'
import { rm } from './folder-operations-remove.ts'
import { statIfThere } from './metadata.ts'

/** The folder for temporary files: TMPDIR, or the system's. Nobody looks whether it is there. */
export function tempdir(): string { return platform.tmpdir() }

/** The user's own folder. */
export function homedir(): string { return platform.homedir() }

const LEDGER = /^\.temporary\.[0-9a-f]{16}$/

/** What this process has made and not removed yet, and the file that tells it to those after us. */
class Ledger {
  readonly paths = new Set<Path>()
  #most = 1024
  #file: PlatformFile | undefined
  #path = ''

  /** Writes down that `path` is ours. */
  add(path: Path): void {
    this.#open()
    this.#write('+', path)
    this.paths.add(path)
    if (this.paths.size > this.#most) this.purge()
  }

  /** `path` is gone, or nobody's business any more. */
  delete(path: Path): void {
    if (this.paths.delete(path)) this.#write('-', path)
  }

  // forget what others have removed
  purge(): void {
    for (const path of this.paths) if (!isThere(path)) this.delete(path)
    this.#most = Math.max(1024, 2 * this.paths.size)
  }
  // open the ledger, and clean up after the dead
  #open(): void {
    if (this.#path !== '') return
    armExit()
    for (;;) {
      this.#path = `${tempdir()}/.temporary.${randomBytes(8).toString('hex')}`
      try {
        this.#file = platform.open(this.#path, { write: true, append: true, exclusive: true, mode: 0o600 })
        if (this.#file.tryLock() && isThere(this.#path)) break
        this.#file.close()
      } catch (error) {
        if (!(error instanceof SystemError)) throw error
        this.#file = undefined
        return   // no such folder, no leave to write, no locks: then without
      }
    }
    cleanTemporaries()
  }
  // write an entry
  #write(sign: '+' | '-', path: Path): void {
    const entry = Buffer.concat([Buffer.from(sign), Buffer.from(absolute(path)), Buffer.of(0)])
    try {
      for (let done = 0; done < entry.length;) done += this.#file?.write(entry.subarray(done)) ?? Infinity
    } catch { /* a full disk: then only the exit cleans up */ }
  }
  // remove everything, and the ledger
  clean(): void {
    for (const path of this.paths) {
      if (remove(path)) this.delete(path)
    }
    if (this.paths.size > 0 || this.#file === undefined) return   // left to a later process
    try {
      platform.unlink(this.#path)
      this.#file.close()
    } catch { /* somebody cleaned it away */ }
    this.#path = ''
    this.#file = undefined
  }
}

const ledger = new Ledger()

/** The paths that this process has made and that are to be removed at its end. */
export function pendingTemporaries(): Path[] { return [...ledger.paths] }

/** True if nothing is left. */
function remove(path: Path): boolean {
  try {
    rm(path, { recursive: true, force: true, unlock: true })
    return true
  } catch {
    return false
  }
}

function isThere(path: Path): boolean {
  try {
    return statIfThere(path, { follow: false }) !== null
  } catch {
    return true   // we may not look
  }
}

function absolute(path: Path): Path {
  return isAbsolute(typeof path === 'string' ? path : Buffer.from(path).toString('latin1')) ? path
    : join(platform.cwd(), path)
}

/** Removes what dead processes of this user wrote down and left; returns those paths. Any number may clean at once. */
export function cleanTemporaries(): Path[] {
  const removed: Path[] = []
  const names = [...platform.list(tempdir())].map(({ name }) => name)
  for (const name of names) {
    if (typeof name !== 'string' || !LEDGER.test(name)) continue
    try {
      execute(join(tempdir(), name), removed)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error   // gone, or not for us
    }
  }
  return removed
}

function execute(path: Path, removed: Path[]): void {
  const file = platform.open(path, { read: true, write: true, follow: false, nonblocking: true })
  try {
    const stat = file.stat()
    const isOurs = stat.uid === (process.getuid?.() ?? stat.uid) && stat.nlink === 1
    // on Windows the folder's list says it
    const isPrivate = platform.name === 'windows' || (stat.mode & 0o077) === 0
    if (stat.type !== 'file' || !isOurs || !isPrivate) return
    if (!file.tryLock()) return   // its process lives
    const left = read(file, stat.size).filter(each => isThere(each))
    for (const each of left) if (remove(each)) removed.push(each)
    if (left.every(each => !isThere(each))) platform.unlink(path)
  } finally {
    file.close()
  }
}

/** The paths that were written down and not taken back. An entry without its end was never made. */
function read(file: PlatformFile, size: number): Path[] {
  const bytes = Buffer.alloc(size)
  for (let done = 0, count; (count = file.read(bytes.subarray(done), done)) > 0;) done += count
  const paths = new Map<string, Path>()
  for (let at = 0, end; (end = bytes.indexOf(0, at)) !== -1; at = end + 1) {
    const path = bytes.subarray(at + 1, end)
    const key = path.toString('latin1')
    if (bytes[at] === PLUS) paths.set(key, toName(path))
    else paths.delete(key)
  }
  return [...paths.values()]
}
const PLUS = 0x2b

let isArmed = false

function armExit(): void {
  if (isArmed) return
  isArmed = true
  process.on('exit', () => ledger.clean())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, function die() {
      if (process.listenerCount(signal) > 1) return   // the program has its own plans
      ledger.clean()
      process.removeListener(signal, die)
      process.kill(process.pid, signal)
    })
  }
}

export interface TemporaryOptions {
  /** The folder it is made in. Default `tempdir()`. */
  parent?: Path | undefined
  /** What the name begins with. Default `'fcs_'`. It is put in front as it is, slashes and all. */
  prefix?: string | undefined
  /** What the name ends with. Default nothing. */
  suffix?: string | undefined
  /** Default true: removed at the end of the process. */
  cleanup?: boolean | undefined
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const TRIES = 100

function candidate({ parent = tempdir(), prefix = 'fcs_', suffix = '' }: TemporaryOptions, letters: number): Path {
  const random = Array.from({ length: letters }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return join(parent, prefix + random + suffix)
}

/** Makes `path` with `make` under a name that was free. */
function create<T>(options: TemporaryOptions, make: (path: Path) => T): { path: Path, made: T } {
  for (let i = 1; ; i++) {
    const path = candidate(options, 6)
    try {
      const made = make(path)
      if (options.cleanup ?? true) ledger.add(path)
      return { path, made }
    } catch (error) {
      if (!is(error, 'EEXIST') || i === TRIES) throw error
    }
  }
}

/** A path that nobody has now; whatever is made there is removed at the end. ENOENT, ENOTDIR if there is no such folder. */
export function tempname(options: TemporaryOptions = {}): Path {
  const { parent = tempdir(), cleanup = true } = options
  if (platform.stat(parent).type !== 'directory') throw new SystemError('ENOTDIR', 'tempname', { path: parent })
  for (;;) {
    const path = candidate(options, 10)
    if (isThere(path)) continue
    if (cleanup) ledger.add(path)
    return path
  }
}

/** Creates a file and opens it for reading and writing; with `use`, removes it when `use` is done. */
export function mktemp(options?: TemporaryOptions): { path: Path, file: FileHandle }
export function mktemp<T>(use: (path: Path, file: FileHandle) => T, options?: TemporaryOptions): T
export function mktemp<T>(
  first: TemporaryOptions | ((path: Path, file: FileHandle) => T) = {}, options: TemporaryOptions = {},
): { path: Path, file: FileHandle } | T {
  const use = typeof first === 'function' ? first : undefined
  const how = { read: true, write: true, exclusive: true, mode: 0o600 }
  const { path, made } = create(typeof first === 'function' ? options : first, path =>
    new FileHandle(platform.open(path, how), path, how))
  if (use === undefined) return { path, file: made }
  return during(() => use(path, made), () => {
    made.close()
    discard(path)
  })
}

/** Creates a folder and returns its path; with `use`, removes the tree when `use` is done. */
export function mktempdir(options?: TemporaryOptions): Path
export function mktempdir<T>(use: (path: Path) => T, options?: TemporaryOptions): T
export function mktempdir<T>(
  first: TemporaryOptions | ((path: Path) => T) = {}, options: TemporaryOptions = {},
): Path | T {
  const use = typeof first === 'function' ? first : undefined
  const { path } = create(typeof first === 'function' ? options : first, path => platform.mkdir(path, 0o700))
  return use === undefined ? path : during(() => use(path), () => discard(path))
}

/** What could not be removed now is tried again at the exit. */
function discard(path: Path): void {
  if (remove(path)) ledger.delete(path)
  else ledger.add(path)
}

function during<T>(use: () => T, done: () => void): T {
  let result: T
  try {
    result = use()
  } catch (error) {
    done()
    throw error
  }
  if (result instanceof Promise) return result.finally(done) as T
  done()
  return result
}
