// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { homedir, tmpdir } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import {
  idOf, open, stat, statIfThere, timespecs, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW,
  O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, OpenFile, type Times,
} from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import {
  Folder, link, list, mkdir, readlink, rename, renameNoReplace, rmdir, symlink, toName, unlink,
  type Entry,
} from '../foundations/name.ts'
import { atomicWrite } from '../patterns/atomic-write.ts'
import { stored } from '../primitives/regular-file.ts'
import type {
  DiskStat, Follow, OpenOptions, Platform, PlatformFile, PlatformFolder,
} from './platform.ts'

/** The flags of open(2) for these options. */
export function flagsOf(options: OpenOptions): number {
  const { append = false, create = false, exclusive = false, truncate = false } = options
  const { write = append, read = !write } = options
  return (write ? read ? O_RDWR : O_WRONLY : O_RDONLY)
    | (append ? O_APPEND : 0)
    | (create || exclusive ? O_CREAT : 0)
    | (exclusive ? O_EXCL : 0)
    | (truncate ? O_TRUNC : 0)
    | (options.follow === false ? O_NOFOLLOW : 0)
    | (options.directory === true ? O_DIRECTORY : 0)
    | (options.nonblocking === true ? O_NONBLOCK : 0)
}

/** This kernel's `Platform`. Its open files are the foundations' own. */
export const linux = {
  name: 'linux',
  // open, stat and list as the foundations do
  open: (path: Path, options: OpenOptions = {}): OpenFile => isShort(path)
    ? open(path, flagsOf(options), options.mode)
    : within(path, short => open(short, flagsOf(options), options.mode)),
  stat: (path: Path, options?: Follow) => isShort(path)
    ? stat(path, options as { follow?: boolean })
    : within(path, short => stat(short, options as { follow?: boolean })),
  statIfThere: (path: Path, options?: Follow) =>
    within(path, short => statIfThere(short, options as { follow?: boolean })),
  isMount: (path: Path) => within(path, isMount),
  list: (folder: Path) => isShort(folder) ? list(folder) : listWithin(folder),
  folder: (path: Path, { follow = true }: Follow = {}) =>
    within(path, short => new LinuxFolder(new Folder(short, { follow }))),
  readlink: (path: Path) => within(path, readlink),
  realpath: (path: Path) => within(path, short =>
    bufferCall(buffer => realpathCall(short, buffer), 'realpath', short)),
  diskstat: (path: Path) => within(path, diskstat),
  // set mode, owner and times by name
  chmod: (path: Path, mode: number, how: Follow = {}) => {
    within(path, short => fchmodatCall(AT_FDCWD, short, mode, flagOf(how)))
  },
  chown: (path: Path, uid: number, gid: number, how: Follow = {}) => {
    within(path, short => fchownatCall(AT_FDCWD, short, idOf(uid), idOf(gid), flagOf(how)))
  },
  setTimes: (path: Path, times: Times, how: Follow = {}) => {
    within(path, short => utimensatCall(AT_FDCWD, short, timespecs(times), flagOf(how)))
  },
  // pass names on
  mkdir: (path: Path, mode?: number) => within(path, short => mkdir(short, mode)),
  rmdir: (path: Path) => within(path, rmdir),
  unlink: (path: Path) => within(path, unlink),
  rename: (source: Path, target: Path, { replace = true }: { replace?: boolean | undefined } = {}) =>
    within(source, from => within(target, to =>
      replace ? rename(from, to) : renameNoReplace(from, to))),
  link: (source: Path, target: Path) => within(source, from => within(target, to => link(from, to))),
  symlink: (text: Path, path: Path) => within(path, short => symlink(text, short)),
  replace: atomicWrite,
  // copy with copy_file_range
  copyRange(from: PlatformFile, to: PlatformFile, length: number): number {
    try {
      const count = copyCall(from.handle, null, to.handle, null, length, 0)
      if (count > 0) return count
    } catch (error) {
      if (!is(error, 'EXDEV', 'EINVAL', 'EBADF', 'ENOSYS', 'ENOTSUP', 'EPERM')) throw error
    }
    return copyThrough(from, to, length)
  },
  stored,   // of the regular file, in the catalog
  clone(from: PlatformFile, to: PlatformFile): boolean {
    try {
      ioctlCall(to.handle, FICLONE, from.handle)
      return true
    } catch (error) {
      if (is(error, 'EXDEV', 'EINVAL', 'ENOTSUP', 'ENOTTY', 'EPERM')) return false
      throw error
    }
  },
  // ask where we are
  cwd: () => bufferCall(buffer => getcwdCall(buffer, buffer.length), 'getcwd'),
  chdir(to: Path | PlatformFile) {
    if (!isMainThread) {
      const hint = 'the folder belongs to all threads, and only the main one may change it'
      throw new SystemError('ENOTSUP', 'chdir', { hint })
    }
    if (typeof to === 'string' || to instanceof Uint8Array) within(to, chdirCall)
    else fchdirCall(to.handle)
    process.chdir('.')
  },
  adopt: (handle: number): OpenFile => new OpenFile(handle),
  tmpdir,
  homedir,
} satisfies Platform

