// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { Stat, Times } from '../foundations/file.ts'
import type { OpenOptions, Range } from '../platforms/platform.ts'
import { optionsFor, type OpenMode } from './file-handle.ts'
import './asynchrony-threads.ts'   // makes itself known
import { engine, within, type Engine, type Held, type Limits, type Reins } from './asynchrony.ts'

/** A range to lock; shared or, by default, exclusive. */
export type LockAsk = Range & { shared?: boolean | undefined }

/** Opens a file as the synchronous `open` does, and resolves to an `AsyncFile`. */
export async function openAsync(
  path: Path, how: OpenMode | number | OpenOptions = 'r',
  { signal, timeoutMs, by = engine(), ...more }: OpenOptions & Limits & { by?: Engine } = {},
): Promise<AsyncFile> {
  const options = optionsFor(how, more)
  const limits = { signal, timeoutMs }
  const held = await within(limits, 'open', path, reins => by.open(path, options, reins))
  return new AsyncFile(by, held, path, options)
}

/** An open file whose operations are promises. Those without a position are done one by one. */
export class AsyncFile {
  readonly path: Path
  readonly options: Readonly<OpenOptions>
  readonly #engine: Engine
  readonly #held: Held
  #last: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(by: Engine, held: Held, path: Path, options: Readonly<OpenOptions>) {
    this.#engine = by
    this.#held = held
    this.path = path
    this.options = options
  }

  get isOpen(): boolean { return this.#held.handle !== -1 && this.#closing === undefined }

  /** The descriptor or HANDLE, for a call made at once; −1 after `close`. */
  get fd(): number { return this.#closing === undefined ? this.#held.handle : -1 }

  // read once
  /** Reads once, up to `bytes.length` bytes; 0 is the end. Leave `bytes` alone until it is done. */
  readSome(bytes: Uint8Array, position?: number, limits?: Limits): Promise<number> {
    if (position !== undefined && limits === undefined && this.#closing === undefined) {
      return isPosition(position) ? this.#engine.read(this.#held, bytes, position) : refuse(position)
    }
    return this.#run('read', position, limits, (at, reins) => this.#engine.read(this.#held, bytes, at, reins))
  }
  // read until there is no more
  /** Fills `bytes`, short only at the end. */
  readInto(bytes: Uint8Array, position?: number, limits?: Limits): Promise<number> {
    return this.#run('read', position, limits, (at, reins) => this.#fill(bytes, at, reins))
  }

  async #fill(bytes: Uint8Array, position: number, reins: Reins): Promise<number> {
    for (let done = 0; ;) {
      const rest = done === 0 ? bytes : bytes.subarray(done)
      const at = position === -1 ? -1 : position + done
      const count = await this.#engine.read(this.#held, rest, at, reins)
      done += count
      if (count === 0 || done === bytes.length) return done
    }
  }

  /** Up to `size` bytes, or all up to the end. */
  async read(size = Infinity, position?: number, limits?: Limits): Promise<Buffer> {
    return this.#run('read', position, limits, async (at, reins) => {
      let whole = Buffer.allocUnsafeSlow(Math.min(size, size <= PIECE ? size : await this.#guess()))
      for (let done = 0; ;) {
        const rest = whole.subarray(done)
        const count = await this.#fill(rest, at === -1 ? -1 : at + done, reins)
        done += count
        if (count < rest.length || done === size) return whole.subarray(0, done)
        whole = Buffer.concat([whole, Buffer.allocUnsafeSlow(Math.min(size, 2 * whole.length) - done)])
      }
    })
  }

  async #guess(): Promise<number> {
    const { size } = await this.#engine.ask(this.#held, 'stat', []) as Stat
    return Math.max(size + 1, PIECE)
  }

  /** The rest of the file as text. */
  async readString(encoding: BufferEncoding = 'utf8', limits?: Limits): Promise<string> {
    return (await this.read(Infinity, undefined, limits)).toString(encoding)
  }
  // write and sync
  /** Writes all of `data`, text as UTF-8; resolves to how many bytes. Appends if opened so. */
  write(data: string | Uint8Array, position?: number, limits?: Limits): Promise<number> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    return this.#run('write', position, limits, async (at, reins) => {
      if (at !== -1 && this.options.append === true) {
        const hint = "it is open for appending, where a position would be ignored; open it with 'r+'"
        throw new SystemError('EINVAL', 'pwrite', { path: this.path, hint })
      }
      for (let done = 0; ;) {
        const rest = done === 0 ? bytes : bytes.subarray(done)
        done += await this.#engine.write(this.#held, rest, at === -1 ? -1 : at + done, reins)
        if (done === bytes.length) return done
      }
    })
  }

  sync(limits?: Limits): Promise<void> {
    return this.#run('fsync', undefined, limits, (_, reins) => this.#engine.sync(this.#held, false, reins))
  }

  dataSync(limits?: Limits): Promise<void> {
    return this.#run('fdatasync', undefined, limits, (_, reins) => this.#engine.sync(this.#held, true, reins))
  }
  // ask for the rest
  stat(limits?: Limits): Promise<Stat> { return this.#ask('stat', [], limits) }
  truncate(size: number, limits?: Limits): Promise<void> { return this.#ask('truncate', [size], limits) }
  chmod(mode: number, limits?: Limits): Promise<void> { return this.#ask('chmod', [mode], limits) }
  setTimes(times: Times, limits?: Limits): Promise<void> { return this.#ask('setTimes', [times], limits) }
  chown(uid: number, gid: number, limits?: Limits): Promise<void> {
    return this.#ask('chown', [uid, gid], limits)
  }

  tryLock(ask: LockAsk = {}, limits?: Limits): Promise<boolean> { return this.#ask('tryLock', [ask], limits) }
  unlock(range: Range = {}, limits?: Limits): Promise<void> { return this.#ask('unlock', [range], limits) }
  // wait for the lock
  /** Asks for the lock until it is given: after 1 ms, then seldomer, at least every 50 ms. */
  async lock(ask: LockAsk = {}, { signal, timeoutMs = Infinity }: Limits = {}): Promise<void> {
    const deadline = performance.now() + timeoutMs
    for (let pause = 1; !await this.tryLock(ask, { signal }); pause = Math.min(50, pause * 2)) {
      if (performance.now() >= deadline) throw new SystemError('ETIMEDOUT', 'fcntl', { path: this.path })
      await new Promise(resolve => { setTimeout(resolve, pause) })
      signal?.throwIfAborted()
    }
  }
  // close when all is done
  /** Waits for what runs, then lets go. A second time it is the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => this.#engine.close(this.#held))
    return this.#closing
  }
  // name the file in an error
  #ask<T>(method: string, args: unknown[], limits?: Limits): Promise<T> {
    return this.#run(method, undefined, limits, async (_, reins) => {
      try {
        return await this.#engine.ask(this.#held, method, args, reins) as T
      } catch (error) {
        if (!(error instanceof SystemError) || error.path !== undefined) throw error
        throw new SystemError(error.errno, error.syscall, { path: this.path })
      }
    })
  }
  // wait for the turn, or do not
  #run<T>(
    syscall: string, position: number | undefined, limits: Limits | undefined,
    begin: (position: number, reins: Reins) => Promise<T>,
  ): Promise<T> {
    if (position !== undefined && !isPosition(position)) return refuse(position)
    if (this.#closing !== undefined) return this.#closed(syscall)
    return within(limits ?? {}, syscall, this.path, reins =>
      position === undefined ? this.#inTurn(reins, begin) : begin(position, reins))
  }

  #inTurn<T>(reins: Reins, begin: (position: number, reins: Reins) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isDropped = false
      reins.cancel = reason => {
        isDropped = true
        reject(reason as Error)
      }
      this.#last = this.#last.then(() => {
        if (isDropped) return
        delete reins.cancel
        return begin(-1, reins).then(resolve, reject)
      })
    })
  }

  async #closed(syscall: string): Promise<never> {
    throw new SystemError('EBADF', syscall, { path: this.path, hint: 'this file was closed' })
  }
}

if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(AsyncFile.prototype, Symbol.asyncDispose, {
    value(this: AsyncFile) { return this.close() }, configurable: true, writable: true,
  })
}

const PIECE = 65_536
const isPosition = (value: unknown) => Number.isSafeInteger(value) && value as number >= 0

async function refuse(position: unknown): Promise<never> {
  throw Object.assign(new RangeError(`The value of "position" is out of range. It must be an ` +
    `integer >= 0. Received ${String(position)}`), { code: 'ERR_OUT_OF_RANGE' })
}
