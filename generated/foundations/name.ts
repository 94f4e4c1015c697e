// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import { isUtf8 } from 'node:buffer'
import { win32 } from 'node:path'
import {
  idOf, open, O_DIRECTORY, O_NOFOLLOW, OpenFile, stat, timespecs, typeOf,
  type FileType, type Stat, type Times,
} from './file.ts'
import { bind, SystemError, type Path } from './kernel.ts'

const AT_FDCWD = -100

const linkCall = bind('int link(const char *source, const char *target)')
const linkatCall = bind(
  'int linkat(int from, const char *source, int to, const char *target, int flags)')
const AT_SYMLINK_FOLLOW = 0x400

/**
 * Gives a file one more name: link(2). EEXIST if the name is taken, EXDEV on another filesystem.
 * With an open file, also one that has no name yet (O_TMPFILE): this form needs /proc, and is
 * ENOENT when the file had names and lost the last.
 */
export function link(source: Path | OpenFile, target: Path): void {
  if (source instanceof OpenFile) {
    linkatCall(AT_FDCWD, `/proc/self/fd/${source.fd}`, AT_FDCWD, target, AT_SYMLINK_FOLLOW)
  } else {
    linkCall(source, target)
  }
}

const unlinkCall = bind('int unlink(const char *path)')
const renameCall = bind('int rename(const char *source, const char *target)')
const renameCallIfThere = bind(
  'int rename(const char *source, const char *target)', { expected: ['ENOENT'] })
const renameat2Call = bind(
  'int renameat2(int from, const char *source, int to, const char *target, unsigned int flags)')
const [RENAME_NOREPLACE, RENAME_EXCHANGE] = [1, 2]

/**
 * Takes a name away: unlink(2). The file goes with its last name and its last open file. EISDIR for
 * a folder.
 */
export function unlink(path: Path): void { unlinkCall(path) }

/**
 * Gives the file the name `target` and takes `source` away, in one step. Who had the name `target`
 * loses it.
 */
export function rename(source: Path, target: Path): void { renameCall(source, target) }

/** As `rename`, but false where there is no `source`, or no folder for `target`: ENOENT. */
export function renameIfThere(source: Path, target: Path): boolean {
  return renameCallIfThere(source, target) >= 0
}

/**
 * As `rename`, but EEXIST if `target` is taken: renameat2(2). EINVAL where the filesystem cannot.
 */
export function renameNoReplace(source: Path, target: Path): void {
  renameat2Call(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE)
}

/** Swaps two names in one step; both must exist. EINVAL where the filesystem cannot. */
export function exchange(source: Path, target: Path): void {
  renameat2Call(AT_FDCWD, source, AT_FDCWD, target, RENAME_EXCHANGE)
}

const mkdirCall = bind('int mkdir(const char *path, mode_t mode)')
const rmdirCall = bind('int rmdir(const char *path)')
const mkfifoCall = bind('int mkfifo(const char *path, mode_t mode)')
const symlinkCall = bind('int symlink(const char *text, const char *path)')
const readlinkCall = bind('ssize_t readlink(const char *path, void *buffer, size_t size)')
const PATH_MAX = 4096

/** Creates a folder: mkdir(2). EEXIST if the name is taken, by whatever. */
export function mkdir(path: Path, mode = 0o777): void { mkdirCall(path, mode) }

/** Removes an empty folder: rmdir(2). ENOTEMPTY otherwise. */
export function rmdir(path: Path): void { rmdirCall(path) }

/** Creates a FIFO: mkfifo(3). */
export function mkfifo(path: Path, mode = 0o666): void { mkfifoCall(path, mode) }

/**
 * Creates a symbolic link that holds `text`, which need not be the path of anything: symlink(2).
 */
export function symlink(text: Path, path: Path): void { symlinkCall(text, path) }

/** The text of a symbolic link: readlink(2). EINVAL if `path` is something else. */
export function readlink(path: Path): Path {
  const buffer = Buffer.allocUnsafe(PATH_MAX)
  return toName(buffer.subarray(0, readlinkCall(path, buffer, PATH_MAX)))
}

const getdentsCall = bind('ssize_t getdents64(int fd, void *buffer, size_t size)')

