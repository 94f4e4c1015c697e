// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { fstatSync, lstatSync, openSync, readdirSync } from 'node:fs'
import { O_CREAT, O_NOFOLLOW, O_PATH, O_TMPFILE, O_TRUNC } from '../foundations/file.ts'
import { pathText, SystemError } from '../foundations/kernel.ts'
import type { Listed, Report } from './interleaving-baton.ts'

/** A file that the process has open: its own word for it, which locks are on it, whether its names were told, and whether it never had one. */
export interface Opened { word: string, isInside: boolean, locks: Set<string>, isTold: boolean, isNameless: boolean, listed: Listed }

/** What one process does, as the explorer wants to know it. Forgets everything with the run. */
export class Record {
  readonly folder: string
  readonly opened = new Map<number, Opened>()
  readonly seen: string[] = []
  /** Descriptors of what it has seen, to be closed after the run. */
  readonly kept: number[] = []
  #opens = 0
  readonly #isListedAtOpen: boolean

  constructor(folder: string, isListedAtOpen = false) {
    this.folder = folder
    this.#isListedAtOpen = isListedAtOpen
  }
  // tell which calls others could notice
  /** Whether another process could notice the call, or change its answer. */
  isVisible(syscall: string, args: readonly unknown[]): boolean {
    if (/^(fsync|fdatasync|lseek)$/.test(syscall)) return false
    const file = this.opened.get(args[0] as number)
    if (file?.isNameless) return false
    if (syscall === 'close') return file !== undefined && file.locks.size > 0
    if (syscall === 'getdents64' && file?.isTold === true) return false
    if (syscall === 'statx' && args[1] === '' && args[3] === STATX_INO) return false
    return this.isOurs(args)
  }

  /** Of each open file, whether it may be locked, so that its close would be noticed. */
  holds(): boolean[] { return [...this.opened.values()].map(({ locks, isNameless }) => locks.size > 0 && !isNameless) }

  /** The descriptors of the scene's files, with what they will list. */
  inside(): Report['open'] { return [...this.opened].flatMap(([fd, { isInside, listed }]) => isInside ? [[fd, listed]] : []) }

  /** Whether it is about the scene's folder. The rest of the world is taken for unchanging. */
  isOurs(args: readonly unknown[]): boolean {
    const file = this.opened.get(args[0] as number)
    return file?.isInside === true || args.some(each => typeof each === 'string' && this.#isInside(each))
  }

  #isInside(path: string): boolean { return path === this.folder || path.startsWith(`${this.folder}/`) }

  /** Whether the call changes nothing, so that two of them can change places. */
  isLook(syscall: string, [, second, third]: readonly unknown[]): boolean {
    if (syscall === 'fcntl') return second === F_OFD_GETLK
    if (/^open/.test(syscall)) return (Number(syscall === 'open' ? second : third) & (O_CREAT | O_TRUNC)) === 0
    return /^(statx|p?read|readlink|readlinkat|getdents64)$/.test(syscall)
  }
  // put the call into words
  textOf(syscall: string, args: readonly unknown[]): string {
    const words = args.map((each, i) => {
      if (typeof each === 'string') return `'${this.#short(each)}'`
      if (typeof each !== 'number') return '…'
      const isFile = i === 0 || /at2?$/.test(syscall)
      return each === AT_FDCWD ? '.' : isFile && this.opened.get(each)?.word || String(each)
    })
    return `${syscall}(${words.join(', ')})`
  }

  #short(text: string): string {
    return text.replaceAll(`${this.folder}/`, '').replaceAll(this.folder, '.')
      .replace(/\/proc\/self\/fd\/(\d+)/g, (path, fd: string) => this.opened.get(Number(fd))?.word ?? path)
  }
  // put the answer into words
  /** Notes what a call has opened, closed or locked, and puts the answer into words: all that the process can know by it. */
  answer(syscall: string, args: readonly unknown[], result: number): string {
    const isOurs = this.isOurs(args)
    if (syscall === 'close') this.opened.delete(args[0] as number)
    if (result < 0) return new SystemError(result, syscall).code
    const bytes = args.find(each => each instanceof Uint8Array) as Buffer
    if (/^open/.test(syscall)) return this.#open(isOurs, Number(args[syscall === 'open' ? 1 : 2]), result)
    if (/^link/.test(syscall)) for (const file of this.opened.values()) file.isNameless = false
    if (syscall === 'statx') stopAtNoon(bytes, args[3] === STATX_INO)
    if (!isOurs) return ''
    if (/^(flock|fcntl)$/.test(syscall)) return this.#lock(args, result)
    if (syscall === 'statx') return this.#status(bytes, args)
    if (syscall === 'getdents64') return this.#names(args[0] as number, bytes, result)
    if (/^p?(read|write|readlink|readlinkat)$/.test(syscall)) {
      return `${result} ${JSON.stringify(this.#short(pathText(bytes.subarray(0, result))))}`
    }
    return String(result)
  }