const AT_FDCWD = -100
const [AT_SYMLINK_NOFOLLOW, FICLONE] = [0x100, 0x40049409]
const flagOf = ({ follow = true }: Follow) => follow ? 0 : AT_SYMLINK_NOFOLLOW
const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

const fchmodatCall = bind('int fchmodat(int dirfd, const char *path, mode_t mode, int flags)')
const fchownatCall = bind(
  'int fchownat(int dirfd, const char *path, unsigned int owner, unsigned int group, int flags)')
const utimensatCall = bind(
  'int utimensat(int dirfd, const char *path, const void *times, int flags)')
const copyCall = bind(
  'ssize_t copy_file_range(int from, void *a, int to, void *b, size_t length, unsigned int flags)')
const ioctlCall = bind('int ioctl(int fd, unsigned int request, int source)')
const chdirCall = bind('int chdir(const char *path)')
const fchdirCall = bind('int fchdir(int fd)')
const statfsCall = bind('int statfs(const char *path, void *buffer)')
// These two return a pointer, and null where they fail.
const realpathCall = bind('ssize_t realpath(const char *path, void *buffer)')
const getcwdCall = bind('ssize_t getcwd(void *buffer, size_t size)')

function bufferCall(call: (buffer: Buffer) => number, syscall: string, path?: Path): Path {
  const buffer = Buffer.allocUnsafe(PATH_MAX)
  if (call(buffer) === 0) throw new SystemError(-koffi.errno(), syscall, { path })
  return toName(buffer.subarray(0, buffer.indexOf(0)))
}
const PATH_MAX = 4096

function copyThrough(from: PlatformFile, to: PlatformFile, length: number): number {
  const buffer = Buffer.allocUnsafe(Math.min(length, 65_536))
  const count = from.read(buffer)
  for (let done = 0; done < count;) done += to.write(buffer.subarray(done, count))
  return count
}

