// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { isUtf8 } from 'node:buffer'
import { win32 as paths } from 'node:path'
import { SystemError, type ErrorDetails, type Path } from '../foundations/kernel.ts'

/** A HANDLE as a number. */
export type Handle = number
export const NO_HANDLE: Handle = -1

const isWindows = process.platform === 'win32'
type Value = number | bigint | Uint8Array | null

/**
 * Makes a function of a Windows library callable. It returns what Windows returns and throws
 * nothing. On other systems the call is refused, and not the import.
 */
export function win32(prototype: string, library = 'kernel32.dll'): (...args: Value[]) => number {
  if (!isWindows) return () => { throw new Error(`this is ${process.platform}, and not Windows`) }
  return koffi.load(library).func(prototype) as (...args: Value[]) => number
}
/** The version of Wine, if that is what plays Windows here. Several things are not yet in it. */
export const wine: string | null = wineVersion()
function wineVersion(): string | null {
  if (!isWindows) return null
  try {
    return koffi.load('ntdll.dll').func('const char *wine_get_version()')() as string
  } catch {
    return null   // no such function: this is Windows
  }
}

/** A string as Windows takes it: 16-bit units, whatever they are, and a zero. EINVAL for a zero inside. */
export function wide(text: string): Buffer {
  if (text.includes('\0')) {
    throw Object.assign(new TypeError(`The argument 'path' must be a path without null bytes. ` +
      `Received '${text.replaceAll('\0', '\\x00')}'`), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  return Buffer.from(`${text}\0`, 'utf16le')
}

/** A path as text. Windows' names are not bytes, so bytes have to be UTF-8: ECHARSET otherwise. */
export function textOf(path: Path): string {
  if (typeof path === 'string') return path
  if (!(path instanceof Uint8Array)) {
    throw Object.assign(new TypeError(`The "path" argument must be a string or a Uint8Array. ` +
      `Received ${path === null ? 'null' : typeof path}`), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  if (!isUtf8(path)) throw new SystemError('ECHARSET', 'open', { path })
  return Buffer.from(path).toString()
}

/** The path from the root of its drive, in the form that Windows takes as it is: \\?\C:\a\b. */
export function namespaced(path: Path, syscall = 'open'): string {
  const text = textOf(path)
  if (text === '') throw new SystemError('ENOENT', syscall, { path })
  return text.startsWith('\\\\?\\') ? text : paths.toNamespacedPath(text)
}

/** The other way round: \\?\C:\a is C:\a, and \\?\UNC\server\share is \\server\share. */
export function plain(path: string): string {
  return path.replace(/^\\\\\?\\UNC\\/, '\\\\').replace(/^\\\\\?\\/, '')
}

/** The folder that the last name of a path stands in, and that name. */
export function splitPath(path: string): { folder: string, name: string } {
  return { folder: paths.dirname(path), name: paths.basename(path) }
}

const getLastError = win32('uint32_t GetLastError()')

/** What Windows' error `number` is called elsewhere; the table is libuv's. */
export function codeOf(number: number): string {
  return CODES[number] ?? 'UNKNOWN'
}

/** The error of the call that has just failed, or of the given number. */
export function refused(
  syscall: string, details: ErrorDetails & { number?: number, code?: string } = {},
): SystemError {
  const { number = getLastError(), code = codeOf(number), ...rest } = details
  const hint = code === 'UNKNOWN' ? { hint: `Windows calls it error ${number}` } : {}
  return Object.assign(new SystemError(code, syscall, { ...hint, ...rest }), { win32: number })
}

/** Throws if `result` is zero, which is how most calls of Windows fail. */
export function must(result: number, syscall: string, details?: ErrorDetails): number {
  if (result === 0) throw refused(syscall, details)
  return result
}

const CODES: Record<number, string> = {
  1: 'EISDIR', 2: 'ENOENT', 3: 'ENOENT', 4: 'EMFILE', 5: 'EPERM', 6: 'EBADF', 8: 'ENOMEM',
  13: 'EINVAL', 14: 'ENOMEM', 15: 'ENOENT', 17: 'EXDEV', 19: 'EROFS', 32: 'EBUSY', 33: 'EBUSY',
  38: 'EOF', 39: 'ENOSPC', 50: 'ENOTSUP', 53: 'ENOENT', 67: 'ENOENT', 80: 'EEXIST', 82: 'ENOSPC',
  87: 'EINVAL', 109: 'EPIPE', 112: 'ENOSPC', 121: 'ETIMEDOUT', 122: 'EINVAL', 123: 'ENOENT',
  145: 'ENOTEMPTY', 161: 'ENOENT', 170: 'EBUSY', 183: 'EEXIST', 206: 'ENAMETOOLONG',
  230: 'EPIPE', 232: 'EPIPE', 258: 'ETIMEDOUT', 267: 'ENOTDIR', 303: 'EBUSY', 314: 'ENOSPC',
  336: 'EISDIR', 740: 'EACCES', 995: 'ECANCELED', 998: 'EACCES', 1113: 'ECHARSET', 1117: 'EIO',
  1142: 'EMLINK', 1224: 'EBUSY', 1314: 'EPERM', 1392: 'EIO', 1920: 'EACCES', 1921: 'ELOOP',
  4390: 'EINVAL', 4392: 'EINVAL',
}

const [STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY] = [0xc00000ba, 0xc0000103]
const STATUS_CODES: Record<number, string> = {
  [STATUS_FILE_IS_A_DIRECTORY]: 'EISDIR', [STATUS_NOT_A_DIRECTORY]: 'ENOTDIR',
}
const rtlNtStatusToDosError = win32('uint32_t RtlNtStatusToDosError(int32_t status)', 'ntdll.dll')

/** The error that a status of the kernel stands for. */
export function refusedBy(status: number, syscall: string, details: ErrorDetails = {}): SystemError {
  const code = STATUS_CODES[status >>> 0]
  return refused(syscall, { ...details, number: rtlNtStatusToDosError(status), ...(code && { code }) })
}

const ntCreateFile = win32('int32_t NtCreateFile(void *handle, uint32_t access, void *attributes, ' +
  'void *status, void *size, uint32_t fileAttributes, uint32_t share, uint32_t disposition, ' +
  'uint32_t options, void *ea, uint32_t length)', 'ntdll.dll')
const closeHandle = win32('int CloseHandle(intptr_t handle)')

export const [READ_DATA, WRITE_DATA, READ_ATTRIBUTES, WRITE_ATTRIBUTES] = [1, 2, 0x80, 0x100]
export const [DELETE, SYNCHRONIZE] = [0x10000, 0x100000]
export const [OPEN, CREATE, OPEN_IF] = [1, 2, 3]
export const [DIRECTORY_FILE, WRITE_THROUGH, SYNCHRONOUS, NON_DIRECTORY_FILE] = [1, 2, 0x20, 0x40]
export const [FOR_BACKUP, REPARSE_POINT] = [0x4000, 0x200000]
const SHARE_ALL = 7   // to read, to write, to delete
const CASE_INSENSITIVE = 0x40

export interface Opening {
  /** An open folder that `path` is a name in. Without it, `path` is as `namespaced` makes it. */
  root?: Handle | undefined
  access: number
  disposition?: number
  options?: number
  attributes?: number
  share?: number
}

/** The layouts that NtCreateFile reads: the name's length and address, the root, and flags. */
export function objectAttributes(root: Handle, name: Buffer, address: (bytes: Buffer) => bigint) {
  const string = Buffer.alloc(16)        // UNICODE_STRING
  string.writeUInt16LE(name.length - 2, 0)
  string.writeUInt16LE(name.length, 2)
  string.writeBigUInt64LE(address(name), 8)
  const attributes = Buffer.alloc(48)    // OBJECT_ATTRIBUTES
  attributes.writeUInt32LE(48, 0)
  attributes.writeBigInt64LE(BigInt(root), 8)
  attributes.writeBigUInt64LE(address(string), 16)
  attributes.writeUInt32LE(CASE_INSENSITIVE, 24)
  return { string, attributes }
}

/** Opens or creates. Throws the SystemError; `created` says whether the file is new. */
export function openHandle(
  path: string, opening: Opening, syscall: string, shown: Path = path,
): { handle: Handle, created: boolean } {
  const { root = 0, access, disposition = OPEN, options = 0 } = opening
  const { attributes: kind = 0x80, share = SHARE_ALL } = opening
  const name = wide(root === 0 ? path.replace(/^\\\\[?.]\\/, '\\??\\') : path)
  if (name.length > 65_534) throw new SystemError('ENAMETOOLONG', syscall, { path: shown })
  const { string, attributes } = objectAttributes(root, name, addressOf)
  const [handle, answer] = [Buffer.alloc(8), Buffer.alloc(16)]
  const status = ntCreateFile(handle, (access | SYNCHRONIZE) >>> 0, attributes, answer, null, kind,
    share, disposition, (options | FOR_BACKUP) >>> 0, null, 0)
  keep(name, string)
  if (status < 0) throw refusedBy(status, syscall, { path: shown })
  return { handle: Number(handle.readBigInt64LE(0)), created: answer.readUInt32LE(8) === FILE_CREATED }
}
const FILE_CREATED = 2

/** Where bytes are, for a structure that points at them. Whoever passes it on keeps them alive. */
export const addressOf = (bytes: Uint8Array): bigint => BigInt(koffi.address(bytes) as bigint)
const keep = (..._bytes: Buffer[]): void => {}

export function close(handle: Handle): void {
  must(closeHandle(handle), 'close')
}

/** Opens, lets `use` work with the handle, and closes. */
export function withHandle<T>(
  path: Path, opening: Opening, syscall: string, use: (handle: Handle) => T,
): T {
  const text = opening.root === undefined ? namespaced(path, syscall) : textOf(path)
  const { handle } = openHandle(text, opening, syscall, path)
  try {
    return use(handle)
  } catch (error) {
    if (!(error instanceof SystemError) || error.path !== undefined) throw error
    throw Object.assign(new SystemError(error.code, error.syscall, { path, hint: error.hint }),
      { win32: (error as { win32?: number }).win32 })
  } finally {
    close(handle)
  }
}
