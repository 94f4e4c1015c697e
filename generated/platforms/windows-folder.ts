// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import type { FileType, Stat, Times } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { Names } from '../foundations/name.ts'
import type { OpenOptions, PlatformFile, PlatformFolder } from './platform.ts'
import {
  close, namespaced, openHandle, refused, textOf, win32, withHandle, DIRECTORY_FILE,
  READ_ATTRIBUTES, READ_DATA, REPARSE_POINT, SYNCHRONOUS, WRITE_ATTRIBUTES, type Handle,
} from './win32.ts'
import { openFile } from './windows-open.ts'
import {
  finalPath, link, mkdir, rename, rmdir, symlink, unlink, type Place,
} from './windows-name.ts'
import { kindOf, linkText, setModeOf, setTimesOf, statOf } from './windows-stat.ts'

const getFileInformationByHandleEx = win32(
  'int GetFileInformationByHandleEx(intptr_t handle, int kind, void *answer, uint32_t size)')
const getLastError = win32('uint32_t GetLastError()')
const CHANGE = READ_ATTRIBUTES | WRITE_ATTRIBUTES
const [ID_BOTH_DIRECTORY, ERROR_NO_MORE_FILES, SIZE] = [10, 18, 65_536]

/** The entries of FILE_ID_BOTH_DIR_INFO, of which each says how far the next one is; without dots. */
export function entriesIn(records: Buffer): { name: string, type: FileType, ino: bigint }[] {
  const found = []
  for (let at = 0, next; ; at += next) {
    next = records.readUInt32LE(at)
    const length = records.readUInt32LE(at + 60)
    const name = records.toString('utf16le', at + 104, at + 104 + length)
    // Of a link the place of the attributes' length holds the tag.
    const type = kindOf(records.readUInt32LE(at + 56), records.readUInt32LE(at + 64))
    if (name !== '.' && name !== '..') found.push({ name, type, ino: records.readBigUInt64LE(at + 96) })
    if (next === 0) return found
  }
}

/** An open folder: a handle that names are looked up from, wherever the folder is by then. */
export class WindowsFolder implements PlatformFolder {
  #handle: Handle
  readonly #shown: Path

  constructor({ root, path }: Place, follow: boolean) {
    const text = root === undefined ? namespaced(path, 'open') : textOf(path)
    const options = DIRECTORY_FILE | SYNCHRONOUS | (follow ? 0 : REPARSE_POINT)
    const { handle } = openHandle(text, { root, access: READ_DATA | READ_ATTRIBUTES, options }, 'open', path)
    this.#handle = handle
    this.#shown = path
    if (!follow && statOf(handle).type !== 'directory') {
      this.close()
      throw new SystemError('ENOTDIR', 'open', { path })
    }
  }

  /** The handle, for a call that is made at once. */
  get handle(): Handle {
    if (this.#handle === -1) throw new SystemError('EBADF', 'open', { path: this.#shown })
    return this.#handle
  }

  // read as many entries as a buffer holds
  /** The next entries; null at the end. */
  entries(): ReturnType<typeof entriesIn> | null {
    const records = Buffer.allocUnsafe(SIZE)
    for (;;) {
      if (getFileInformationByHandleEx(this.handle, ID_BOTH_DIRECTORY, records, SIZE) === 0) {
        if (getLastError() === ERROR_NO_MORE_FILES) return null
        throw refused('scandir', { path: this.#shown })
      }
      const found = entriesIn(records)
      if (found.length > 0) return found
    }
  }

  read(): Names | null {
    const found = this.entries()
    return found && { names: found.map(({ name }) => name), types: found.map(({ type }) => type) }
  }
  // do the same from an open folder
  #at(name: Path): Place { return { root: this.handle, path: name } }
  folder(name: Path): WindowsFolder { return new WindowsFolder(this.#at(name), false) }
  open(name: Path, options: OpenOptions = {}): PlatformFile {
    return openFile(this.#at(name), { ...options, follow: false })
  }
  stat(name: Path = ''): Stat {
    return name === '' ? statOf(this.handle) : this.#with(name, READ_ATTRIBUTES, 'lstat', statOf)
  }
  readlink(name: Path): string { return this.#with(name, READ_ATTRIBUTES, 'readlink', linkText) }
  mkdir(name: Path): void { mkdir(this.#at(name)) }
  mkfifo(name: Path): never { throw new SystemError('ENOTSUP', 'mkfifo', { path: name }) }
  symlink(text: Path, name: Path): void { symlink(text, `${finalPath(this.handle)}\\${textOf(name)}`) }
  link(from: PlatformFolder, source: Path, name: Path): void {
    // the kernel knows one separator
    link((from as WindowsFolder).#at(textOf(source).replaceAll('/', '\\')), this.#at(name))
  }
  rename(source: Path, target: Path, { replace = true }: { replace?: boolean | undefined } = {}): void {
    rename(this.#at(source), this.#at(target), replace)
  }
  rmdir(name: Path): void { rmdir(this.#at(name)) }
  unlink(name: Path): void { unlink(this.#at(name)) }
  chmod(name: Path, mode: number): void {
    this.#with(name, CHANGE, 'chmod', handle => setModeOf(handle, mode))
  }
  chown(name: Path): void { this.stat(name) }
  setTimes(name: Path, times: Times): void {
    this.#with(name, CHANGE, 'utime', handle => setTimesOf(handle, times))
  }
  #with<T>(name: Path, access: number, syscall: string, use: (handle: Handle) => T): T {
    const place = name === '' ? { path: finalPath(this.handle) } : this.#at(name)
    return withHandle(place.path, { root: place.root, access, options: REPARSE_POINT }, syscall, use)
  }
  close(): void {
    const handle = this.#handle
    this.#handle = -1
    if (handle !== -1) close(handle)
  }
}
