// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import {
  O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY, type Stat, type Times,
} from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { platform } from '../platforms/here.ts'
import type { OpenOptions, PlatformFile } from '../platforms/platform.ts'

export {
  O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY,
} from '../foundations/file.ts'
export type { OpenOptions } from '../platforms/platform.ts'

/**
 * Fills in what is left out. `write` alone creates and truncates; `append` and `truncate` mean
 * `write` and create; without any of them it is `read`.
 */
export function completeOptions(options: OpenOptions): OpenOptions {
  const { exclusive = false, truncate, append = false } = options
  const write = options.write ?? (append || truncate === true || exclusive)
  const read = options.read ?? !write
  const isNew = write && options.read !== true && !append
  const create = options.create ?? (isNew || append || truncate === true || exclusive)
  const whole = { ...options, read, write, append, create, exclusive, truncate: truncate ?? isNew }
  // refuse options that contradict each other
  if (!read && !write) throw badValue('options', options, 'read or write')
  if (!write && (append || create || whole.truncate)) {
    throw badValue('options', options, 'write, as append, create, exclusive and truncate do')
  }
  return whole
}

/** The modes of fopen(3), which are Julia's; with `x` the name must not be taken. */
const MODES = {
  'r': { read: true }, 'r+': { read: true, write: true },
  'w': { write: true }, 'w+': { read: true, create: true, truncate: true },
  'a': { append: true }, 'a+': { read: true, append: true },
  'wx': { write: true, exclusive: true }, 'wx+': { read: true, truncate: true, exclusive: true },
  'ax': { append: true, exclusive: true }, 'ax+': { read: true, append: true, exclusive: true },
} satisfies Record<string, OpenOptions>
export type OpenMode = keyof typeof MODES
const COMPLETE = new Map(Object.entries(MODES).map(([name, mode]) => [name, completeOptions(mode)]))

/** `how` in full: a mode, flags of open(2), or options, and what `more` adds to it. */
export function optionsFor(how: OpenMode | number | OpenOptions, more?: OpenOptions): OpenOptions {
  const known = typeof how === 'string' ? COMPLETE.get(how) : undefined
  if (known !== undefined) return more === undefined ? known : { ...known, ...more }
  if (typeof how === 'object' && how !== null) return completeOptions({ ...how, ...more })
  if (typeof how !== 'number') throw badValue('how', how, `one of ${Object.keys(MODES).join(', ')}`)
  const access = how & 3
  return {
    read: access !== O_WRONLY, write: access === O_WRONLY || access === O_RDWR,
    append: (how & O_APPEND) !== 0, create: (how & O_CREAT) !== 0,
    exclusive: (how & O_EXCL) !== 0, truncate: (how & O_TRUNC) !== 0, ...more,
  }
}

/**
 * Opens a file. `how` is a mode (default `'r'`), options, or flags of open(2); `more` adds options
 * to any of them, such as `{ mode: 0o600 }`. Fails as open(2) does: ENOENT, EEXIST, EACCES, EISDIR,
 * ELOOP (`follow: false`), …
 */
export function open(
  path: Path, how: OpenMode | number | OpenOptions = 'r', more?: OpenOptions,
): FileHandle {
  const options = optionsFor(how, more)
  return new FileHandle(platform.open(path, options), path, options)
}

/** Opens a file for `action`, and closes it, whatever happens. Returns what `action` returned. */
export function withFile<T>(
  path: Path, how: OpenMode | number | OpenOptions, action: (file: FileHandle) => T,
): T {
  const file = open(path, how)
  try {
    return action(file)
  } finally {
    file.close()
  }
}

/** An open file. */
export class FileHandle {
  /** What it was opened by. The file may have another name by now, or none. */
  readonly path: Path
  /** How it was opened, with every default filled in. */
  readonly options: Readonly<OpenOptions>
  readonly #file: PlatformFile

  /** Takes over an open file; `open` makes it. */
  constructor(file: PlatformFile, path: Path, options: Readonly<OpenOptions>) {
    this.#file = file
    this.path = path
    this.options = options
  }

  // read up to the end
  /**
   * Fills `buffer` from `position`, or from the shared place, which moves. Returns how many bytes;
   * fewer than the buffer has only at the end.
   */
  readInto(buffer: ArrayBufferView, position?: number): number {
    const bytes = bytesOf('buffer', buffer)
    checkPosition(position)
    try {
      let [done, count] = [0, 0]
      do {
        const rest = done === 0 ? bytes : bytes.subarray(done)
        done += count = this.#file.read(rest, shifted(position, done))
      } while (count > 0 && done < bytes.length)
      return done
    } catch (error) {
      throw this.#told(error)
    }
  }

