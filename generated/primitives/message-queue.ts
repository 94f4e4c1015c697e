// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
import { OpenFile, O_CREAT, O_NONBLOCK, O_RDWR } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'

const openCall = bind('int mq_open(const char *name, int flags, mode_t mode, const void *attributes)')
const sendCall = bind('int mq_send(int queue, const void *bytes, size_t length, unsigned int urgency)')
const receiveCall = bind('ssize_t mq_receive(int queue, void *bytes, size_t size, void *urgency)')
const attributesCall = bind('int mq_getattr(int queue, void *attributes)')
const unlinkCall = bind('int mq_unlink(const char *name)')

export interface QueueOptions {
  create?: boolean
  /** For a new one; not more than fs.mqueue.msg_max (10) and msgsize_max (8192), without privilege. */
  messagesMax?: number, messageSize?: number
  mode?: number
  /** Refuse one that is there and has other sizes. */
  isExact?: boolean
}

/** Its sizes, and how many notes are in it now. */
export interface QueueState { messagesMax: number, messageSize: number, waiting: number }
export interface UrgentNote { bytes: Buffer, urgency: number }

/** A POSIX message queue that never waits: mq_overview(7). */
export class MessageQueue extends OpenFile {
  /** The name begins with a slash and has no other. ENOENT, EACCES, EINVAL; EMFILE, ENOSPC: limits. */
  constructor(name: string, options: QueueOptions = {}) {
    super(openQueue(name, options))
    // refuse a queue that is not as asked for
    const { messagesMax, messageSize } = this.state
    const isAsAsked = (options.messagesMax ?? messagesMax) === messagesMax &&
      (options.messageSize ?? messageSize) === messageSize
    if (!isAsAsked && (options.isExact ?? true)) {
      this.close()
      const hint = `it is there, with ${messagesMax} notes of ${messageSize} bytes`
      throw new SystemError('EEXIST', 'mq_open', { path: name, hint })
    }
  }

  // send and receive by urgency
  /** False: it is full. EMSGSIZE: the note is too long. The larger `urgency`, up to 32767, goes first. */
  send(bytes: Uint8Array, urgency = 0): boolean {
    return unlessItWaits(() => sendCall(this.fd, bytes, bytes.length, urgency)) !== null
  }

  /** The oldest of the most urgent notes, or null. */
  receive(): UrgentNote | null {
    const [bytes, urgency] = [Buffer.allocUnsafe(this.state.messageSize), Buffer.alloc(4)]
    const length = unlessItWaits(() => receiveCall(this.fd, bytes, bytes.length, urgency))
    return length === null ? null : { bytes: bytes.subarray(0, length), urgency: urgency.readUInt32LE() }
  }

  get state(): QueueState {
    const attributes = Buffer.alloc(64)
    attributesCall(this.fd, attributes)
    const [messagesMax, messageSize, waiting] =
      [8, 16, 24].map(at => Number(attributes.readBigInt64LE(at))) as [number, number, number]
    return { messagesMax, messageSize, waiting }
  }
}

function openQueue(name: string, options: QueueOptions): number {
  const { create = false, messagesMax = 10, messageSize = 8192, mode = 0o600 } = options
  // struct mq_attr: flags, the most messages, their size, how many there are; eight words in all.
  const attributes = Buffer.alloc(64)
  attributes.writeBigInt64LE(BigInt(messagesMax), 8)
  attributes.writeBigInt64LE(BigInt(messageSize), 16)
  const flags = O_RDWR | O_NONBLOCK | (create ? O_CREAT : 0)
  try {
    return openCall(name, flags, mode, create ? attributes : null)
  } catch (error) {
    if (!(error instanceof SystemError) || !['EMFILE', 'EINVAL'].includes(error.code)) throw error
    const hint = error.code === 'EMFILE' ? 'RLIMIT_MSGQUEUE: the bytes of all queues of a user'
      : 'a name is /like-this; sizes are limited by /proc/sys/fs/mqueue'
    throw new SystemError(error.errno, error.syscall, { path: name, hint })
  }
}

/** Takes the name away. Who has the queue open keeps it. ENOENT. */
export function unlinkQueue(name: string): void { unlinkCall(name) }

function unlessItWaits(call: () => number): number | null {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return null
    throw error
  }
}

const made = new Set<string>()
process.on('exit', () => {
  for (const name of made) try { unlinkQueue(name) } catch {}
})
const nameFor = (address: unknown) => `/${String(address).replaceAll('/', '-').slice(-200)}`

export const ENDS: readonly Primitive[] = [{
  name: 'message queue',
  module: import.meta.url,
  create: folder => {
    const name = nameFor(folder)
    new MessageQueue(name, { create: true, messageSize: 256 }).close()
    made.add(name)   // who sweeps the folder does not know of it
    return { sender: folder, receiver: folder }
  },
  send: (to, text) => {
    const queue = new MessageQueue(nameFor(to))
    queue.send(Buffer.from(text))
    queue.close()
  },
  receive: from => {
    const queue = new MessageQueue(nameFor(from))
    return { next: () => queue.receive()?.bytes.toString() ?? null, close: () => queue.close() }
  },
}]