/**
 * A name in a folder. `type` may be 'unknown': that filesystem keeps it with the file, and `stat`
 * tells.
 */
export interface Entry { name: Path, type: FileType, ino: bigint }

/** The names in a folder, in the filesystem's own order, without `.` and `..`. */
export function* list(folder: Path): Generator<Entry, void, undefined> {
  const file = open(folder, O_DIRECTORY)
  try {
    const buffer = Buffer.allocUnsafeSlow(32_768)
    for (let size; (size = getdentsCall(file.fd, buffer, buffer.length)) > 0;) {
      yield* entries(buffer.subarray(0, size))
    }
  } finally {
    file.close()
  }
}

/**
 * struct linux_dirent64: ino (8), offset (8), length of the record (2), type (1), the name up to a
 * NUL.
 */
function* entries(records: Buffer): Generator<Entry, void, undefined> {
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + 16)) {
    const name = records.subarray(at + 19, records.indexOf(0, at + 19))
    if (name.equals(DOT) || name.equals(DOT_DOT)) continue
    yield { name: toName(name), type: typeOf(records[at + 18]!), ino: records.readBigUInt64LE(at) }
  }
}

const [DOT, DOT_DOT] = [Buffer.from('.'), Buffer.from('..')]

/**
 * A name as a string if it is one, otherwise its bytes, in a copy that outlives the buffer (P3).
 */
export function toName(bytes: Buffer): Path {
  return isUtf8(bytes) ? bytes.toString() : Uint8Array.from(bytes)
}

/** Names as one read of a folder gave them; `types[i]` belongs to `names[i]`. */
export interface Names { names: Path[], types: FileType[] }

/**
 * An open folder. Names are looked up in it, wherever it is by then, and symbolic links are never
 * followed, but by `open` without O_NOFOLLOW.
 */
export class Folder {
  readonly file: OpenFile

  /** ENOTDIR if it is no folder; a symbolic link is none unless `follow`. `at`: a name in that one. */
  constructor(path: Path, { follow = true, at }: { follow?: boolean, at?: Folder | undefined } = {}) {
    this.file = open(path, follow ? O_DIRECTORY : O_DIRECTORY | O_NOFOLLOW, 0, at?.file)
  }

  // read the names, as many as one call gives
  /**
   * The next names, without `.` and `..`; null at the end. Holds no more than 32 KiB, but a name that
   * is kept may keep those that came with it. What came after the folder was opened may be missing:
   * btrfs since Linux 6.5 gives the names of that moment. `folder('.')` opens it anew.
   */
  read(): Names | null {
    for (;;) {
      const size = this.#getdents()
      if (size === 0) return null
      const found = namesIn(size)
      if (found.names.length > 0) return found
    }
  }

  #getdents(): number {
    try {
      return getdentsCall(this.file.fd, RECORDS, RECORDS.length)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOENT') return 0   // removed meanwhile
      throw error
    }
  }
  // look each name up in this folder
  folder(name: Path): Folder { return new Folder(name, { follow: false, at: this }) }
  open(name: Path, flags: number, mode = 0o666): OpenFile { return open(name, flags, mode, this.file) }
  stat(name: Path): Stat { return stat(name, { follow: false, at: this.file }) }
  mkdir(name: Path, mode = 0o777): void { mkdiratCall(this.file.fd, name, mode) }
  mkfifo(name: Path, mode = 0o666): void { mkfifoatCall(this.file.fd, name, mode) }
  symlink(text: Path, name: Path): void { symlinkatCall(text, this.file.fd, name) }
  unlink(name: Path): void { unlinkatCall(this.file.fd, name, 0) }
  /** Both names are in this folder. Without `replace`, EEXIST if `target` is taken. */
  rename(source: Path, target: Path, replace = true): void {
    const { fd } = this.file
    renameat2Call(fd, source, fd, target, replace ? 0 : RENAME_NOREPLACE)
  }
  rmdir(name: Path): void { unlinkatCall(this.file.fd, name, AT_REMOVEDIR) }
  readlink(name: Path): Path {
    const buffer = Buffer.allocUnsafe(PATH_MAX)
    return toName(buffer.subarray(0, readlinkatCall(this.file.fd, name, buffer, PATH_MAX)))
  }
  /** Gives the file that is called `source` in the folder `from` the name `name` in this one. */
  link(from: Folder, source: Path, name: Path): void {
    linkatCall(from.file.fd, source, this.file.fd, name, 0)
  }
  chmod(name: Path, mode: number): void {
    fchmodatCall(this.file.fd, name, mode, AT_SYMLINK_NOFOLLOW)
  }
  chown(name: Path, uid: number, gid: number): void {
    fchownatCall(this.file.fd, name, idOf(uid), idOf(gid), AT_SYMLINK_NOFOLLOW)
  }
  setTimes(name: Path, times: Times): void {
    utimensatCall(this.file.fd, name, timespecs(times), AT_SYMLINK_NOFOLLOW)
  }
  /** A second time does nothing. */
  close(): void { this.file.close() }
}