  /** Reads once: up to `buffer.byteLength` bytes, whatever is there; 0 is the end. */
  readSome(buffer: ArrayBufferView, position?: number): number {
    checkPosition(position)
    const bytes = bytesOf('buffer', buffer)
    try {
      return this.#file.read(bytes, position)
    } catch (error) {
      throw this.#told(error)
    }
  }
  // read a piece, or everything
  /** Up to `size` bytes, or all up to the end. `size` may be far more than there is. */
  read(size: number = Infinity, position?: number): Buffer {
    if (size !== Infinity) checkSize('size', size)
    if (size <= PIECE) {
      const buffer = Buffer.allocUnsafe(size)
      const count = this.readInto(buffer, position)
      return count === size ? buffer : buffer.subarray(0, count)
    }
    const piece = borrow()
    try {
      const count = this.readInto(piece, position)
      if (count < piece.length) return Buffer.from(piece.subarray(0, count))
      // read on into a buffer of the file's size
      const guess = Math.max(this.stat().size - (position ?? 0) + 1, 2 * count)
      let whole: Buffer = Buffer.allocUnsafe(Math.min(size, guess))
      piece.copy(whole)
      for (let done = count; ;) {
        done += this.readInto(whole.subarray(done), shifted(position, done))
        if (done < whole.length || done === size) return whole.subarray(0, done)
        whole = Buffer.concat([whole], Math.min(size, 2 * whole.length))
      }
    } finally {
      giveBack(piece)
    }
  }

  /** All bytes from the shared place to the end. */
  readAll(): Buffer { return this.read() }

  /** The same as text. */
  readString(encoding: BufferEncoding = 'utf8'): string { return this.read().toString(encoding) }
  // write all of it
  /**
   * Writes all of `data` (text as UTF-8) at `position`, or at the shared place, which moves. Returns
   * how many bytes that were. If it throws (ENOSPC, EIO, EFBIG), part of them may be in the file: the
   * hint says how many.
   */
  write(data: string | ArrayBufferView, position?: number): number {
    const bytes = typeof data === 'string' ? Buffer.from(data) : bytesOf('data', data)
    checkPosition(position)
    let done = 0
    try {
      // refuse a position that would be ignored
      if (position !== undefined && this.options.append === true && this.isOpen) {
        const hint = "it is open for appending, where a position would be ignored; open it with 'r+'"
        throw new SystemError('EINVAL', 'pwrite', { hint })
      }
      do {
        const rest = done === 0 ? bytes : bytes.subarray(done)
        const count = this.#file.write(rest, shifted(position, done))
        if (count === 0 && rest.length > 0) throw new SystemError('EIO', 'write')
        done += count
      } while (done < bytes.length)
    } catch (error) {
      throw this.#told(error, done > 0 ? `${done} of ${bytes.length} bytes were written` : undefined)
    }
    return done
  }
  // keep a place
  /** Puts the place there. ESPIPE for a pipe. */
  seek(position: number): this {
    checkPosition(position)
    this.#move(position, 'start')
    return this
  }

