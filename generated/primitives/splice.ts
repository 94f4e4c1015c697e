// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { open, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { onEvents, pipe, waitReadable } from '../foundations/wait.ts'

const spliceCall = bind(
  'ssize_t splice(int from, void *fromAt, int to, void *toAt, size_t size, unsigned int flags)')
const teeCall = bind('ssize_t tee(int from, int to, size_t size, unsigned int flags)')
const vmspliceCall = bind(
  'ssize_t vmsplice(int to, const void *pieces, size_t count, unsigned int flags)')
const sendfileCall = bind('ssize_t sendfile(int to, int from, void *fromAt, size_t size)')
const copyCall = bind(
  'ssize_t copy_file_range(int from, void *at, int to, void *toAt, size_t size, int flags)')
const [SPLICE_F_MOVE, SPLICE_F_NONBLOCK] = [1, 2]

/** `size` in bytes, at most. A position is of a file, and leaves the offset of the open file alone. */
export interface Move { size?: number, fromPosition?: number, toPosition?: number }

const WHOLE_PIPE = 65_536
const at = (position: number | undefined) =>
  position === undefined ? null : new Uint8Array(BigInt64Array.of(BigInt(position)).buffer)

/** Moves bytes, one end being a pipe; null: nothing there, or no room now. 0: the end. EPIPE. */
export function splice(
  from: OpenFile, to: OpenFile, { size = WHOLE_PIPE, fromPosition, toPosition }: Move = {},
): number | null {
  return answered(() =>
    spliceCall(from.fd, at(fromPosition), to.fd, at(toPosition), size, SPLICE_F_MOVE))
}

/** Gives the second pipe what the first holds, which keeps it. Null and 0 as `splice`. */
export function tee(from: OpenFile, to: OpenFile, size = WHOLE_PIPE): number | null {
  return answered(() => teeCall(from.fd, to.fd, size, 0))
}

/** Sends bytes of a file to anything. */
export function sendFile(
  from: OpenFile, to: OpenFile, { size = WHOLE_PIPE, fromPosition }: Move = {},
): number | null {
  return answered(() => sendfileCall(to.fd, from.fd, at(fromPosition), size))
}

/** Copies bytes of one file to another, or lets both have the same blocks. EXDEV: another filesystem. */
export function copyRange(
  from: OpenFile, to: OpenFile, { size = 2 ** 30, fromPosition, toPosition }: Move = {},
): number {
  return answered(() => copyCall(from.fd, at(fromPosition), to.fd, at(toPosition), size, 0)) ?? 0
}

function answered(call: () => number): number | null {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'EAGAIN') return null
    if (error.code !== 'EINVAL') throw error
    const hint = error.syscall === 'copy_file_range' ? 'both must be files'
      : 'splice needs a pipe at one end, tee at both; and no target that is open for appending'
    throw Object.assign(new SystemError('EINVAL', error.syscall, { hint }), { cause: error })
  }
}

/** Moves all that comes, until the end; resolves to how much it was. Ends that do not wait. EPIPE. */
export async function relay(from: OpenFile, to: OpenFile): Promise<number> {
  const { reader, writer } = pipe({ nonblocking: true })
  try {
    for (let total = 0; ;) {
      const count = splice(from, writer)
      if (count === null) {
        await waitReadable(from)
        continue
      }
      if (count === 0) return total
      // pass on what has come in
      for (let left = count; left > 0;) {
        const passed = splice(reader, to, { size: left })
        if (passed === null) await waitWritable(to)
        else left -= passed
      }
      total += count
    }
  } finally {
    reader.close()
    writer.close()
  }
}

function waitWritable(file: OpenFile): Promise<void> {
  const own = file.duplicate()
  return new Promise(resolve => {
    const handle = onEvents(own.fd, { writable: true }, () => {
      handle.close()
      own.close()
      resolve()
    })
  })
}

/**
 * Puts the bytes' own memory into a pipe, without a copy; returns how many bytes. The caller
 * changes none of them, and keeps `bytes`, until the reader has read them.
 */
export function lend(to: OpenFile, bytes: Uint8Array): number | null {
  const piece = Buffer.alloc(16)   // struct iovec
  piece.writeBigUInt64LE(koffi.address(bytes), 0)
  piece.writeBigUInt64LE(BigInt(bytes.length), 8)
  return answered(() => vmspliceCall(to.fd, piece, 1, SPLICE_F_NONBLOCK))
}

export const ENDS: readonly Primitive[] = [{
  name: 'lent page',
  module: import.meta.url,
  create: () => {
    const { reader, writer } = pipe({ nonblocking: true })
    return { sender: writer, receiver: reader }
  },
  send: (to, text) => {
    const file = typeof to === 'string' ? open(to, O_RDWR) : to.duplicate()
    const page = Buffer.alloc(4096)
    page.write(text)
    lend(file, page.subarray(0, Buffer.byteLength(text)))
    file.close()
  },
  receive: from => {
    const [file, buffer] = [(from as OpenFile).duplicate(), Buffer.alloc(4096)]
    const next = () => {
      try {
        return buffer.toString('utf8', 0, file.read(buffer)) || null
      } catch (error) {
        if (error instanceof SystemError && error.code === 'EAGAIN') return null
        throw error
      }
    }
    return { next, close: () => file.close() }
  },
}]