const RECORDS = Buffer.allocUnsafeSlow(32_768)
const LENGTHS = new Uint16Array(RECORDS.buffer)
const NAMES = Buffer.allocUnsafeSlow(RECORDS.length)

function namesIn(size: number): Names {
  const types: FileType[] = []
  let [end, bits] = [0, 0]
  for (let at = 0, next; at < size; at = next) {
    next = at + LENGTHS[at + 16 >> 1]!
    const start = at + 19
    if (RECORDS[start] === 0x2e && isDots(start)) continue
    types.push(typeOf(RECORDS[at + 18]!))
    for (let i = start, byte; (byte = RECORDS[i]!) !== 0; i++) {
      bits |= byte
      NAMES[end++] = byte
    }
    NAMES[end++] = SLASH   // no name has one
  }
  if (end === 0) return { names: [], types }
  const all = NAMES.toString('latin1', 0, end - 1).split('/')
  return { names: bits < 0x80 ? all : all.map(name => toName(Buffer.from(name, 'latin1'))), types }
}

const isDots = (start: number) => RECORDS[start + 1] === 0
  || RECORDS[start + 1] === 0x2e && RECORDS[start + 2] === 0

const [AT_SYMLINK_NOFOLLOW, AT_REMOVEDIR] = [0x100, 0x200]
const mkdiratCall = bind('int mkdirat(int at, const char *path, mode_t mode)')
const mkfifoatCall = bind('int mkfifoat(int at, const char *path, mode_t mode)')
const symlinkatCall = bind('int symlinkat(const char *text, int at, const char *path)')
const unlinkatCall = bind('int unlinkat(int at, const char *path, int flags)')
const readlinkatCall = bind(
  'ssize_t readlinkat(int at, const char *path, void *buffer, size_t size)')
const fchmodatCall = bind('int fchmodat(int at, const char *path, mode_t mode, int flags)')
const fchownatCall = bind(
  'int fchownat(int at, const char *path, unsigned int owner, unsigned int group, int flags)')
const utimensatCall = bind(
  'int utimensat(int at, const char *path, const void *times, int flags)')

/**
 * The folder that a path's last name stands in, and that name: '/a/b' is 'b' in '/a', and 'b' is
 * 'b' in '.'.
 */
export function split(path: Path): { folder: Path, name: Path } {
  if (process.platform === 'win32') {
    const text = typeof path === 'string' ? path : Buffer.from(path).toString()
    return { folder: win32.dirname(text), name: win32.basename(text) }
  }
  const bytes = Buffer.from(path)
  let end = bytes.length
  while (end > 1 && bytes[end - 1] === SLASH) end--
  const slash = bytes.lastIndexOf(SLASH, end - 1)
  const folder = slash === -1 ? DOT : bytes.subarray(0, Math.max(slash, 1))
  return { folder: toName(folder), name: toName(bytes.subarray(slash + 1, end)) }
}
const SLASH = 0x2f

/** The path of a name in a folder; bytes if one of them is. */
export function join(folder: Path, name: Path): Path {
  const slash = folder.length === 0 || [SLASH, '/'].includes(folder.at(-1)!) ? '' : '/'
  if (typeof folder === 'string' && typeof name === 'string') return folder + slash + name
  const parts = [folder, slash, name].map(part => Buffer.from(part as string))
  return toName(Buffer.concat(parts))
}
