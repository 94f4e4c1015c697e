// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import type { Stat, Times } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import type { PlatformFile, Range } from './platform.ts'
import { close, must, refused, win32, type Handle } from './win32.ts'
import { setModeOf, setSizeOf, setTimesOf, statOf } from './windows-stat.ts'

const readFile = win32(
  'int ReadFile(intptr_t handle, void *bytes, uint32_t length, void *count, void *how)')
const writeFile = win32(
  'int WriteFile(intptr_t handle, void *bytes, uint32_t length, void *count, void *how)')
const getOverlappedResult =
  win32('int GetOverlappedResult(intptr_t handle, void *how, void *count, int wait)')
const createEvent = win32('intptr_t CreateEventW(void *security, int manual, int set, void *name)')
const getLastError = win32('uint32_t GetLastError()')
const flushFileBuffers = win32('int FlushFileBuffers(intptr_t handle)')
const reOpenFile =
  win32('intptr_t ReOpenFile(intptr_t handle, uint32_t access, uint32_t share, uint32_t flags)')
const duplicateHandle = win32('int DuplicateHandle(intptr_t process, intptr_t handle, ' +
  'intptr_t target, void *answer, uint32_t access, int inherit, uint32_t options)')
const [ERROR_ACCESS_DENIED, ERROR_HANDLE_EOF, ERROR_IO_PENDING, ERROR_BROKEN_PIPE] = [5, 38, 997, 109]
const [THIS_PROCESS, DUPLICATE_SAME_ACCESS, GENERIC_WRITE] = [-1, 2, 0x40000000]
/** One transfer, as Linux has it: more is done in several. */
const TRANSFER_MAX = 0x7ffff000

/** What duplicates have in common. Windows keeps no place for an overlapped handle, so it is here. */
export interface Description {
  place: number
  readonly readable: boolean
  readonly writable: boolean
  readonly append: boolean
  /** How many handles there are. */
  holders: number
  /** The locks that this open file holds; `end` is exclusive. */
  locks: Held[]
}
interface Held { start: bigint, end: bigint, shared: boolean }

/** An open file of Windows. The handle is overlapped: each transfer says where. */
export class WindowsFile implements PlatformFile {
  #handle: Handle
  readonly #description: Description

  /** Takes over a handle that has just been opened. */
  constructor(handle: Handle, description: Description) {
    this.#handle = handle
    this.#description = description
  }

