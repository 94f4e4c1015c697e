// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_NONBLOCK, O_RDWR, O_WRONLY } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { mkfifo } from '../foundations/name.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { onReadable, waitReadable, type Listening, type WaitOptions } from '../foundations/wait.ts'

/** So many bytes go through a pipe in one piece: pipe(7). POSIX promises 512, Linux one page. */
export const PIPE_BUF = 4096

/** Opens a FIFO to read from, at once. It never ends; EAGAIN when there is nothing. EINVAL: no FIFO. */
export function openFifoReader(path: Path): OpenFile { return fifoOnly(path, O_RDWR | O_NONBLOCK) }

/** Opens a FIFO to write to, at once; null when nobody has it open for reading. */
export function openFifoWriter(path: Path): OpenFile | null {
  try {
    return fifoOnly(path, O_WRONLY | O_NONBLOCK)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENXIO') return null
    throw error
  }
}

function fifoOnly(path: Path, flags: number): OpenFile {
  const file = open(path, flags)
  if (file.stat().type === 'fifo') return file
  file.close()
  throw new SystemError('EINVAL', 'open', { path, hint: 'it is no FIFO' })
}

/** Writes all, in one piece. False: no room now. EMSGSIZE: more than PIPE_BUF; EPIPE: nobody reads. */
export function writeWhole(file: OpenFile, bytes: Uint8Array): boolean {
  if (bytes.length > PIPE_BUF) {
    throw new SystemError('EMSGSIZE', 'write', { hint: `${PIPE_BUF} bytes go in one piece` })
  }
  return unlessFull(() => file.write(bytes)) !== null
}

function unlessFull(call: () => number): number | null {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return null
    throw error
  }
}

const fcntlCall = bind('int fcntl(int fd, int command, int argument)')
const [F_SETPIPE_SZ, F_GETPIPE_SZ] = [1031, 1032]

/** How many bytes fit, 64 KiB at first. With `size`, at least so many; EPERM beyond fs.pipe-max-size. */
export function pipeCapacity(file: OpenFile, size?: number): number {
  return size === undefined ? fcntlCall(file.fd, F_GETPIPE_SZ, 0) : fcntlCall(file.fd, F_SETPIPE_SZ, size)
}

/** A bell in a folder. All who hold it hear it, and the first who answers silences it for the others. */
export class Bell {
  readonly #file: OpenFile

  /** Hangs it up if it is not there. */
  constructor(path: Path, mode = 0o600) {
    try {
      mkfifo(path, mode)
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
    }
    this.#file = openFifoReader(path)
  }

  /** Rings. Never waits and never fails for want of room. */
  ring(): void { unlessFull(() => this.#file.write(Buffer.of(1))) }

  /** Takes what was rung until now: how often, at most 65,536 times. */
  answer(): number { return unlessFull(() => this.#file.read(Buffer.allocUnsafe(65_536))) ?? 0 }

  /** Resolves when it has been rung. Rings before the call count. Errors as `waitReadable`. */
  async wait(options?: WaitOptions): Promise<number> {
    for (;;) {
      await waitReadable(this.#file, options)
      const rung = this.answer()
      if (rung > 0) return rung   // else another holder was faster
    }
  }

  /** Calls back as long as it rings; the callback answers. */
  listen(callback: () => void): Listening { return onReadable(this.#file, callback) }

  close(): void { this.#file.close() }
}

/** Rings once from outside, with permission to write only. False: nobody holds the bell. */
export function ringAt(path: Path): boolean {
  const file = openFifoWriter(path)
  if (file === null) return false
  try {
    writeWhole(file, Buffer.of(1))
    return true
  } finally {
    file.close()
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'doorbell',
  module: import.meta.url,
  create: folder => {
    mkfifo(`${folder}/bell`, 0o600)
    return { sender: `${folder}/bell`, receiver: `${folder}/bell` }
  },
  send: (to, text) => {
    const file = openFifoReader(String(to))
    writeWhole(file, Buffer.from(text))
    file.close()
  },
  receive: from => {
    const [file, buffer] = [openFifoReader(String(from)), Buffer.alloc(PIPE_BUF)]
    const next = () => {
      const count = unlessFull(() => file.read(buffer))
      return count === null ? null : buffer.toString('utf8', 0, count)
    }
    return { next, close: () => file.close() }
  },
}]
