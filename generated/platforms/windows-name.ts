// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import { win32 as paths } from 'node:path'
import { SystemError, type Path } from '../foundations/kernel.ts'
import {
  must, openHandle, namespaced, plain, refusedBy, textOf, wide, win32, withHandle, close,
  DELETE, DIRECTORY_FILE, CREATE, READ_ATTRIBUTES, REPARSE_POINT,
  WRITE_ATTRIBUTES, type Handle,
} from './win32.ts'
import { setModeOf, statOf } from './windows-stat.ts'

/** A place for a name: a path, or a name in an open folder. */
export interface Place { root?: Handle | undefined, path: Path }

const ntSetInformationFile = win32('int32_t NtSetInformationFile(intptr_t handle, void *status, ' +
  'void *given, uint32_t size, uint32_t kind)', 'ntdll.dll')
const [RENAME, LINK, DISPOSITION, DISPOSITION_EX, RENAME_EX] = [10, 11, 13, 64, 65]
const set = (handle: Handle, given: Buffer, kind: number): number =>
  ntSetInformationFile(handle, Buffer.alloc(16), given, given.length, kind)

/** Filesystems and kernels that do not know a kind of change say one of these. */
const isUnknown = (status: number) => [
  0xc0000003, 0xc0000002, 0xc000000d, 0xc0000010, 0xc00000bb, 0xc0000004,
].includes(status >>> 0)

/**
 * Again, for about half a second, while somebody has the file open who shares it with nobody: a
 * virus scanner or an indexer, which are soon gone.
 */
export function patiently<T>(attempt: () => T): T {
  for (let waitMs = 1; ; waitMs *= 2) {
    try {
      return attempt()
    } catch (error) {
      if (waitMs > 256 || !(error instanceof SystemError && error.code === 'EBUSY')) throw error
      Atomics.wait(NOBODY, 0, 0, waitMs)
    }
  }
}
const NOBODY = new Int32Array(new SharedArrayBuffer(4))

const [POSIX_DELETE, POSIX_REPLACE, POSIX_KEEP] = [0x13, 0x43, 0x42]

/** Takes away the name that `handle` was opened by. The name is free at once where Windows can do that. */
function remove(handle: Handle, syscall: string, path: Path): void {
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE(POSIX_DELETE)   // delete, POSIX_SEMANTICS, IGNORE_READONLY_ATTRIBUTE
  let status = set(handle, flags, DISPOSITION_EX)
  if (isUnknown(status)) status = set(handle, Buffer.of(1), DISPOSITION)
  if (status < 0) throw refusedBy(status, syscall, { path })
}

export function unlink({ root, path }: Place): void {
  patiently(() => withHandle(path, { root, access: DELETE | READ_ATTRIBUTES | WRITE_ATTRIBUTES,
    options: REPARSE_POINT }, 'unlink', handle => {
    const { type, mode } = statOf(handle)
    if (type === 'directory') throw new SystemError('EISDIR', 'unlink', { path })
    if (type === 'file' && (mode & 0o200) === 0) setModeOf(handle, 0o666)
    remove(handle, 'unlink', path)
  }))
}

export function rmdir({ root, path }: Place): void {
  patiently(() => withHandle(path, { root, access: DELETE | READ_ATTRIBUTES,
    options: REPARSE_POINT | DIRECTORY_FILE }, 'rmdir', handle => {
    if (statOf(handle).type !== 'directory') throw new SystemError('ENOTDIR', 'rmdir', { path })
    remove(handle, 'rmdir', path)
  }))
}

export function mkdir({ root, path }: Place): void {
  const text = root === undefined ? namespaced(path, 'mkdir') : textOf(path)
  const how = { root, access: READ_ATTRIBUTES, disposition: CREATE, options: DIRECTORY_FILE }
  close(openHandle(text, how, 'mkdir', path).handle)
}

/** FILE_RENAME_INFORMATION, and FILE_LINK_INFORMATION is the same: flags, root, length, name. */
export function renameInfo(flags: number, root: Handle, name: string): Buffer {
  const text = wide(name)
  const info = Buffer.alloc(20 + text.length)
  info.writeUInt32LE(flags, 0)
  info.writeBigInt64LE(BigInt(root), 8)
  info.writeUInt32LE(text.length - 2, 16)
  text.copy(info, 20)
  return info
}

