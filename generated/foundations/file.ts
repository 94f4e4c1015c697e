// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import { constants } from 'node:fs'
import { bind, SystemError, type Path } from './kernel.ts'

export const {
  O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC,
  O_APPEND, O_NONBLOCK, O_NOFOLLOW, O_DIRECTORY,
} = constants
/** Only names the file: for `stat` and as the folder of a later call, without leave to read it. */
export const O_PATH = 0o10000000
/** A file without a name in the folder that the path names. */
export const O_TMPFILE = 0o20000000 | O_DIRECTORY
/** Closed in a program that we start. `open` adds it by itself. */
export const O_CLOEXEC = 0o2000000

const openCall = bind('int open(const char *path, int flags, mode_t mode)')
const openatCall = bind('int openat(int dirfd, const char *path, int flags, mode_t mode)')

/**
 * Opens a file: open(2). `mode` is for a file that the call creates, and the umask still cuts it.
 * With `at`, a relative path starts at that open folder. Fails as the manual page says: ENOENT,
 * EEXIST, EACCES, ELOOP (O_NOFOLLOW), …
 */
export function open(path: Path, flags = O_RDONLY, mode = 0o666, at?: OpenFile): OpenFile {
  // `flags | O_CLOEXEC` would cut flags to 32 bits, before anybody could refuse them.
  const how = flags & O_CLOEXEC ? flags : flags + O_CLOEXEC
  return new OpenFile(at === undefined
    ? openCall(path, how, mode)
    : openatCall(at.fd, path, how, mode))
}

/** An open file description, and the only holder of its descriptor. */
export class OpenFile {
  #fd: number

  /** Takes over a descriptor that a call has just returned. */
  constructor(fd: number) {
    this.#fd = fd
  }

  /** The descriptor, for a call that is made at once; −1 after `close`. Do not keep it. */
  get fd(): number {
    return this.#fd
  }

  /** The same, by the name that it has on every platform. */
  get handle(): number {
    return this.#fd
  }

