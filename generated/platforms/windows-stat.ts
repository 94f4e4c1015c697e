// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import type { FileType, Stat, Times } from '../foundations/file.ts'
import { must, refused, win32, type Handle } from './win32.ts'

export const [READONLY, DIRECTORY, REPARSE] = [1, 0x10, 0x400]
const [TAG_SYMLINK, TAG_MOUNT_POINT] = [0xa000000c, 0xa0000003]

/** What a file is, by its attributes and the tag of its reparse point. A junction counts as a link. */
export function kindOf(attributes: number, tag: number): FileType {
  if ((attributes & REPARSE) !== 0 && [TAG_SYMLINK, TAG_MOUNT_POINT].includes(tag)) return 'symlink'
  return (attributes & DIRECTORY) !== 0 ? 'directory' : 'file'
}

const MODES: Partial<Record<FileType, number>> = { file: 0o100000, directory: 0o040000, symlink: 0o120000 }
/** 100 ns since 1601 to nanoseconds since 1970, and back. */
export const nanoseconds = (ticks: bigint): bigint => (ticks - EPOCH) * 100n
export const ticks = (ns: bigint): bigint => ns / 100n - (ns % 100n < 0n ? 1n : 0n) + EPOCH
const EPOCH = 116_444_736_000_000_000n

/**
 * The four answers of Windows about one file: FILE_ID_INFO (24 bytes), FILE_BASIC_INFO (40),
 * FILE_STANDARD_INFO (24) and FILE_ATTRIBUTE_TAG_INFO (8).
 */
export interface Answers { id: Buffer, basic: Buffer, standard: Buffer, tag: Buffer }

/** The same as Node makes of them, mode bits included: write permission is all there is. */
export function toStat({ id, basic, standard, tag }: Answers): Stat {
  const attributes = basic.readUInt32LE(32)
  const type = kindOf(attributes, tag.readUInt32LE(4))
  const time = (at: number) => nanoseconds(basic.readBigInt64LE(at))
  return {
    type, mode: MODES[type]! | ((attributes & READONLY) !== 0 ? 0o444 : 0o666),
    nlink: standard.readUInt32LE(16), uid: 0, gid: 0,
    dev: id.readUInt32LE(0), rdev: 0, ino: id.readBigUInt64LE(8),
    size: type === 'directory' ? 0 : Number(standard.readBigInt64LE(8)),
    blocks: Number(standard.readBigInt64LE(0) / 512n), blockSize: 4096,
    atimeNs: time(8), mtimeNs: time(16), ctimeNs: time(24), birthtimeNs: time(0),
  }
}

const getFileInformationByHandleEx = win32(
  'int GetFileInformationByHandleEx(intptr_t handle, int kind, void *answer, uint32_t size)')
const [BASIC, STANDARD, TAG, ID] = [0, 1, 9, 18]

export function query(handle: Handle, kind: number, size: number, syscall: string): Buffer {
  const answer = Buffer.alloc(size)
  must(getFileInformationByHandleEx(handle, kind, answer, size), syscall)
  return answer
}

/** What Windows knows of the file that `handle` is open on. */
export function statOf(handle: Handle, syscall = 'fstat'): Stat {
  const [basic, standard] = [query(handle, BASIC, 40, syscall), query(handle, STANDARD, 24, syscall)]
  const id = query(handle, ID, 24, syscall)
  const isReparse = (basic.readUInt32LE(32) & REPARSE) !== 0
  const tag = isReparse ? query(handle, TAG, 8, syscall) : Buffer.alloc(8)
  const stat = toStat({ id, basic, standard, tag })
  return stat.type === 'symlink' ? { ...stat, size: Buffer.byteLength(linkText(handle)) } : stat
}

/** The text of REPARSE_DATA_BUFFER: of a symbolic link or a junction; null if it is something else. */
export function reparseText(data: Buffer): string | null {
  const tag = data.readUInt32LE(0)
  if (tag !== TAG_SYMLINK && tag !== TAG_MOUNT_POINT) return null
  const names = tag === TAG_SYMLINK ? 20 : 16   // a symbolic link has a word of flags before the names
  const name = (at: number) => {
    const start = names + data.readUInt16LE(at)
    return data.toString('utf16le', start, start + data.readUInt16LE(at + 2))
  }
  const [substitute, printed] = [name(8), name(12)]
  return printed || substitute.replace(/^\\\?\?\\(UNC\\)?/, (_, unc) => unc ? '\\\\' : '')
}

const deviceIoControl = win32('int DeviceIoControl(intptr_t handle, uint32_t code, void *given, ' +
  'uint32_t length, void *answer, uint32_t size, void *returned, void *overlapped)')
const FSCTL_GET_REPARSE_POINT = 0x900a8

export function linkText(handle: Handle): string {
  const [data, returned] = [Buffer.alloc(16_384), Buffer.alloc(4)]
  must(deviceIoControl(handle, FSCTL_GET_REPARSE_POINT, null, 0, data, data.length, returned, null),
    'readlink')
  const text = reparseText(data)
  if (text === null) throw refused('readlink', { code: 'EINVAL' })
  return text
}

const setFileInformationByHandle = win32(
  'int SetFileInformationByHandle(intptr_t handle, int kind, void *given, uint32_t size)')
const getSystemTime = win32('void GetSystemTimePreciseAsFileTime(void *time)')

/** FILE_BASIC_INFO: four times and the attributes. A zero leaves the thing as it is. */
export function basicInfo({ atimeNs, mtimeNs }: Times, now: bigint, attributes = 0): Buffer {
  const info = Buffer.alloc(40)
  const time = (ns: bigint | 'now' | undefined) => ns === undefined ? 0n : ns === 'now' ? now : ticks(ns)
  info.writeBigInt64LE(time(atimeNs), 8)
  info.writeBigInt64LE(time(mtimeNs), 16)
  info.writeUInt32LE(attributes, 32)
  return info
}

export function setTimesOf(handle: Handle, times: Times): void {
  const now = Buffer.alloc(8)
  getSystemTime(now)
  const info = basicInfo(times, now.readBigInt64LE(0))
  must(setFileInformationByHandle(handle, BASIC, info, info.length), 'futimes')
}

/** Windows keeps one bit of the nine: whether anybody may write. */
export function setModeOf(handle: Handle, mode: number): void {
  const attributes = query(handle, BASIC, 40, 'fchmod').readUInt32LE(32)
  const wanted = (mode & 0o200) === 0 ? attributes | READONLY : attributes & ~READONLY
  const info = basicInfo({}, 0n, wanted === 0 ? NORMAL : wanted)
  must(setFileInformationByHandle(handle, BASIC, info, info.length), 'fchmod')
}
const NORMAL = 0x80

/** Cuts or lengthens. */
export function setSizeOf(handle: Handle, size: number): void {
  const end = Buffer.alloc(8)
  end.writeBigInt64LE(BigInt(size))
  must(setFileInformationByHandle(handle, END_OF_FILE, end, end.length), 'ftruncate')
}
const END_OF_FILE = 6
