// Told in chapters/10-files/02-metadata.md. Edit it there, or edit here and stitch.
import type { FileType, Stat } from '../foundations/file.ts'
import type { Path } from '../foundations/kernel.ts'
import { platform } from '../platforms/here.ts'
import { FileHandle } from './file-handle.ts'

export type { FileType, Stat } from '../foundations/file.ts'

/** What a question is about: a name, an open file, or what was learnt of a file before. */
export type Subject = Path | FileHandle | Stat

/** What is known of a file. Of a path: of the file at the end of all symbolic links. */
export function stat(subject: Path | FileHandle): Stat { return statOf(subject) }

/** What is known of the file with this name, and of a symbolic link itself. */
export function lstat(path: Path): Stat { return platform.stat(path, { follow: false }) }

/** What is known of an open file, whatever name it has by now. */
export function fstat(file: FileHandle): Stat { return file.stat() }

/** Like `stat`, or `lstat` with `follow: false`, but null if there is no such file. */
export function statIfThere(path: Path, options: { follow?: boolean } = {}): Stat | null {
  return platform.statIfThere(path, options)
}

function statOf(subject: Subject): Stat {
  if (typeof subject === 'string' || subject instanceof Uint8Array) return platform.stat(subject)
  if (subject instanceof FileHandle) return subject.stat()
  if (typeof subject === 'object' && subject !== null && 'mode' in subject) return subject
  const received = subject === null ? 'null' : typeof subject
  throw Object.assign(new TypeError(
    `The "subject" argument must be a path, a FileHandle or a Stat. Received ${received}`),
    { code: 'ERR_INVALID_ARG_TYPE' })
}

/** The size in bytes. Of a folder: whatever the filesystem calls its size. */
export function filesize(subject: Subject): number { return statOf(subject).size }

/** Type and permission bits: 0o100644. */
export function filemode(subject: Subject): number { return statOf(subject).mode }

/**
 * When the bytes were last written: seconds since 1970, as a number, exact to a quarter of a
 * microsecond. `stat().mtimeNs` is exact.
 */
export function mtime(subject: Subject): number { return seconds(statOf(subject).mtimeNs) }

/** When bytes or metadata last changed, likewise. No program can set this time. */
export function ctime(subject: Subject): number { return seconds(statOf(subject).ctimeNs) }

const seconds = (ns: bigint) => Number(ns) / 1e9

/** What the owner may do: 4 to read, 2 to write, 1 to execute, added up. */
export function uperm(subject: Subject): number { return statOf(subject).mode >> 6 & 7 }

/** What the group may do. */
export function gperm(subject: Subject): number { return statOf(subject).mode >> 3 & 7 }

/** What all others may do. */
export function operm(subject: Subject): number { return statOf(subject).mode & 7 }

function thereOf(subject: Subject): Stat | null {
  const isPath = typeof subject === 'string' || subject instanceof Uint8Array
  return isPath ? statIfThere(subject) : statOf(subject)
}
const isType = (subject: Subject, type: FileType) => thereOf(subject)?.type === type
const hasBit = (subject: Subject, bit: number) => ((thereOf(subject)?.mode ?? 0) & bit) !== 0

/** Whether there is something at the end of all symbolic links. */
export function isPath(subject: Subject): boolean { return thereOf(subject) !== null }
export function isFile(subject: Subject): boolean { return isType(subject, 'file') }
export function isDir(subject: Subject): boolean { return isType(subject, 'directory') }
export function isFifo(subject: Subject): boolean { return isType(subject, 'fifo') }
export function isSocket(subject: Subject): boolean { return isType(subject, 'socket') }
export function isBlockDevice(subject: Subject): boolean { return isType(subject, 'block device') }
export function isCharDevice(subject: Subject): boolean {
  return isType(subject, 'character device')
}

/** Whether a program runs as the file's owner. */
export function isSetuid(subject: Subject): boolean { return hasBit(subject, S_ISUID) }
/** Whether a program runs as the file's group; in a folder, whether new files get its group. */
export function isSetgid(subject: Subject): boolean { return hasBit(subject, S_ISGID) }
/** Whether only its owner may remove a file from this folder. */
export function isSticky(subject: Subject): boolean { return hasBit(subject, S_ISVTX) }

/** Whether the name is a symbolic link, wherever it leads; of a `Stat`: whether `lstat` made it so. */
export function isLink(subject: Subject): boolean {
  const isPath = typeof subject === 'string' || subject instanceof Uint8Array
  return (isPath ? statIfThere(subject, { follow: false }) : statOf(subject))?.type === 'symlink'
}

/** Whether something is mounted there. The same filesystem mounted a second time counts as well. */
export function isMount(path: Path): boolean {
  return statIfThere(path) !== null && platform.isMount(path)
}

/** The part of a mode that is the type, and the types. */
export const [S_IFMT, S_IFSOCK, S_IFLNK, S_IFREG] = [0o170000, 0o140000, 0o120000, 0o100000]
export const [S_IFBLK, S_IFDIR, S_IFCHR, S_IFIFO] = [0o060000, 0o040000, 0o020000, 0o010000]
/** Run as the owner, run as the group, remove only what is yours. */
export const [S_ISUID, S_ISGID, S_ISVTX] = [0o4000, 0o2000, 0o1000]
/** Read, write, execute, and all of them, for the owner, the group and the others. */
export const [S_IRUSR, S_IWUSR, S_IXUSR, S_IRWXU] = [0o400, 0o200, 0o100, 0o700]
export const [S_IRGRP, S_IWGRP, S_IXGRP, S_IRWXG] = [0o040, 0o020, 0o010, 0o070]
export const [S_IROTH, S_IWOTH, S_IXOTH, S_IRWXO] = [0o004, 0o002, 0o001, 0o007]

/** A mode as `ls -l` writes it: 0o104755 is '-rwsr-xr-x'. */
export function modeText(mode: number): string {
  const type = '?pc?d?b?-?l?s???'[mode >> 12 & 15]!
  const letters = [...'rwxrwxrwx'].map((letter, i) => mode & 0o400 >> i ? letter : '-')
  for (const [bit, i, letter] of [[S_ISUID, 2, 's'], [S_ISGID, 5, 's'], [S_ISVTX, 8, 't']] as const) {
    if (mode & bit) letters[i] = letters[i] === 'x' ? letter : letter.toUpperCase()
  }
  return type + letters.join('')
}