  /** Files of the rest of the world are not counted: a module may open one only the first time that it is played. */
  #open(isInside: boolean, flags: number, fd: number): string {
    const word = isInside ? `#${++this.#opens}` : 'outside'
    const isNameless = (flags & O_TMPFILE) === O_TMPFILE
    const listed = isInside && this.#isListedAtOpen ? listedIn(fd) : []
    this.opened.set(fd, { word, isInside, locks: new Set(), isTold: false, isNameless, listed })
    return isInside ? `${word}, ${this.#number(fstatSync(fd, { bigint: true }).ino, `/proc/self/fd/${fd}`)}` : word
  }
  // remember what is locked, and what was told
  /** A range is known by its 16 bytes in struct flock. What is unlocked in other parts than it was locked in counts as locked. */
  #lock([fd, command, argument]: readonly unknown[], result: number): string {
    const isRange = argument instanceof Uint8Array
    const what = isRange ? Buffer.from(argument).toString('hex', 8, 24) : 'all'
    const isFree = isRange ? argument[0] === F_UNLCK : command === LOCK_UN
    const locks = this.opened.get(fd as number)?.locks
    if (isFree) locks?.delete(what)
    else if (command !== F_OFD_GETLK || !isRange) locks?.add(what)
    return isRange ? `${result} ${'rw-'[argument[0]!]}` : String(result)
  }

  #names(fd: number, bytes: Buffer, result: number): string {
    const file = this.opened.get(fd)
    if (file !== undefined) [file.isTold, file.listed] = [true, []]
    return sortNames(bytes, result)
  }

  /** An inode as this process knows it: its first, its second, … */
  #number(ino: bigint, path: string, noFollow = 0): string {
    if (!this.seen.includes(String(ino))) {
      this.seen.push(String(ino))
      this.kept.push(openSync(path, O_PATH | noFollow))
    }
    return `file ${this.seen.indexOf(String(ino)) + 1}`
  }
  // tell what a file is, at noon
  /** struct statx. Of a folder, neither size nor links: they are the filesystem's own business. */
  #status(bytes: Uint8Array, [at, path, flags, mask]: readonly unknown[]): string {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const place = at === AT_FDCWD ? String(path) : `/proc/self/fd/${at}/${path}`.replace(/\/$/, '')
    const noFollow = Number(flags) & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0
    const number = this.#number(view.getBigUint64(32, true), place, noFollow)
    if (mask === STATX_INO) return number
    const mode = view.getUint16(28, true)
    const size = mode >> 12 === 4 ? '' : `, ${view.getBigUint64(40, true)} bytes, ${view.getUint32(16, true)} names`
    return `${number}, 0${mode.toString(8)}${size}`
  }
}

const [AT_FDCWD, AT_SYMLINK_NOFOLLOW, F_OFD_GETLK, F_UNLCK, LOCK_UN, STATX_INO] = [-100, 0x100, 36, 2, 8, 0x100]
/** All clocks of a process stand still at this time. */
export const NOON_MS = 1_700_000_000_000
const TIMES = [64, 80, 96, 112]

function listedIn(fd: number): Listed {
  if (!fstatSync(fd).isDirectory()) return []
  const folder = `/proc/self/fd/${fd}`
  return readdirSync(folder).sort().map(name => [name, String(lstatSync(`${folder}/${name}`, { bigint: true }).ino)])
}

function stopAtNoon(status: Uint8Array, isInodeOnly: boolean): void {
  if (isInodeOnly) for (const [from, to] of [[16, 32], [40, 64]] as const) status.fill(0, from, to)
  const view = new DataView(status.buffer, status.byteOffset)
  for (const at of TIMES) {
    view.setBigInt64(at, BigInt(NOON_MS / 1000), true)
    view.setUint32(at + 8, 0, true)
  }
}

/** Puts the names of a folder into order, also for the caller: the kernel may give them in any. */
function sortNames(bytes: Buffer, size: number): string {
  const records: Buffer[] = []
  for (let at = 0; at < size; at += records.at(-1)!.length) {
    records.push(Buffer.from(bytes.subarray(at, at + bytes.readUInt16LE(at + 16))))
  }
  const nameOf = (record: Buffer) => record.toString('utf8', 19, record.indexOf(0, 19))
  records.sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1)
  Buffer.concat(records).copy(bytes)
  return records.map(nameOf).filter(name => !/^\.\.?$/.test(name)).join(' ') || '(nothing)'
}
