// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
import type { LockOptions, OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'

const fcntlCall = bind('int fcntl(int fd, int command, void *argument)')
const [F_GETLK, F_SETLK, F_OFD_SETLKW] = [5, 6, 38]
const [F_RDLCK, F_WRLCK, F_UNLCK] = [0, 1, 2]

/** struct flock: type and whence as shorts, start at 8, length at 16, and at 24 the owner's pid. */
function struct(type: number, { start = 0, length = 0 }: LockOptions): DataView {
  const view = new DataView(new ArrayBuffer(32))
  view.setInt16(0, type, true)
  view.setBigInt64(8, BigInt(start), true)
  view.setBigInt64(16, BigInt(length), true)
  return view
}

const typeOf = ({ shared = false }: LockOptions) => shared ? F_RDLCK : F_WRLCK
const bytesOf = (view: DataView) => new Uint8Array(view.buffer)

/** Takes the open file's lock, and blocks this thread until it has it: F_OFD_SETLKW. EBADF as `tryLock`. */
export function waitForLock(file: OpenFile, options: LockOptions = {}): void {
  fcntlCall(file.fd, F_OFD_SETLKW, bytesOf(struct(typeOf(options), options)))
}

const flockCall = bind('int flock(int fd, int operation)')
const [LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN] = [1, 2, 4, 8]

/** Takes the lock of flock(2) on the whole file, unless another open file has it. It suffices to be open for reading. */
export function tryFlock(file: OpenFile, { shared = false } = {}): boolean {
  return granted(() => flockCall(file.fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB))
}

/** Gives that lock back. Closing the last descriptor does it as well. */
export function unlockFlock(file: OpenFile): void { flockCall(file.fd, LOCK_UN) }

function granted(call: () => void): boolean {
  try {
    call()
    return true
  } catch (error) {
    if (error instanceof SystemError && ['EAGAIN', 'EACCES'].includes(error.code)) return false
    throw error
  }
}

/** Takes the process's lock: F_SETLK. Closing any descriptor of the file drops it. Not for libraries. */
export function tryProcessLock(file: OpenFile, options: LockOptions = {}): boolean {
  return granted(() => fcntlCall(file.fd, F_SETLK, bytesOf(struct(typeOf(options), options))))
}

/** Gives it back, or a part of it. */
export function unlockProcessLock(file: OpenFile, options: LockOptions = {}): void {
  fcntlCall(file.fd, F_SETLK, bytesOf(struct(F_UNLCK, options)))
}

/** A lock that is in the way. `pid` is null for a lock of an open file. */
export interface Holder { pid: number | null, shared: boolean, start: number, length: number }

/** The first lock that would refuse this one to another process, or null. Sees no flock(2). */
export function lockHolder(file: OpenFile, options: LockOptions = {}): Holder | null {
  const found = struct(typeOf(options), options)
  fcntlCall(file.fd, F_GETLK, bytesOf(found))
  const type = found.getInt16(0, true)
  if (type === F_UNLCK) return null
  const pid = found.getInt32(24, true)
  const length = Number(found.getBigInt64(16, true))
  return { pid: pid === -1 ? null : pid, shared: type === F_RDLCK,
    start: Number(found.getBigInt64(8, true)), length: length === 0 ? Infinity : length }
}

/** A question, and what the answer is for each kind of lock. `undefined`: the kind knows no such thing. */
export interface LockFact {
  question: string
  ofd: boolean, flock: boolean, process: boolean
  /** LockFileEx on Windows, and flock(2) on macOS and the BSDs: documented, not asked here. */
  windows: boolean, bsd: boolean
}

const row = (question: string, ...answers: [boolean, boolean, boolean, boolean, boolean]): LockFact => {
  const [ofd, flock, process, windows, bsd] = answers
  return { question, ofd, flock, process, windows, bsd }
}
const [yes, no] = [true, false]

export const lockFacts: readonly LockFact[] = [
  row('excludes another open of the same process', yes, yes, no, yes, yes),
  row('outlives the close of another descriptor', yes, yes, no, yes, yes),
  row('a duplicate is the same owner', yes, yes, yes, yes, yes),
  row('covers ranges of bytes', yes, no, yes, yes, no),
  row('covers bytes that are not there', yes, no, yes, yes, no),
  row('exclusive on a file open for reading', no, yes, no, yes, yes),
  row('shared becomes exclusive without a gap', yes, no, yes, no, no),
  row('goes to a child that is given the descriptor', yes, yes, no, no, yes),
  row('free when the owner is a zombie', yes, yes, yes, yes, yes),
  row('tells the pid of its owner', no, no, yes, no, no),
  row('sees the locks of fcntl', yes, no, yes, no, yes),
  row('sees the locks of flock', no, yes, no, no, yes),
  row('stops a writer who does not ask', no, no, no, yes, no),
]