class LinuxFolder implements PlatformFolder {
  readonly #folder: Folder
  constructor(folder: Folder) { this.#folder = folder }

  read() { return this.#folder.read() }
  folder(name: Path) { return new LinuxFolder(this.#folder.folder(name)) }
  open(name: Path, options: OpenOptions = {}) {
    return this.#folder.open(name, flagsOf({ ...options, follow: false }), options.mode)
  }
  stat(name: Path = '') { return name === '' ? this.#folder.file.stat() : this.#folder.stat(name) }
  readlink(name: Path) { return this.#folder.readlink(name) }
  mkdir(name: Path, mode?: number) { this.#folder.mkdir(name, mode) }
  mkfifo(name: Path, mode?: number) { this.#folder.mkfifo(name, mode) }
  symlink(text: Path, name: Path) { this.#folder.symlink(text, name) }
  link(from: PlatformFolder, source: Path, name: Path) {
    this.#folder.link((from as LinuxFolder).#folder, source, name)
  }
  rmdir(name: Path) { this.#folder.rmdir(name) }
  unlink(name: Path) { this.#folder.unlink(name) }
  rename(source: Path, target: Path, { replace = true }: { replace?: boolean | undefined } = {}) {
    this.#folder.rename(source, target, replace)
  }
  // change the open folder itself where there is no name
  chmod(name: Path, mode: number) {
    if (name === '') this.#folder.file.chmod(mode)
    else this.#folder.chmod(name, mode)
  }
  chown(name: Path, uid: number, gid: number) {
    if (name === '') this.#folder.file.chown(uid, gid)
    else this.#folder.chown(name, uid, gid)
  }
  setTimes(name: Path, times: Times) {
    if (name === '') this.#folder.file.setTimes(times)
    else this.#folder.setTimes(name, times)
  }
  close() { this.#folder.close() }
}

function isMount(path: Path): boolean {
  statxCall(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, struct)
  return (struct.readUInt32LE(8) & STATX_ATTR_MOUNT_ROOT) !== 0
}
const statxCall = bind(
  'int statx(int dirfd, const char *path, int flags, unsigned int mask, void *statx)')
const STATX_ATTR_MOUNT_ROOT = 0x2000
const struct = Buffer.alloc(256)

function diskstat(path: Path): DiskStat {
  statfsCall(path, struct)   // struct statfs has 120 bytes
  const word = (index: number) => Number(struct.readBigUInt64LE(index * 8))
  const unit = word(9)   // f_frsize, in which the counts are
  return {
    type: FILESYSTEMS[word(0)] ?? `0x${word(0).toString(16)}`, blockSize: word(1),
    total: word(2) * unit, free: word(3) * unit, available: word(4) * unit,
    files: word(5), filesFree: word(6),
  }
}

const FILESYSTEMS: Record<number, string> = {
  0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x01021994: 'tmpfs',
  0x794c7630: 'overlay', 0x9fa0: 'proc', 0x62656572: 'sysfs', 0x6969: 'nfs', 0x65735546: 'fuse',
  0x4d44: 'vfat', 0x2011bab0: 'exfat', 0x73717368: 'squashfs', 0x01021997: '9p', 0xff534d42: 'cifs',
}

/**
 * A character of a string is at most three bytes, so most paths are known to be short at once. What
 * is no path is short as well: the door refuses it.
 */
const isShort = (path: Path) =>
  !(path?.length >= PATH_MAX / 3) || Buffer.byteLength(path as string) < PATH_MAX

/** Calls `use` with a path that the kernel takes, however long `path` is. */
function within<T>(path: Path, use: (short: Path) => T): T {
  if (isShort(path)) return use(path)
  const { folder, rest } = descend(path)
  const start = `/proc/self/fd/${folder?.fd}/`
  try {
    return use(folder === undefined ? rest : Buffer.concat([Buffer.from(start), rest]))
  } catch (error) {
    // give the error the caller's path
    if (!(error instanceof SystemError)) throw error
    const named = (text?: string) => text?.startsWith(start) ? path : text
    const { path: first, dest, hint } = error
    throw new SystemError(error.errno, error.syscall, { path: named(first), dest: named(dest), hint })
  } finally {
    folder?.close()
  }
}

/** Opens folder after folder of a long path until the rest is short. */
function descend(path: Path): { folder: OpenFile | undefined, rest: Buffer } {
  let rest = Buffer.from(path)
  let folder: OpenFile | undefined
  try {
    while (rest.length > PIECE) {
      const slash = rest.lastIndexOf(SLASH, PIECE)
      if (slash <= 0) break
      const next = open(rest.subarray(0, slash), O_PATH | O_DIRECTORY, 0, folder)
      folder?.close()
      folder = next
      rest = rest.subarray(slash)
      while (rest[0] === SLASH) rest = rest.subarray(1)
    }
    return { folder, rest }
  } catch (error) {
    folder?.close()
    if (!(error instanceof SystemError)) throw error
    throw new SystemError(error.errno, error.syscall, { path })
  }
}
const [SLASH, PIECE] = [0x2f, 4000]

function* listWithin(path: Path): Generator<Entry, void, undefined> {
  const { folder, rest } = descend(path)
  try {
    yield* list(Buffer.concat([Buffer.from(`/proc/self/fd/${folder?.fd}/`), rest]))
  } finally {
    folder?.close()
  }
}