const kernelName = ({ root, path }: Place, syscall: string) => root === undefined
  ? namespaced(path, syscall).replace(/^\\\\[?.]\\/, '\\??\\')
  : textOf(path)

/** One step: whoever has the name `target` loses it, also while the file is open. */
export function rename(source: Place, target: Place, replace = true): void {
  const details = { path: source.path, dest: target.path }
  const name = kernelName(target, 'rename')
  patiently(() => withSource(source, details, DELETE | READ_ATTRIBUTES, 'rename', handle => {
    // refuse to put a folder in the place of a file
    if (replace && statOf(handle).type === 'directory' && (typeAt(target) ?? 'directory') !== 'directory') {
      throw new SystemError('ENOTDIR', 'rename', details)
    }
    const info = (flags: number) => renameInfo(flags, target.root ?? 0, name)
    let status = set(handle, info(replace ? POSIX_REPLACE : POSIX_KEEP), RENAME_EX)
    if (isUnknown(status)) status = set(handle, info(replace ? 1 : 0), RENAME)
    if (status >= 0) return
    // see why it was refused
    if (replace) {
      const [from, to] = [statOf(handle).type, typeAt(target)]
      if (from === 'file' && to === 'file') throw new SystemError('EBUSY', 'rename', details)
      if (from !== 'directory' && to === 'directory') throw new SystemError('EISDIR', 'rename', details)
      if (from === 'directory' && to === 'directory') {
        rmdir(target)
        status = set(handle, info(0), RENAME)
        if (status >= 0) return
      }
    }
    throw refusedBy(status, 'rename', details)
  }))
}

function typeAt(place: Place): string | undefined {
  try {
    return withHandle(place.path, { root: place.root, access: READ_ATTRIBUTES, options: REPARSE_POINT },
      'rename', handle => statOf(handle).type)
  } catch {
    return undefined
  }
}

/** Opens what is to have another name; an error tells both names. */
function withSource(
  { root, path }: Place, details: { path: Path, dest: Path }, access: number, syscall: string,
  use: (handle: Handle) => void,
): void {
  try {
    withHandle(path, { root, access, options: REPARSE_POINT }, syscall, use)
  } catch (error) {
    if (!(error instanceof SystemError) || error.syscall !== syscall || error.dest !== undefined) throw error
    throw new SystemError(error.errno, syscall, details)
  }
}

/** Gives the file one more name. */
export function link(source: Place, target: Place): void {
  const details = { path: source.path, dest: target.path }
  withSource(source, details, WRITE_ATTRIBUTES | READ_ATTRIBUTES, 'link', handle => {
    if (statOf(handle).type === 'directory') throw new SystemError('EPERM', 'link', details)
    const status = set(handle, renameInfo(0, target.root ?? 0, kernelName(target, 'link')), LINK)
    if (status < 0) throw refusedBy(status, 'link', details)
  })
}

const createSymbolicLink = win32(
  'uint8_t CreateSymbolicLinkW(void *path, void *text, uint32_t flags)')
const [SYMLINK_DIRECTORY, SYMLINK_UNPRIVILEGED] = [1, 2]

/** Creates a symbolic link. Windows has two kinds; if nobody says which, what is there decides. */
export function symlink(text: Path, path: Path, directory?: boolean): void {
  const target = textOf(text).replaceAll('/', '\\')
  const name = namespaced(path, 'symlink')
  const there = paths.resolve(plain(paths.dirname(name)), target)
  const isFolder = directory ?? typeAt({ path: there }) === 'directory'
  const flags = SYMLINK_UNPRIVILEGED | (isFolder ? SYMLINK_DIRECTORY : 0)
  must(createSymbolicLink(wide(name), wide(target), flags), 'symlink', { path: text, dest: path })
  if (typeAt({ path }) === undefined) {
    throw new SystemError('ENOTSUP', 'symlink', { path: text, dest: path,
      hint: 'the call said that it worked and has made nothing: this is Wine' })
  }
}

const getFinalPathName = win32(
  'uint32_t GetFinalPathNameByHandleW(intptr_t handle, void *text, uint32_t size, uint32_t flags)')

/** The path that leads to the open file now, without links. */
export function finalPath(handle: Handle, syscall = 'realpath'): string {
  const text = Buffer.allocUnsafe(65_536)
  const length = must(getFinalPathName(handle, text, text.length / 2, 0), syscall)
  return plain(text.toString('utf16le', 0, length * 2))
}
