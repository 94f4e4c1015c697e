// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { open, OpenFile, O_RDWR } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { isReadable, waitReadable, type WaitOptions } from '../foundations/wait.ts'

const openCall = bind('int pidfd_open(int pid, unsigned int flags)', { number: 434 })
const signalCall = bind(
  'int pidfd_send_signal(int pidfd, int signal, void *info, unsigned int flags)',
  { number: 424, expected: ['ESRCH'] })
const borrowCall = bind('int pidfd_getfd(int pidfd, int fd, unsigned int flags)', { number: 438 })
const ioctlCall = bind('int ioctl(int fd, size_t request, void *argument)')

/** The process that has this number now. ESRCH: none has it; ENOENT: a thread has it. */
export function openProcess(pid: number): Pidfd { return new Pidfd(openCall(pid, 0)) }

/** One process, and never another: pidfd_open(2). */
export class Pidfd extends OpenFile {
  /** Whether it has ended, collected or not. */
  get hasEnded(): boolean { return isReadable(this) }

  /** Resolves when it has ended. Errors as `waitReadable`. */
  async wait(options?: WaitOptions): Promise<void> { await waitReadable(this, options) }

  // send a signal to it or to nobody
  /** False: it has ended and was collected. 0 sends nothing and only looks. EPERM: not ours to signal. */
  signal(name: NodeJS.Signals | 0): boolean {
    return signalCall(this.fd, name === 0 ? 0 : constants.signals[name], null, 0) >= 0
  }
  // tell its state
  /** What is known of it. ENOTTY before Linux 6.13; ESRCH: it lives in a namespace that we do not see. */
  get state(): ProcessState {
    const info = Buffer.alloc(INFO_SIZE)
    info.writeBigUInt64LE(INFO_PID | INFO_CREDENTIALS | INFO_EXIT)
    ioctlCall(this.fd, PIDFD_GET_INFO, info)
    const told = info.readBigUInt64LE()
    const lives = (told & INFO_CREDENTIALS) !== 0n
    const status = info.readInt32LE(60)
    return {
      pid: lives ? info.readUInt32LE(20) : null,
      parent: lives ? info.readUInt32LE(24) : null,
      uid: lives ? info.readUInt32LE(36) : null,
      end: (told & INFO_EXIT) === 0n ? null : endOf(status),
    }
  }

  /** Whether both mean the same process, opened twice: the number of the file in pidfs, Linux 6.9. */
  isSameAs(other: Pidfd): boolean { return this.stat().ino === other.stat().ino }
  // borrow a descriptor
  /** A descriptor of its open file `fd`. EPERM: we may not debug it; EBADF; ESRCH: it has ended. */
  borrow(fd: number): OpenFile { return new OpenFile(borrowCall(this.fd, fd, 0)) }
}

const [INFO_SIZE, INFO_PID, INFO_CREDENTIALS, INFO_EXIT] = [64, 1n, 2n, 8n]
/** _IOWR(0xff, 11, 64 bytes): both ways, the size, the letter and the number. */
const PIDFD_GET_INFO = (3 * 2 ** 30) + (INFO_SIZE << 16) + (0xff << 8) + 11

/** How a process ended: as Node's 'exit' tells it, one of the two is null. */
export interface End { code: number | null, signal: NodeJS.Signals | null }

/** `pid`, `parent` and effective `uid` are null when it was collected, and `end` is null until then. */
export interface ProcessState {
  pid: number | null, parent: number | null, uid: number | null, end: End | null
}

function endOf(status: number): End {
  const number = status & 0x7f
  if (number === 0) return { code: status >> 8 & 0xff, signal: null }
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  return { code: null, signal: name as NodeJS.Signals }
}

/**
 * The process with this number, if `isItStill` says so when it has been opened; null if it says
 * no, or nobody has the number.
 */
export function openProcessIf(pid: number, isItStill: () => boolean): Pidfd | null {
  let handle: Pidfd
  try {
    handle = openProcess(pid)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ESRCH') return null
    throw error
  }
  try {
    if (isItStill()) return handle
  } catch (error) {
    handle.close()
    throw error
  }
  handle.close()
  return null
}

/** A process of our own that ends when its handle is closed. */
class Candle extends Pidfd {
  override close(): void {
    if (this.fd !== -1) this.signal('SIGKILL')
    super.close()
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'pidfd',
  module: import.meta.url,
  create: () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    child.unref()
    const candle = new Candle(openCall(child.pid!, 0))
    return { sender: candle, receiver: candle }
  },
  send: to => {
    const file = typeof to === 'string' ? open(to, O_RDWR) : to.duplicate()
    const handle = new Pidfd(file.fd)
    handle.signal('SIGKILL')
    while (!handle.hasEnded);   // a signal is on its way for some microseconds
    handle.close()
  },
  receive: from => {
    const handle = new Pidfd((from as OpenFile).duplicate().fd)
    let isTold = false
    const next = () => {
      if (isTold || !handle.hasEnded) return null
      isTold = true
      return 'ended'
    }
    return { next, close: () => handle.close() }
  },
}]
