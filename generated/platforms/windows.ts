// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import { homedir, tmpdir } from 'node:os'
import type { Stat, Times } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { Entry } from '../foundations/name.ts'
import type { DiskStat, Follow, OpenOptions, Platform, PlatformFile } from './platform.ts'
import {
  must, namespaced, plain, refused, wide, win32, withHandle, READ_ATTRIBUTES, REPARSE_POINT,
  WRITE_ATTRIBUTES, type Handle,
} from './win32.ts'
import { WindowsFolder } from './windows-folder.ts'
import { finalPath, link, mkdir, rename, rmdir, symlink, unlink } from './windows-name.ts'
import { WindowsFile } from './windows-file.ts'
import { openFile } from './windows-open.ts'
import { replaceFile } from './windows-replace.ts'
import { linkText, setModeOf, setTimesOf, statOf } from './windows-stat.ts'

/** Windows behind the book's interface. Importable everywhere; elsewhere every call is refused. */
export const windows = {
  name: 'windows',
  // open, ask and list
  open: (path: Path, options: OpenOptions = {}) => openFile({ path }, options),
  stat: (path: Path, { follow = true }: Follow = {}): Stat =>
    on(path, READ_ATTRIBUTES, follow, follow ? 'stat' : 'lstat', handle => statOf(handle)),
  statIfThere(path: Path, options?: Follow): Stat | null {
    try {
      return windows.stat(path, options)
    } catch (error) {
      if (error instanceof SystemError && ['ENOENT', 'ENOTDIR'].includes(error.code)) return null
      throw error
    }
  },
  isMount: (path: Path) => /^([A-Z]:\\|\\\\[^\\]+\\[^\\]+\\?)$/i
    .test(on(path, READ_ATTRIBUTES, true, 'stat', handle => finalPath(handle))),
  *list(path: Path): Generator<Entry, void, undefined> {
    const folder = new WindowsFolder({ path }, true)
    try {
      for (let found; (found = folder.entries()) !== null;) yield* found
    } finally {
      folder.close()
    }
  },
  folder: (path: Path, { follow = true }: Follow = {}) => new WindowsFolder({ path }, follow),
  readlink: (path: Path) => on(path, READ_ATTRIBUTES, false, 'readlink', linkText),
  realpath: (path: Path) => on(path, READ_ATTRIBUTES, true, 'realpath', handle => finalPath(handle)),
  diskstat,
  // change, of the file that a name leads to
  chmod: (path: Path, mode: number, { follow = true }: Follow = {}) =>
    on(path, CHANGE, follow, 'chmod', handle => setModeOf(handle, mode)),
  /** Asks whether the file is there, and does nothing: as Node on Windows. */
  chown: (path: Path, _uid: number, _gid: number, { follow = true }: Follow = {}) =>
    on(path, READ_ATTRIBUTES, follow, 'chown', () => {}),
  setTimes: (path: Path, times: Times, { follow = true }: Follow = {}) =>
    on(path, CHANGE, follow, 'utime', handle => setTimesOf(handle, times)),
  // hand names over as places
  mkdir: (path: Path) => mkdir({ path }),
  rmdir: (path: Path) => rmdir({ path }),
  unlink: (path: Path) => unlink({ path }),
  rename: (source: Path, target: Path, { replace = true }: { replace?: boolean | undefined } = {}) =>
    rename({ path: source }, { path: target }, replace),
  link: (source: Path, target: Path) => link({ path: source }, { path: target }),
  symlink: (text: Path, path: Path, { directory }: { directory?: boolean | undefined } = {}) =>
    symlink(text, path, directory),
  replace: replaceFile,
  // copy through the program
  copyRange(from: PlatformFile, to: PlatformFile, length: number): number {
    const buffer = Buffer.allocUnsafe(Math.min(length, 1_048_576))
    const count = from.read(buffer)
    for (let done = 0; done < count;) done += to.write(buffer.subarray(done, count))
    return count
  },
  stored(file: PlatformFile, start: number): { start: number, end: number } | null {
    const { size } = file.stat()
    const range = storedRange(file.handle, start, size)
    if (range !== null) file.seek(range.start)
    return range
  },
  clone: (_from: PlatformFile, _to: PlatformFile) => false,
  // ask for the folder of the process
  cwd: () => process.cwd(),
  chdir(to: Path | PlatformFile): void {
    const path = typeof to === 'string' || to instanceof Uint8Array ? to : finalPath(to.handle)
    must(setCurrentDirectory(wide(plain(namespaced(path, 'chdir')))), 'chdir', { path })
    process.chdir('.')   // Node keeps the answer of process.cwd(), and forgets it only here
  },
  adopt: (handle: number, { append = false } = {}) =>
    new WindowsFile(handle, { place: 0, readable: true, writable: true, append, holders: 1, locks: [] }),
  tmpdir,
  homedir,
} satisfies Platform

