// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { O_CLOEXEC } from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { flagsOf } from '../platforms/linux.ts'
import type { OpenOptions } from '../platforms/platform.ts'
import { addressOf, ThreadEngine } from './asynchrony-threads.ts'
import { Held, provide, type Engine, type Reins } from './asynchrony.ts'
import {
  ASYNC_CANCEL, CLOSE, FSYNC, MKDIRAT, OPENAT, PLACES, READ, READ_FIXED, RENAMEAT, Ring, UNLINKAT,
  WRITE, WRITE_FIXED,
} from './io-uring.ts'

const AT_FDCWD = -100, IOSQE_ASYNC = 16
const { ECANCELED, EINTR } = koffi.os.errno
/** What a cancelled operation may answer; ERESTARTSYS is an errno that should not leave the kernel. */
const STOPPED = new Set([-ECANCELED!, -EINTR!, -512])
/** A longer copy would hold up the loop, so the kernel does it in a thread of its own. */
const INLINE_BYTES_MAX = 128 * 1024

const [IORING_REGISTER_BUFFERS, IORING_REGISTER_IOWQ_MAX_WORKERS] = [0, 19]

type Resolve = (value: number) => void
type Reject = (error: unknown) => void

// One pair of functions for all promises: a closure for each would cost more than the system call.
let [newResolve, newReject]: [Resolve, Reject] = [() => {}, () => {}]
function capture(resolve: Resolve, reject: Reject): void {
  newResolve = resolve
  newReject = reject
}

/** What an operation is while it has no place in the ring, or may be cancelled. */
interface Waiting { place: number, reject: Reject, file: Held | undefined, begin: () => void }

export class UringEngine implements Engine {
  readonly name = 'uring'
  readonly #ring = new Ring((place, result) => this.#done(place, result))
  readonly #others = new ThreadEngine()

  constructor() {
    // 4 for each processor, as it is by default, are few: a FIFO that nobody opens sits on one
    const most = Uint32Array.of(64, 64)   // for files, and for what may take for ever
    try {
      this.#ring.register(IORING_REGISTER_IOWQ_MAX_WORKERS, new Uint8Array(most.buffer), 2)
    } catch { /* before Linux 5.15 it stays as it is */ }
  }
  readonly #free = Array.from({ length: PLACES }, (_, i) => PLACES - 1 - i)
  readonly #resolve: Resolve[] = new Array(PLACES)
  readonly #reject: Reject[] = new Array(PLACES)
  readonly #keep: unknown[] = new Array(PLACES)
  readonly #files: (Held | undefined)[] = new Array(PLACES)
  readonly #syscalls: string[] = new Array(PLACES)
  readonly #reasons: unknown[] = new Array(PLACES)
  readonly #waiting: (Waiting | undefined)[] = new Array(PLACES)
  readonly #ages = new Uint32Array(PLACES)
  readonly #slots = new Uint16Array(PLACES)
  readonly #backlog: Waiting[] = []
  readonly #registered = new WeakMap<ArrayBufferLike, number>()
  #hasRegistered = false

  // move bytes through the ring
  read(file: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number> {
    const syscall = position < 0 ? 'read' : 'pread'
    return this.#transfer(READ, READ_FIXED, syscall, file, bytes, position, reins)
  }

  write(file: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number> {
    const syscall = position < 0 ? 'write' : 'pwrite'
    return this.#transfer(WRITE, WRITE_FIXED, syscall, file, bytes, position, reins)
  }

  #transfer(
    opcode: number, fixed: number, syscall: string, file: Held, bytes: Uint8Array,
    position: number, reins: Reins | undefined,
  ): Promise<number> {
    const flags = bytes.length > INLINE_BYTES_MAX ? IOSQE_ASYNC : 0
    const index = this.#hasRegistered ? this.#registered.get(bytes.buffer) : undefined
    return this.#do(index === undefined ? opcode : fixed, syscall, file.handle, addressOf(bytes),
      bytes.length, position, flags, 0, index ?? 0, bytes, file, reins)
  }

