// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import {
  open, OpenFile, O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY,
} from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'

/** Puts lines at the end of a file that others append to as well: open(2), O_APPEND. */
export class Appender {
  readonly #file: OpenFile

  /** Creates the file if it is not there. Errors as `open`. */
  constructor(path: Path, mode = 0o666) { this.#file = open(path, O_WRONLY | O_APPEND | O_CREAT, mode) }

  /** Appends `line` and a newline in one call. EINVAL: it has a newline; EIO: only part went in; ENOSPC. */
  append(line: string): void {
    if (line.includes('\n')) throw new SystemError('EINVAL', 'write', { hint: 'a line has no newline' })
    const bytes = Buffer.from(`${line}\n`)
    const count = this.#file.write(bytes)
    // say that a line is torn
    if (count < bytes.length) {
      const hint = `only ${count} of ${bytes.length} bytes went in: the disk is full or a limit is reached`
      throw new SystemError('EIO', 'write', { hint })
    }
  }

  close(): void { this.#file.close() }
}

/** Reads a file of lines from a place of its own on, and goes on as the file grows. */
export class Follower {
  readonly #file: OpenFile
  #at: number
  #rest: Buffer = Buffer.alloc(0)   // read, and not yet given
  #searched = 0

  /** `from`: where another follower was (`at`). Errors as `open`. */
  constructor(path: Path, { from = 0 } = {}) {
    this.#file = open(path, O_RDONLY)
    this.#at = from
  }

  /** The byte behind the last line that was given. */
  get at(): number { return this.#at }

  /** The next line without its newline, or null: there is none yet. ESTALE: the file was cut. */
  next(): string | null {
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE, this.#searched)
      if (end >= 0) return this.#give(end)
      this.#searched = this.#rest.length
      if (!this.#fill()) return null
    }
  }

  // give a line, and read on
  #give(end: number): string {
    const line = this.#rest.toString('utf8', 0, end)
    this.#rest = this.#rest.subarray(end + 1)
    this.#searched = 0
    this.#at += end + 1
    return line
  }

  #fill(): boolean {
    const [piece, place] = [Buffer.allocUnsafe(Math.max(65_536, this.#rest.length)), this.#at + this.#rest.length]
    const count = this.#file.read(piece, place)
    if (count > 0) this.#rest = Buffer.concat([this.#rest, piece.subarray(0, count)])
    else if (this.#file.stat().size < place) {
      const hint = `it was cut: ${place} bytes had been read of it, and it is shorter now`
      throw new SystemError('ESTALE', 'read', { hint })
    }
    return count > 0
  }

  close(): void { this.#file.close() }
}
const NEWLINE = 10

/**
 * The next record of `size` bytes, or null at the end. Of all who share this open file, one gets it.
 * EIO: what is left at the end is no whole record.
 */
export function takeRecord(file: OpenFile, size: number): Buffer | null {
  const record = Buffer.alloc(size)
  const count = file.read(record)
  if (count === 0) return null
  if (count === size) return record
  throw new SystemError('EIO', 'read', { hint: `the last record has ${count} of ${size} bytes` })
}

const lseekCall = bind('off_t lseek(int fd, off_t offset, int whence)', { expected: ['ENXIO'] })
const fallocateCall = bind('int fallocate(int fd, int mode, off_t offset, off_t length)')
const [SEEK_DATA, SEEK_HOLE, KEEP_SIZE_AND_PUNCH] = [3, 4, 3]

/** Bytes from `start` to before `end`. */
export interface Stored { start: number, end: number }

/**
 * The first bytes at or behind `from` that are stored and not a hole, or null; in whole blocks of the
 * filesystem. It moves the offset of the open file.
 */
export function stored(file: Pick<OpenFile, 'handle'>, from: number): Stored | null {
  const start = lseekCall(file.handle, from, SEEK_DATA)
  const end = start < 0 ? start : lseekCall(file.handle, start, SEEK_HOLE)
  return end < 0 ? null : { start, end }   // none there, or cut off between the two
}

/** Gives the room of these bytes back; they read as zeros. ENOTSUP where the filesystem cannot. */
export function forget(file: OpenFile, { start, end }: Stored): void {
  fallocateCall(file.fd, KEEP_SIZE_AND_PUNCH, start, end - start)
}

const RECORD = 64

export const ENDS: readonly Primitive[] = [{
  name: 'file of lines',
  module: import.meta.url,
  create: folder => {
    open(`${folder}/lines`, O_WRONLY | O_CREAT, 0o600).close()
    return { sender: `${folder}/lines`, receiver: `${folder}/lines` }
  },
  send: (to, text) => {
    const appender = new Appender(String(to))
    appender.append(text)
    appender.close()
  },
  receive: from => new Follower(String(from)),
}, {
  name: 'shared offset',
  module: import.meta.url,
  create: folder => {
    const file = open(`${folder}/records`, O_RDWR | O_CREAT, 0o600)
    return { sender: `${folder}/records`, receiver: file }
  },
  send: (to, text) => {
    const file = open(String(to), O_WRONLY | O_APPEND)
    file.writeAll(Buffer.alloc(RECORD, `${text}\n`, 'utf8').fill(0, Buffer.byteLength(text)))
    file.close()
  },
  receive: from => {
    const file = (from as OpenFile).duplicate()
    const next = () => takeRecord(file, RECORD)?.toString().replace(/\0+$/, '') ?? null
    return { next, close: () => file.close() }
  },
}]