  get handle(): Handle { return this.#handle }
  get description(): Description { return this.#description }
  // transfer bytes
  read(buffer: Uint8Array, position?: number): number {
    return this.#transfer('read', buffer, position)
  }

  write(bytes: Uint8Array, position?: number): number {
    return this.#transfer('write', bytes, position)
  }

  #transfer(syscall: 'read' | 'write', bytes: Uint8Array, position?: number): number {
    const description = this.#description
    const handle = this.#opened(syscall)
    if (!(syscall === 'read' ? description.readable : description.writable)) throw badHandle(syscall)
    const at = position ?? description.place
    const toEnd = syscall === 'write' && description.append
    const count = transfer(handle, syscall, bytes, toEnd ? END : offsetOf(at, syscall))
    if (toEnd) description.place = statOf(handle).size
    else if (position === undefined) description.place += count
    return count
  }

  seek(offset: number, from: 'start' | 'current' | 'end' = 'start'): number {
    const handle = this.#opened('lseek')
    const base = { start: () => 0, current: () => this.#description.place, end: () => statOf(handle).size }
    const place = base[from]() + offset
    offsetOf(place, 'lseek')
    return this.#description.place = place
  }
  // ask and change
  sync(): void {
    const handle = this.#opened('fsync')
    if (flushFileBuffers(handle) !== 0) return
    if (getLastError() !== ERROR_ACCESS_DENIED) throw refused('fsync')
    // Only who may write may flush.
    const writer = reOpenFile(handle, GENERIC_WRITE, 7, FLAG_BACKUP)
    if (writer === -1) throw refused('fsync')
    const done = flushFileBuffers(writer)
    close(writer)
    must(done, 'fsync')
  }

  datasync(): void { this.sync() }

  truncate(size: number): void {
    const handle = this.#opened('ftruncate')
    offsetOf(size, 'ftruncate')
    if (!this.#description.writable) throw new SystemError('EINVAL', 'ftruncate')
    setSizeOf(handle, size)
  }

  stat(): Stat { return statOf(this.#opened('fstat')) }
  chmod(mode: number): void { setModeOf(this.#opened('fchmod'), mode) }
  /** Does nothing: a Windows file has an owner, and nobody here has numbers for people. */
  chown(_uid: number, _gid: number): void { this.#opened('fchown') }
  setTimes(times: Times): void { setTimesOf(this.#opened('futimes'), times) }
  // lock bytes that no file has
  tryLock({ shared = false, ...range }: Range & { shared?: boolean | undefined } = {}): boolean {
    const handle = this.#opened('fcntl')
    const description = this.#description
    if (!(shared ? description.readable : description.writable)) throw badHandle('fcntl')
    const wanted = { ...bytesOf(range), shared }
    const own = description.locks.filter(lock => overlap(lock, wanted))
    if (own.some(lock => covers(lock, wanted) && lock.shared === shared)) return true
    // make room for the other kind of lock
    // A shared lock may lie on our own exclusive one, and takes its place below. The other way round it has to go first.
    const gone = shared ? [] : own
    this.#release(gone, wanted, handle)
    if (!lock(handle, wanted)) {
      for (const each of gone) {
        const back = { ...within(each, wanted), shared: each.shared }
        if (lock(handle, back)) description.locks.push(back)
      }
      return false
    }
    description.locks.push(wanted)
    if (shared) this.#release(own, wanted, handle)
    return true
  }

  unlock(range: Range = {}): void {
    const handle = this.#opened('fcntl')
    const given = bytesOf(range)
    this.#release(this.#description.locks.filter(lock => overlap(lock, given)), given, handle)
  }
  // keep count of the handles
  /** Unlocks `given` out of `held`, which Windows only knows as wholes: what is left of one is locked anew. */
  #release(held: Held[], given: Bytes, handle: Handle): void {
    const { locks } = this.#description
    for (const each of held) {
      locks.splice(locks.indexOf(each), 1)
      must(unlockFileEx(handle, 0, ...halves(each), overlapped(FAR + each.start, 0)), 'fcntl')
      for (const rest of [{ ...each, end: given.start }, { ...each, start: given.end }]) {
        if (rest.start < rest.end && lock(handle, rest)) locks.push(rest)
      }
    }
  }

  duplicate(): WindowsFile {
    const answer = Buffer.alloc(8)
    must(duplicateHandle(THIS_PROCESS, this.#opened('dup'), THIS_PROCESS, answer, 0, 0,
      DUPLICATE_SAME_ACCESS), 'dup')
    this.#description.holders++
    return new WindowsFile(Number(answer.readBigInt64LE(0)), this.#description)
  }

  close(): void {
    const handle = this.#handle
    if (handle === -1) return
    this.#handle = -1
    // Windows unlocks by itself, but says that this may take a while.
    if (--this.#description.holders === 0) this.#release(this.#description.locks.slice(), EVERYTHING, handle)
    close(handle)
  }

  #opened(syscall: string): Handle {
    if (this.#handle === -1) throw badHandle(syscall)
    return this.#handle
  }
}

const badHandle = (syscall: string) => new SystemError('EBADF', syscall)
const FLAG_BACKUP = 0x2000000

function offsetOf(at: number, syscall: string): bigint {
  if (!Number.isSafeInteger(at)) {
    throw Object.assign(new RangeError(`The value of "position" is out of range. It must be an ` +
      `integer. Received ${at}`), { code: 'ERR_OUT_OF_RANGE' })
  }
  if (at < 0) throw new SystemError('EINVAL', syscall)
  return BigInt(at)
}

/** OVERLAPPED (32 bytes): two words of the kernel's, the offset, and the event that tells the end. */
export function overlapped(offset: bigint, event: Handle): Buffer {
  const how = Buffer.alloc(32)
  how.writeBigUInt64LE(offset, 16)
  how.writeBigInt64LE(BigInt(event), 24)
  return how
}
/** As an offset: wherever the end is by then. */
const END = 0xffff_ffff_ffff_ffffn

let event: Handle | undefined

/** Starts one transfer and waits for its end. An odd event keeps it away from a completion port. */
function transfer(handle: Handle, syscall: 'read' | 'write', bytes: Uint8Array, at: bigint): number {
  event ??= createEvent(null, 1, 0, null)
  const [how, count] = [overlapped(at, event | 1), Buffer.alloc(4)]
  const length = Math.min(bytes.length, TRANSFER_MAX)
  const begun = syscall === 'read'
    ? readFile(handle, bytes, length, count, how)
    : writeFile(handle, bytes, length, count, how)
  if ((begun !== 0 || getLastError() === ERROR_IO_PENDING)
    && getOverlappedResult(handle, how, count, 1) !== 0) return count.readUInt32LE(0)
  const number = getLastError()
  if (syscall === 'read' && [ERROR_HANDLE_EOF, ERROR_BROKEN_PIPE].includes(number)) return 0
  if (statOf(handle).type === 'directory') throw new SystemError('EISDIR', syscall)
  throw refused(syscall, { number })
}

const lockFileEx = win32('int LockFileEx(intptr_t handle, uint32_t flags, uint32_t reserved, ' +
  'uint32_t low, uint32_t high, void *how)')
const unlockFileEx = win32(
  'int UnlockFileEx(intptr_t handle, uint32_t reserved, uint32_t low, uint32_t high, void *how)')
const [LOCK_AT_ONCE, LOCK_EXCLUSIVE, ERROR_LOCK_VIOLATION] = [1, 2, 33]

/** Where the lock of byte 0 is. No file reaches so far, so no lock stands in the way of bytes. */
const FAR = 2n ** 62n

/** The bytes that a range stands for; without a length, all up to where locks end. */
export function bytesOf({ start = 0, length }: Range): { start: bigint, end: bigint } {
  const first = offsetOf(start, 'fcntl')
  return { start: first, end: length === undefined || length === 0 ? FAR - 1n : first + offsetOf(length, 'fcntl') }
}

const overlap = (a: Bytes, b: Bytes) => a.start < b.end && b.start < a.end
const within = (a: Bytes, b: Bytes): Bytes =>
  ({ start: a.start > b.start ? a.start : b.start, end: a.end < b.end ? a.end : b.end })
const covers = (a: Bytes, b: Bytes) => a.start <= b.start && b.end <= a.end
type Bytes = Pick<Held, 'start' | 'end'>
const EVERYTHING = { start: 0n, end: FAR }

function halves({ start, end }: Bytes): [number, number] {
  const length = end - start
  return [Number(length & 0xffff_ffffn), Number(length >> 32n)]
}

function lock(handle: Handle, { shared, ...bytes }: Held): boolean {
  event ??= createEvent(null, 1, 0, null)
  const flags = LOCK_AT_ONCE | (shared ? 0 : LOCK_EXCLUSIVE)
  const how = overlapped(FAR + bytes.start, event | 1)
  if (lockFileEx(handle, flags, 0, ...halves(bytes), how) !== 0) return true
  const number = getLastError()
  if (number === ERROR_LOCK_VIOLATION || number === ERROR_IO_PENDING) return false
  throw refused('fcntl', { number })
}