  seekStart(): this { return this.seek(0) }
  seekEnd(): this { this.#move(0, 'end'); return this }

  /** Moves the place, backwards where `count` is negative. EINVAL before the beginning. */
  skip(count: number): this {
    if (!Number.isSafeInteger(count)) throw outOfRange('count', count, 'an integer')
    this.#move(count, 'current')
    return this
  }

  /** The place, in bytes from the beginning. */
  position(): number { return this.#move(0, 'current') }

  #move(offset: number, from: 'start' | 'current' | 'end'): number {
    try {
      return this.#file.seek(offset, from)
    } catch (error) {
      throw this.#told(error)
    }
  }
  // know the end
  /** Whether a read at the place would find nothing. A file at its end can grow and go on. */
  eof(): boolean {
    try {
      const place = this.#file.seek(0, 'current')
      if (place < this.#file.stat().size) return false
      return this.options.read !== true || this.#file.read(ONE, place) === 0
    } catch (error) {
      throw this.#told(error)
    }
  }
  // make it durable
  /** Waits until bytes and metadata would survive a power cut. Says nothing of the file's name. */
  sync(): void { this.#do(() => this.#file.sync()) }

  /** Likewise, without metadata that reading does not need, such as times. */
  dataSync(): void { this.#do(() => this.#file.datasync()) }

  /** Does nothing but to fail when the file is closed: no byte is kept back in the program. */
  flush(): void {
    if (!this.isOpen) throw this.#told(new SystemError('EBADF', 'flush'))
  }
  // change the file itself
  /** Cuts the file, or lengthens it with zeros. The place stays where it was. */
  truncate(size: number): this {
    checkSize('size', size)
    this.#do(() => this.#file.truncate(size))
    return this
  }

  stat(): Stat { return this.#do(() => this.#file.stat()) }
  get size(): number { return this.stat().size }

  /** Sets the permission bits, whatever the umask says. */
  chmod(mode: number): void { this.#do(() => this.#file.chmod(mode)) }

  /** −1 leaves owner or group as it is. */
  chown(uid: number, gid: number): void { this.#do(() => this.#file.chown(uid, gid)) }

  setTimes(times: Times): void { this.#do(() => this.#file.setTimes(times)) }
  // let go of the open file
  get isOpen(): boolean { return this.#file.handle !== -1 }

  /** The descriptor, or on Windows the HANDLE, for a call made at once; −1 after `close`. */
  get fd(): number { return this.#file.handle }

  /** The open file under this handle: for locks, for copies inside the kernel, for backends. */
  get platformFile(): PlatformFile { return this.#file }

  /** A second handle of the same open file: one place, one lock, two times `close`. */
  duplicate(): FileHandle {
    return new FileHandle(this.#do(() => this.#file.duplicate()), this.path, this.options)
  }

  /** Lets go; a second time does nothing. Throws what the kernel reports: EIO, on NFS ENOSPC. */
  close(): void { this.#do(() => this.#file.close()) }

  [Symbol.dispose](): void { this.close() }
  // say which file, and what to do
  #do<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      throw this.#told(error)
    }
  }

  #told(error: unknown, what?: string): unknown {
    if (!(error instanceof SystemError)) return error
    const { errno, syscall } = error
    const hint = what ?? error.hint ?? this.#hintFor(error.code)
    const told = new SystemError(errno, syscall, { path: this.path, hint })
    return Object.assign(told, { cause: error })
  }

  #hintFor(code: string): string | undefined {
    if (code === 'EBADF' && !this.isOpen) return 'this handle was closed'
    if (code === 'ESPIPE') return 'a pipe, a socket or a terminal has no place'
    if (code === 'EISDIR') return 'it is a folder; readdir lists it'
    if (code !== 'EBADF' && code !== 'EINVAL') return undefined
    if (this.options.write !== true) return 'the file is open for reading only'
    return this.options.read === true ? undefined : 'the file is open for writing only'
  }
}

const PIECE = 65_536
const ONE = new Uint8Array(1)
let spare: Buffer | undefined

/** A buffer for one read. Two reads are under way at once if an observer of the first reads. */
function borrow(): Buffer {
  const piece = spare ?? Buffer.allocUnsafeSlow(PIECE)
  spare = undefined
  return piece
}

function giveBack(piece: Buffer): void { spare = piece }

const shifted = (position: number | undefined, by: number) =>
  position === undefined ? undefined : position + by

function bytesOf(name: string, value: ArrayBufferView): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  const received = value === null ? 'null' : typeof value
  throw Object.assign(new TypeError(
    `The "${name}" argument must be ${name === 'data' ? 'a string or ' : ''}a typed array or a ` +
    `DataView. Received ${received}`), { code: 'ERR_INVALID_ARG_TYPE' })
}

function checkPosition(value: number | undefined): void {
  if (value !== undefined) checkSize('position', value)
}

function checkSize(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw outOfRange(name, value, `an integer >= 0 && <= ${Number.MAX_SAFE_INTEGER}`)
  }
}

function outOfRange(name: string, value: unknown, wanted: string): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${wanted}. ` +
    `Received ${String(value)}`
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
}

function badValue(name: string, value: unknown, wanted: string): TypeError {
  const received = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const message = `The argument '${name}' must be ${wanted}. Received ${received}`
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}

/** The whole file. */
export function readFile(path: Path): Buffer {
  return withFile(path, 'r', file => file.read())
}

/** The whole file as text. */
export function readString(path: Path, encoding: BufferEncoding = 'utf8'): string {
  return withFile(path, 'r', file => file.readString(encoding))
}

/**
 * Writes the file, in place: a reader may see half of it, and so may who comes after a crash. For
 * old or new and nothing between there is `atomicWrite`. Returns the number of bytes.
 */
export function writeFile(
  path: Path, data: string | ArrayBufferView, how: OpenMode | OpenOptions = 'w',
): number {
  return withFile(path, how, file => file.write(data))
}
