// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { open, stat, O_CREAT, O_DIRECTORY, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { rename, split, unlink } from '../foundations/name.ts'

export interface StreamingOptions {
  /** Syncs when so many bytes have been written since the last time. Default 8 MiB. */
  syncBytes?: number | undefined
  /** Syncs so many milliseconds after a write that was not synced. Default 1000; Infinity: never. */
  syncMs?: number | undefined
  /** Goes on with a part that is there, behind so many of its bytes. Default 0: from the beginning. */
  resumeAt?: number | undefined
  /** Permission bits of a new part, cut by the umask. Default 0666. */
  mode?: number | undefined
  /** Hears after each sync how many bytes a power cut leaves. */
  onDurable?: ((bytes: number) => void) | undefined
}

/** A long file that is written in pieces to `path`.part and gets its name when it is whole. */
export class StreamingWrite {
  /** Where the bytes are until `finish`. */
  readonly part: Path
  readonly #path: Path
  readonly #file: OpenFile
  readonly #folder: OpenFile
  readonly #options: StreamingOptions & { syncBytes: number, syncMs: number }
  #written = 0
  #durable = 0
  #timer: NodeJS.Timeout | undefined
  #failure: unknown
  #named = false

  /** Takes the part for itself: EAGAIN if somebody else is writing it. */
  constructor(path: Path, options: StreamingOptions = {}) {
    // refuse intervals that mean nothing
    const { syncBytes = 8 * 2 ** 20, syncMs = 1000 } = options
    for (const [name, value] of Object.entries({ syncBytes, syncMs })) {
      if (value > 0) continue
      throw Object.assign(new RangeError(`The option '${name}' must be above 0. Received ${value}`),
        { code: 'ERR_OUT_OF_RANGE' })
    }
    this.#options = { ...options, syncBytes, syncMs: Math.min(syncMs, 2 ** 31 - 1) }
    if (syncMs === Infinity) this.#options.syncMs = Infinity
    this.#path = path
    this.part = typeof path === 'string' ? `${path}.part` : Buffer.concat([path, SUFFIX])
    // open the folder and take the part
    this.#folder = open(split(path).folder, O_DIRECTORY)
    try {
      this.#file = take(this.part, options.mode)
    } catch (error) {
      this.#folder.close()
      throw error
    }
    // go on behind the bytes that are kept
    const { resumeAt = 0 } = options
    const { size } = this.#file.stat()
    if (!(Number.isSafeInteger(resumeAt) && resumeAt >= 0 && resumeAt <= size)) {
      this.#end()
      const hint = `resumeAt is ${resumeAt}, and the part has ${size} bytes`
      throw new SystemError('EINVAL', 'ftruncate', { path: this.part, hint })
    }
    if (size > resumeAt) this.#file.truncate(resumeAt)
    this.#written = resumeAt
  }

  /** Bytes that were given to `write`, with those that were kept. */
  get written(): number { return this.#written }

  /** Bytes that are on the disk, under the part's name. */
  get durable(): number { return this.#durable }

  // write a piece, and sync when enough is at stake
  /** Appends all of `bytes`; ENOSPC leaves as many in the part as there was room for. */
  write(bytes: Uint8Array): void {
    this.#check()
    try {
      this.#file.writeAll(bytes, this.#written)
    } catch (error) {
      throw this.#fail(error)
    }
    this.#written += bytes.length
    if (this.#written - this.#durable >= this.#options.syncBytes) this.sync()
    else this.#timer ??= this.#later()
  }

  #later(): NodeJS.Timeout | undefined {
    if (this.#options.syncMs === Infinity) return undefined
    const onTime = () => { try { this.sync() } catch { /* the next call tells */ } }
    return setTimeout(onTime, this.#options.syncMs).unref()
  }
  // sync, and remember a failure for ever
  /** Waits until all that was written is on the disk. Returns how much that is. */
  sync(): number {
    this.#check()
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#durable === this.#written && this.#durable > 0) return this.#durable
    try {
      this.#file.datasync()
      if (this.#durable === 0) this.#folder.sync()
    } catch (error) {
      throw this.#fail(error)
    }
    this.#durable = this.#written
    this.#options.onDurable?.(this.#durable)
    return this.#durable
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #fail(error: unknown): unknown {
    clearTimeout(this.#timer)
    const hint = this.#named
      ? 'the whole file has its name; a power cut may take the name again'
      : `${this.#durable} bytes are safe in the part; go on with resumeAt: ${this.#durable}`
    const failure = error instanceof SystemError
      ? new SystemError(error.errno, error.syscall, { path: this.part, hint })
      : error
    this.#end(failure)
    return failure
  }
  // give the bytes their name
  /** Syncs the rest, gives the file its name in place of whatever had it, and makes the name durable. */
  finish(): void {
    this.sync()
    try {
      rename(this.part, this.#path)
      this.#named = true
      this.#folder.sync()
    } catch (error) {
      throw this.#fail(error)
    }
    this.#end()
  }
  // stop before the end
  /** Syncs and lets go of the part, which stays for whoever goes on. Returns its length. */
  leave(): number {
    const length = this.sync()
    this.#end()
    return length
  }

  /** Removes the part. A stream that has ended already stays as it ended. */
  abort(): void {
    if (this.#failure !== undefined) return
    unlink(this.part)
    this.#end()
  }

  #end(why: unknown = ended(this.part)): void {
    clearTimeout(this.#timer)
    this.#failure = why
    for (const file of [this.#file, this.#folder]) {
      try {
        file.close()
      } catch { /* all that counts has been synced, or has failed already */ }
    }
  }
}
const SUFFIX = Buffer.from('.part')

function ended(path: Path): SystemError {
  return new SystemError('EBADF', 'write', { path, hint: 'the stream has ended' })
}

function take(part: Path, mode = 0o666): OpenFile {
  for (;;) {
    const file = open(part, O_WRONLY | O_CREAT, mode)
    let isOurs = false
    try {
      if (!file.tryLock()) {
        throw new SystemError('EAGAIN', 'open', { path: part, hint: 'another program is writing it' })
      }
      isOurs = inodeOf(part) === file.stat().ino
      if (isOurs) return file
    } finally {
      if (!isOurs) file.close()
    }
  }
}

function inodeOf(path: Path): bigint | undefined {
  try {
    return stat(path).ino
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return undefined
    throw error
  }
}