const CHANGE = READ_ATTRIBUTES | WRITE_ATTRIBUTES
const setCurrentDirectory = win32('int SetCurrentDirectoryW(void *path)')

function on<T>(
  path: Path, access: number, follow: boolean, syscall: string, use: (handle: Handle) => T,
): T {
  return withHandle(path, { access, options: follow ? 0 : REPARSE_POINT }, syscall, use)
}

const getDiskFreeSpaceEx =
  win32('int GetDiskFreeSpaceExW(void *path, void *available, void *total, void *free)')
const getDiskFreeSpace = win32(
  'int GetDiskFreeSpaceW(void *path, void *sectors, void *bytes, void *free, void *total)')
const getVolumeInformationByHandle = win32('int GetVolumeInformationByHandleW(intptr_t handle, ' +
  'void *label, uint32_t labelSize, void *serial, void *longest, void *flags, void *name, uint32_t size)')

function diskstat(path: Path): DiskStat {
  return on(path, READ_ATTRIBUTES, true, 'statfs', handle => {
    const found = wide(`${namespaced(finalPath(handle)).replace(/\\?$/, '\\')}`)
    const [available, total, free, name] = [8, 8, 8, 522].map(size => Buffer.alloc(size)) as Buffers
    if (getDiskFreeSpaceEx(found, available, total, free) === 0) {
      // The path of a file and not of a folder: its drive will do.
      must(getDiskFreeSpaceEx(wide(rootOf(handle)), available, total, free), 'statfs', { path })
    }
    const [sectors, bytes, clusters, all] = [4, 4, 4, 4].map(size => Buffer.alloc(size)) as Buffers
    must(getDiskFreeSpace(wide(rootOf(handle)), sectors, bytes, clusters, all), 'statfs', { path })
    must(getVolumeInformationByHandle(handle, null, 0, null, null, null, name, 261), 'statfs', { path })
    return {
      type: name.toString('utf16le').replace(/\0.*$/s, ''),
      blockSize: sectors.readUInt32LE() * bytes.readUInt32LE(),
      total: Number(total.readBigUInt64LE()), free: Number(free.readBigUInt64LE()),
      available: Number(available.readBigUInt64LE()), files: 0, filesFree: 0,
    }
  })
}
type Buffers = [Buffer, Buffer, Buffer, Buffer]
const rootOf = (handle: Handle) => /^([A-Za-z]:|\\\\[^\\]+\\[^\\]+)/.exec(finalPath(handle))![0] + '\\'

const deviceIoControl = win32('int DeviceIoControl(intptr_t handle, uint32_t code, void *given, ' +
  'uint32_t length, void *answer, uint32_t size, void *returned, void *overlapped)')
const getLastError = win32('uint32_t GetLastError()')
const [FSCTL_QUERY_ALLOCATED_RANGES, ERROR_MORE_DATA] = [0x940cf, 234]

/** The next piece of the file that has blocks. Where Windows cannot say, all of it has. */
function storedRange(handle: Handle, start: number, size: number) {
  if (start >= size) return null
  const [given, answer, returned] = [16, 16, 4].map(length => Buffer.alloc(length)) as Buffers
  given.writeBigInt64LE(BigInt(start), 0)
  given.writeBigInt64LE(BigInt(size - start), 8)
  const done = deviceIoControl(handle, FSCTL_QUERY_ALLOCATED_RANGES, given, 16, answer, 16, returned, null)
  if (done === 0) {
    const number = getLastError()
    if ([1, 50].includes(number)) return { start, end: size }
    if (number !== ERROR_MORE_DATA) throw refused('lseek', { number })
  } else if (returned.readUInt32LE() === 0) {
    return null
  }
  const first = Math.max(start, Number(answer.readBigInt64LE(0)))
  return { start: first, end: Math.min(size, Number(answer.readBigInt64LE(0) + answer.readBigInt64LE(8))) }
}
