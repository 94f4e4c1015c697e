// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import type { Stat, Times } from '../foundations/file.ts'
import type { Path } from '../foundations/kernel.ts'
import type { Entry, Names } from '../foundations/name.ts'
import type { AtomicWriteOptions, Written } from '../patterns/atomic-write.ts'

/** How to open a file. `read` is true by itself unless `write` or `append` is. */
export interface OpenOptions {
  read?: boolean | undefined
  write?: boolean | undefined
  /** Every write goes to the end, wherever that is by then. Means `write`. */
  append?: boolean | undefined
  /** Creates the file if there is none. */
  create?: boolean | undefined
  /** Creates the file; EEXIST if the name is taken, by a dangling symbolic link as well. */
  exclusive?: boolean | undefined
  /** Cuts an existing file to nothing. */
  truncate?: boolean | undefined
  /** Default true. False: ELOOP if the last name is a symbolic link. */
  follow?: boolean | undefined
  /** ENOTDIR unless it is a folder; for reading only, to sync it or to start from it. */
  directory?: boolean | undefined
  /** Does not wait where opening or reading would: a FIFO without a writer. */
  nonblocking?: boolean | undefined
  /** The permission bits of a file that the call creates; the umask cuts them. Default 0666. */
  mode?: number | undefined
}

/** The part of the file that a lock covers; without a length, to the end and beyond. */
export interface Range { start?: number | undefined, length?: number | undefined }

/** An open file. On Linux it is the foundations' `OpenFile`. After `close` every call is EBADF. */
export interface PlatformFile {
  /** The descriptor or HANDLE, for a call that is made at once; −1 after `close`. Do not keep it. */
  readonly handle: number
  /** Up to `buffer.length` bytes, at `position` or at the shared place; 0 is the end. */
  read(buffer: Uint8Array, position?: number): number
  /** Up to all of `bytes`, at `position` or at the shared place; returns how many. */
  write(bytes: Uint8Array, position?: number): number
  /** Sets the shared place and returns it. */
  seek(offset: number, from?: 'start' | 'current' | 'end'): number
  /** Waits until bytes and metadata would survive a power cut. */
  sync(): void
  /** Likewise, without metadata that reading does not need. */
  datasync(): void
  truncate(size: number): void
  stat(): Stat
  chmod(mode: number): void
  /** −1 leaves the owner or the group as it is. */
  chown(uid: number, gid: number): void
  setTimes(times: Times): void
  /** False if another open file holds a lock that refuses this one. */
  tryLock(options?: Range & { shared?: boolean | undefined }): boolean
  unlock(range?: Range): void
  /** A second handle of the same open file: one place, one lock, two times `close`. */
  duplicate(): PlatformFile
  /** A second time does nothing. */
  close(): void
}

/** An open folder. `name` is one name in it, and a symbolic link of that name is never followed. */
export interface PlatformFolder {
  /** The next names, as many as one call gives; null at the end. Constant memory. */
  read(): Names | null
  /** A folder in this one: ENOTDIR if it is something else, a symbolic link included. */
  folder(name: Path): PlatformFolder
  open(name: Path, options?: OpenOptions): PlatformFile
  /** Of `name`, or of the folder itself. */
  stat(name?: Path): Stat
  readlink(name: Path): Path
  mkdir(name: Path, mode?: number): void
  mkfifo(name: Path, mode?: number): void
  symlink(text: Path, name: Path): void
  /** Gives the file `source`, a path from the folder `from`, the name `name` here. */
  link(from: PlatformFolder, source: Path, name: Path): void
  rmdir(name: Path): void
  unlink(name: Path): void
  /** Both names are in this folder. `replace: false` is EEXIST if `target` is taken. */
  rename(source: Path, target: Path, options?: { replace?: boolean | undefined }): void
  /** For `name`, or for the folder itself where the name is ''. */
  chmod(name: Path, mode: number): void
  chown(name: Path, uid: number, gid: number): void
  setTimes(name: Path, times: Times): void
  /** A second time does nothing. */
  close(): void
}

/** `follow: false` means the symbolic link itself. */
export interface Follow { follow?: boolean | undefined }

/** In bytes; `available` is what is free for whoever asks, and less than `free` where root has a reserve. */
export interface DiskStat {
  /** The filesystem's name (`'ext4'`), or its number in hexadecimal where the book has no name. */
  type: string
  blockSize: number
  total: number
  free: number
  available: number
  files: number
  filesFree: number
}

/** What the book asks of a kernel. Paths are strings, or bytes where the kernel's paths are bytes. */
export interface Platform {
  readonly name: 'linux' | 'windows' | 'darwin' | 'freebsd'
  // open a file, and ask about names
  open(path: Path, options?: OpenOptions): PlatformFile
  stat(path: Path, options?: Follow): Stat
  /** Null for ENOENT and ENOTDIR, at the price of a `stat` and not of an error. */
  statIfThere(path: Path, options?: Follow): Stat | null
  /** Whether another filesystem, or another part of this one, is mounted at this folder. */
  isMount(path: Path): boolean
  /** Without `.` and `..`, in the filesystem's own order. */
  list(folder: Path): Iterable<Entry>
  /** Opens a folder, to read its names and to stand in it. ENOTDIR if it is none. */
  folder(path: Path, options?: Follow): PlatformFolder
  readlink(path: Path): Path
  /** The absolute path without symbolic links, `.` and `..`. ENOENT if any of it is missing. */
  realpath(path: Path): Path
  diskstat(path: Path): DiskStat
  // change what is known of a file
  chmod(path: Path, mode: number, options?: Follow): void
  chown(path: Path, uid: number, gid: number, options?: Follow): void
  setTimes(path: Path, times: Times, options?: Follow): void
  // give and take names
  mkdir(path: Path, mode?: number): void
  rmdir(path: Path): void
  unlink(path: Path): void
  /** `replace: false` is EEXIST if `target` is taken. */
  rename(source: Path, target: Path, options?: { replace?: boolean | undefined }): void
  link(source: Path, target: Path): void
  /** `directory` says what the text will name, which only Windows must know; by default it looks. */
  symlink(text: Path, path: Path, options?: { directory?: boolean | undefined }): void
  /** The atomic write: old or new, never between. */
  replace(path: Path, data: string | Uint8Array, options?: AtomicWriteOptions): Written
  // copy inside the kernel
  /** Copies up to `length` bytes from one shared place to the other and moves both; 0 is the end. */
  copyRange(from: PlatformFile, to: PlatformFile, length: number): number
  /** The next piece that is stored, at or after `start`, or null. Moves the shared place. */
  stored(file: PlatformFile, start: number): { start: number, end: number } | null
  /** Lets `to` share all blocks of `from` until one of them is written; false where it cannot. */
  clone(from: PlatformFile, to: PlatformFile): boolean
  // say where we are
  cwd(): Path
  /** An open folder is found again wherever it was moved. */
  chdir(to: Path | PlatformFile): void
  /** The open file behind a handle of another thread. Only on Linux has it a place: give positions, or append. */
  adopt(handle: number, options?: { append?: boolean | undefined }): PlatformFile
  tmpdir(): string
  homedir(): string
}