  // close once, and forget the number first
  /**
   * Lets go. A second time does nothing. Throws what close(2) reports: EIO, and on NFS ENOSPC or
   * EDQUOT.
   */
  close(): void {
    const fd = this.#fd
    this.#fd = -1
    try {
      if (fd !== -1) closeCall(fd)
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EINTR')) throw error
    }
  }
  // read, and read all
  /**
   * Reads up to `buffer.length` bytes, at `position` or where the last read ended; returns how many.
   * 0 is the end.
   */
  read(buffer: Uint8Array, position?: number): number {
    return position === undefined
      ? readCall(this.#fd, buffer, buffer.length)
      : preadCall(this.#fd, buffer, buffer.length, position)
  }

  /** Reads from where the last read ended to the end of the file. */
  readAll(): Buffer {
    const pieces: Buffer[] = []
    for (let expected = this.stat().size; ; expected = 0) {
      const piece = Buffer.allocUnsafe(Math.max(expected + 1, 4096))
      const count = this.read(piece)
      if (count === 0) return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
      pieces.push(piece.subarray(0, count))
    }
  }
  // write, and write all
  /**
   * Writes up to all of `bytes`, at `position` or at the offset of the open file; returns how many.
   */
  write(bytes: Uint8Array, position?: number): number {
    return position === undefined
      ? writeCall(this.#fd, bytes, bytes.length)
      : pwriteCall(this.#fd, bytes, bytes.length, position)
  }

  /** Writes all of `bytes`. If it throws (ENOSPC, EIO), part of them may be in the file. */
  writeAll(bytes: Uint8Array, position?: number): void {
    for (let done = 0; done < bytes.length;) {
      const at = position === undefined ? undefined : position + done
      const count = this.write(bytes.subarray(done), at)
      if (count === 0) {
        throw new SystemError('EIO', 'write', { hint: 'the file took none of the bytes' })
      }
      done += count
    }
  }
  // pass the rest on to the kernel
  /** Waits until bytes and metadata are on the disk: fsync(2). On a folder: until its names are. */
  sync(): void { fsyncCall(this.#fd) }

  /** Like `sync`, but leaves out metadata that reading does not need, such as times: fdatasync(2). */
  datasync(): void { fdatasyncCall(this.#fd) }

  /** Cuts the file, or lengthens it with zeros: ftruncate(2). */
  truncate(size: number): void { ftruncateCall(this.#fd, size) }

  /** Sets the permission bits, whatever the umask says: fchmod(2). */
  chmod(mode: number): void { fchmodCall(this.#fd, mode) }

  /** What the kernel knows of the file. */
  stat(): Stat { return statAt(this.#fd, '', AT_EMPTY_PATH) }

  /** A second descriptor of the same open file: one offset, one lock, two times `close`. */
  duplicate(): OpenFile { return new OpenFile(fcntlCall(this.#fd, F_DUPFD_CLOEXEC, null)) }
  // set the place, the owner and the times
  /** Where the next `read` or `write` without a position begins; returns it: lseek(2). */
  seek(offset: number, from: keyof typeof WHENCE = 'start'): number {
    return lseekCall(this.#fd, offset, WHENCE[from])
  }

  /** Gives the file away; −1 leaves owner or group as they are: fchown(2). */
  chown(uid: number, gid: number): void { fchownCall(this.#fd, idOf(uid), idOf(gid)) }

  /** Sets the times in nanoseconds since 1970, as exactly as the filesystem keeps them: futimens(3). */
  setTimes(times: Times): void { futimensCall(this.#fd, timespecs(times)) }
  // lock and unlock
  /**
   * Takes the lock on `length` bytes from `start` on, by default on the whole file, unless another
   * open file holds a lock in there. Exclusive locks need a file open for writing.
   */
  tryLock(options: LockOptions = {}): boolean {
    try {
      fcntlCall(this.#fd, F_OFD_SETLK, flock(options.shared ? F_RDLCK : F_WRLCK, options))
      return true
    } catch (error) {
      if (error instanceof SystemError && ['EAGAIN', 'EACCES'].includes(error.code)) return false
      throw error
    }
  }

  /** Gives the lock back, or a part of it. Closing the last descriptor does it as well. */
  unlock(range: LockRange = {}): void { fcntlCall(this.#fd, F_OFD_SETLK, flock(F_UNLCK, range)) }

  /**
   * Whether an open file other than this one holds a lock that would refuse ours. Works on a file
   * open for reading.
   */
  isLocked(options: LockOptions = {}): boolean {
    const found = flock(options.shared ? F_RDLCK : F_WRLCK, options)
    fcntlCall(this.#fd, F_OFD_GETLK, found)
    return found[0] !== F_UNLCK
  }
}

/** Nanoseconds since 1970, or `'now'`. What is left out stays as it is. */
export interface Times { atimeNs?: bigint | 'now' | undefined, mtimeNs?: bigint | 'now' | undefined }

const [UTIME_NOW, UTIME_OMIT] = [0x3fffffff, 0x3ffffffe]

/** Two of struct timespec, as futimens(3) and utimensat(2) want them: seconds, then nanoseconds. */
export function timespecs({ atimeNs, mtimeNs }: Times): Uint8Array {
  const specs = new BigInt64Array(4)
  for (const [i, time] of [atimeNs, mtimeNs].entries()) {
    if (typeof time === 'bigint') {
      const nanoseconds = (time % SECOND + SECOND) % SECOND   // before 1970, too
      specs[2 * i] = (time - nanoseconds) / SECOND
      specs[2 * i + 1] = nanoseconds
    } else {
      specs[2 * i + 1] = BigInt(time === 'now' ? UTIME_NOW : UTIME_OMIT)
    }
  }
  return new Uint8Array(specs.buffer)
}
const SECOND = 1_000_000_000n

const WHENCE = { start: 0, current: 1, end: 2 } as const
const UNCHANGED = 2 ** 32 - 1

/** A user or group as chown(2) takes it, where −1 is no user but *as it is*. */
export const idOf = (id: number) => id === -1 ? UNCHANGED : id

const closeCall = bind('int close(int fd)', { retry: false })
const readCall = bind('ssize_t read(int fd, void *buffer, size_t count)')
const preadCall = bind('ssize_t pread(int fd, void *buffer, size_t count, off_t offset)')
const writeCall = bind('ssize_t write(int fd, const void *bytes, size_t count)')
const pwriteCall = bind('ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)')
const fsyncCall = bind('int fsync(int fd)')
const fdatasyncCall = bind('int fdatasync(int fd)')
const ftruncateCall = bind('int ftruncate(int fd, off_t length)')
const fchmodCall = bind('int fchmod(int fd, mode_t mode)')
const lseekCall = bind('off_t lseek(int fd, off_t offset, int whence)')
const fchownCall = bind('int fchown(int fd, unsigned int owner, unsigned int group)')
const futimensCall = bind('int futimens(int fd, const void *times)')
const fcntlCall = bind('int fcntl(int fd, int command, void *argument)')
const F_DUPFD_CLOEXEC = 1030

const TYPES = {
  1: 'fifo', 2: 'character device', 4: 'directory', 6: 'block device',
  8: 'file', 10: 'symlink', 12: 'socket',
} as const
export type FileType = typeof TYPES[keyof typeof TYPES] | 'unknown'

/**
 * The type by its number, which is the same in a mode (shifted by 12) and in a folder's entries.
 */
export function typeOf(number: number): FileType {
  return TYPES[number as keyof typeof TYPES] ?? 'unknown'
}

/**
 * `size` is in bytes, `blocks` in units of 512 bytes, times are nanoseconds since 1970. `rdev` is
 * the device that a device file stands for, and `blockSize` what the filesystem likes to be read by.
 */
export interface Stat {
  type: FileType, mode: number, nlink: number, uid: number, gid: number
  dev: number, ino: bigint, rdev: number, size: number, blocks: number, blockSize: number
  atimeNs: bigint, mtimeNs: bigint, ctimeNs: bigint, birthtimeNs: bigint | null
}

const STATX = 'int statx(int dirfd, const char *path, int flags, unsigned int mask, void *statx)'
const statxCall = bind(STATX)
const statxIfThere = bind(STATX, { expected: ['ENOENT', 'ENOTDIR'] })
const [AT_FDCWD, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW] = [-100, 0x1000, 0x100]
const [STATX_BASIC_STATS, STATX_BTIME] = [0x7ff, 0x800]
const WANTED = STATX_BASIC_STATS | STATX_BTIME
const struct = new DataView(new ArrayBuffer(256))
const structBytes = new Uint8Array(struct.buffer)

/**
 * What the kernel knows of the file with this name: statx(2). Without `follow`, of the symbolic
 * link itself.
 */
export function stat(path: Path, { follow = true, at }: StatOptions = {}): Stat {
  return statAt(at?.fd ?? AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW)
}

/** With `at`, a relative path starts at that open folder. */
export interface StatOptions { follow?: boolean, at?: OpenFile | undefined }

/** As `stat`, but null where there is no such file: ENOENT, or ENOTDIR on the way to it. */
export function statIfThere(path: Path, { follow = true, at }: StatOptions = {}): Stat | null {
  const flags = follow ? 0 : AT_SYMLINK_NOFOLLOW
  const answer = statxIfThere(at?.fd ?? AT_FDCWD, path, flags, WANTED, structBytes)
  return answer < 0 ? null : filled()
}

function statAt(fd: number, path: Path, flags: number): Stat {
  statxCall(fd, path, flags, WANTED, structBytes)
  return filled()
}

/** The struct as the last call filled it. */
function filled(): Stat {
  const hasBirth = (u32(0) & STATX_BTIME) !== 0
  const mode = struct.getUint16(28, true)
  return {
    type: typeOf(mode >> 12), mode, nlink: u32(16), uid: u32(20), gid: u32(24),
    dev: device(u32(136), u32(140)), ino: u64(32), rdev: device(u32(128), u32(132)),
    size: Number(u64(40)), blocks: Number(u64(48)), blockSize: u32(4),
    atimeNs: timeNs(64), mtimeNs: timeNs(112), ctimeNs: timeNs(96),
    birthtimeNs: hasBirth ? timeNs(80) : null,
  }
}

/** Whether the name leads to this open file now. False if it leads to another one, or nowhere. */
export function leadsTo(path: Path, file: OpenFile, { follow = true } = {}): boolean {
  statxCall(file.fd, '', AT_EMPTY_PATH, STATX_INO, structBytes)
  const [low, high, major, minor] = [u32(32), u32(36), u32(136), u32(140)]
  const flags = follow ? 0 : AT_SYMLINK_NOFOLLOW
  if (statxIfThere(AT_FDCWD, path, flags, STATX_INO, structBytes) < 0) return false
  return u32(32) === low && u32(36) === high && u32(136) === major && u32(140) === minor
}
const STATX_INO = 0x100

/** Major and minor number in one, as makedev(3) packs them. */
const device = (major: number, minor: number) =>
  (major << 8 | minor & 0xff | (minor & ~0xff) << 12) >>> 0
const u32 = (offset: number) => struct.getUint32(offset, true)
const u64 = (offset: number) => struct.getBigUint64(offset, true)
const timeNs = (offset: number) =>
  struct.getBigInt64(offset, true) * 1_000_000_000n + BigInt(u32(offset + 8))

const [F_OFD_GETLK, F_OFD_SETLK, F_RDLCK, F_WRLCK, F_UNLCK] = [36, 37, 0, 1, 2]

/** Bytes of the file, which need not be there. Without a length: to the end, wherever it will be. */
export interface LockRange { start?: number | undefined, length?: number | undefined }
export interface LockOptions extends LockRange { shared?: boolean | undefined }

/** struct flock: type and whence (0: from the start) as shorts, start at 8, length at 16, pid. */
function flock(type: number, { start = 0, length }: LockRange): Uint8Array {
  const last = start + (length ?? 1) - 1
  if (!(last >= start && start >= 0 && Number.isSafeInteger(start) && Number.isSafeInteger(last))) {
    throw new RangeError(`no lock covers ${length} bytes from ${start} on`)
  }
  const struct = Buffer.allocUnsafe(32)   // from Node's pool: a tenth of the price of an ArrayBuffer
  struct.writeUInt32LE(type, 0)
  struct.writeUInt32LE(0, 4)
  put(struct, 8, start)
  put(struct, 16, length ?? 0)
  put(struct, 24, 0)
  return struct
}

function put(struct: Buffer, offset: number, value: number): void {
  struct.writeUInt32LE(value % 2 ** 32, offset)
  struct.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4)
}