  async sync(file: Held, dataOnly: boolean, reins?: Reins): Promise<void> {
    const syscall = dataOnly ? 'fdatasync' : 'fsync'
    await this.#do(FSYNC, syscall, file.handle, 0, 0, 0, 0, dataOnly ? 1 : 0, 0, null, file, reins)
  }
  // open and close through the ring
  async open(path: Path, options: OpenOptions, reins?: Reins): Promise<Held> {
    const flags = flagsOf(options) | O_CLOEXEC
    // Without IOSQE_ASYNC the kernel opens with O_NONBLOCK first, and a FIFO without a writer opens.
    const mode = options.mode ?? 0o666
    return new Held(await this.#named(OPENAT, 'open', path, mode, flags, reins), path)
  }

  async close(file: Held): Promise<void> {
    const { handle, path } = file
    file.handle = -1
    await file.idle()
    const last = new Held(handle, path)
    await this.#do(CLOSE, 'close', handle, 0, 0, 0, 0, 0, 0, null, last, undefined)
  }
  // give and take names through the ring
  async #named(opcode: number, syscall: string, path: Path, length: number, rw: number,
    reins?: Reins, other?: Path): Promise<number> {
    const keep = [cString(path), other === undefined ? null : cString(other)] as const
    const offset = keep[1] === null ? 0 : addressOf(keep[1])
    try {
      return await this.#do(opcode, syscall, AT_FDCWD, addressOf(keep[0]), length, offset, IOSQE_ASYNC, rw,
        0, keep, undefined, reins)
    } catch (error) {
      if (!(error instanceof SystemError) || error.path !== undefined) throw error
      throw new SystemError(error.errno, syscall, { path, dest: other })
    }
  }

  async call(
    module: string, name: string, args: readonly unknown[], reins?: Reins,
  ): Promise<unknown> {
    const [path, second] = args
    if (module === 'folder-operations' && isPath(path)) {
      if (name === 'unlink') return void await this.#named(UNLINKAT, name, path, 0, 0, reins)
      if (name === 'mkdir' && args.length === 1) {
        await this.#named(MKDIRAT, name, path, 0o777, 0, reins)
        return path
      }
      if (name === 'rename' && isPath(second) && args.length === 2) {
        await this.#named(RENAMEAT, name, path, AT_FDCWD >>> 0, 0, reins, second)
        return second
      }
    }
    return this.#others.call(module, name, args, reins)
  }
  // leave the rest to threads
  ask(file: Held, method: string, args: readonly unknown[], reins?: Reins): Promise<unknown> {
    return this.#others.ask(file, method, args, reins)
  }
  // begin, or wait for a place
  #do(
    opcode: number, syscall: string, fd: number, address: number, length: number, offset: number,
    flags: number, rw: number, index: number, keep: unknown, file: Held | undefined,
    reins: Reins | undefined,
  ): Promise<number> {
    const promise = new Promise<number>(capture)
    if (reins?.reason !== undefined) {
      newReject(reins.reason)
      return promise
    }
    const [resolve, reject] = [newResolve, newReject]
    if (file !== undefined) file.running++
    if (reins !== undefined || this.#free.length === 0) {
      const begin = () => {
        const place = this.#begin(opcode, syscall, fd, address, length, offset, flags, rw, index,
          keep, file, resolve, reject)
        waiting.place = place
        this.#waiting[place] = waiting
      }
      const waiting: Waiting = { place: -1, reject, file, begin }
      if (reins !== undefined) reins.cancel = reason => this.#cancel(waiting, reason)
      if (this.#free.length === 0) this.#backlog.push(waiting)
      else begin()
    } else {
      this.#begin(opcode, syscall, fd, address, length, offset, flags, rw, index, keep, file,
        resolve, reject)
    }
    return promise
  }
  // take a place
  #begin(
    opcode: number, syscall: string, fd: number, address: number, length: number, offset: number,
    flags: number, rw: number, index: number, keep: unknown, file: Held | undefined,
    resolve: Resolve, reject: Reject,
  ): number {
    const place = this.#free.pop()!
    this.#resolve[place] = resolve
    this.#reject[place] = reject
    this.#keep[place] = keep
    this.#files[place] = file
    this.#syscalls[place] = syscall
    this.#slots[place] = this.#ring.push(opcode, fd, address, length, offset, place,
      this.#ages[place]!, flags, rw, index)
    return place
  }
  // settle the promise
  #done(place: number, result: number): void {
    const file = this.#files[place]
    const reason = this.#reasons[place]
    const waiting = this.#waiting[place]
    if (waiting !== undefined) waiting.place = -2
    this.#keep[place] = this.#files[place] = this.#reasons[place] = this.#waiting[place] = undefined
    this.#ages[place]!++
    this.#free.push(place)
    if (file !== undefined) file.release()
    if (result >= 0) this.#resolve[place]!(result)
    else if (reason !== undefined && STOPPED.has(result)) this.#reject[place]!(reason)
    else this.#reject[place]!((file ?? NAMELESS).error(result, this.#syscalls[place]!))
    if (this.#backlog.length > 0) this.#backlog.shift()!.begin()
  }
  // cancel what has begun and what has not
  #cancel(waiting: Waiting, reason: unknown): void {
    const { place } = waiting
    if (place === -2) return
    if (place === -1) {
      const i = this.#backlog.indexOf(waiting)
      if (i === -1) return
      this.#backlog.splice(i, 1)
      waiting.place = -2
      waiting.file?.release()
      waiting.reject(reason)
      return
    }
    const age = this.#ages[place]!
    this.#reasons[place] ??= reason
    if (this.#ring.recall(this.#slots[place]!, place, age)) {
      // the entry does nothing now; its place is free when the kernel says so
      this.#resolve[place] = this.#reject[place] = () => {}
      waiting.reject(reason)
    } else {
      this.#ring.push(ASYNC_CANCEL, -1, place + age * 2 ** 32, 0, 0, -1, 0)
    }
  }
  // register buffers
  /** Pins these buffers, so that the kernel need not look at their pages each time. Once. */
  register(buffers: readonly Uint8Array[]): void {
    const list = Buffer.alloc(buffers.length * 16)
    buffers.forEach((bytes, i) => {
      list.writeBigUInt64LE(BigInt(addressOf(bytes)), i * 16)
      list.writeBigUInt64LE(BigInt(bytes.length), i * 16 + 8)
    })
    this.#ring.register(IORING_REGISTER_BUFFERS, list, buffers.length)
    buffers.forEach((bytes, i) => this.#registered.set(bytes.buffer, i))
    this.#hasRegistered = true
  }
  async end(): Promise<void> {
    this.#ring.close()
    await this.#others.end()
  }
}

const NAMELESS = new Held(0)

const isPath = (value: unknown): value is Path =>
  typeof value === 'string' || value instanceof Uint8Array

/** The path's bytes with a zero behind, in memory that does not move. */
function cString(path: Path): Uint8Array {
  const bytes = typeof path === 'string' ? Buffer.from(path) : path
  if (bytes.includes(0)) {
    const received = pathText(path).replaceAll('\0', '\\x00')
    throw Object.assign(new TypeError(`The argument 'path' must be a path without null bytes. ` +
      `Received '${received}'`), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  const copy = Buffer.allocUnsafeSlow(bytes.length + 1)
  copy.set(bytes)
  copy[bytes.length] = 0
  return copy
}

if (process.platform === 'linux') provide('uring', () => new UringEngine())
