// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { O_CLOEXEC, O_NONBLOCK, OpenFile } from './file.ts'
import { bind, SystemError } from './kernel.ts'

const pollCall = bind('int poll(void *fds, size_t count, int timeoutMs)')
const [POLLIN, POLLNVAL] = [1, 32]

/**
 * Whether a read would return at once: with bytes, with the end of the file, or with an error.
 * EBADF when closed.
 */
export function isReadable(file: OpenFile): boolean {
  const pollfd = new DataView(new ArrayBuffer(8))   // int fd, short events, short revents
  pollfd.setInt32(0, file.fd, true)
  pollfd.setInt16(4, POLLIN, true)
  const ready = pollCall(new Uint8Array(pollfd.buffer), 1, 0)
  if (file.fd === -1 || (pollfd.getInt16(6, true) & POLLNVAL) !== 0) {
    throw new SystemError('EBADF', 'poll')
  }
  return ready > 0
}

export interface WaitOptions {
  /** Fails with ETIMEDOUT after so many milliseconds; by default it waits for ever. */
  timeoutMs?: number | undefined
  /** Fails with the signal's reason when it is aborted. */
  signal?: AbortSignal | undefined
}

/** Resolves when `isReadable(file)`. Keeps the process alive while it waits. */
export async function waitReadable(file: OpenFile, options: WaitOptions = {}): Promise<void> {
  options.signal?.throwIfAborted()
  if (isReadable(file)) return
  const own = file.duplicate()
  try {
    await woken(own.fd, options)
  } finally {
    own.close()
  }
}

function woken(fd: number, { timeoutMs = Infinity, signal }: WaitOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const handle = onEvents(fd, { readable: true }, () => end(resolve))
    const onTimeout = () => end(() => reject(new SystemError('ETIMEDOUT', 'poll')))
    const onAbort = () => end(() => reject(signal!.reason))
    const timer = timeoutMs < TIMER_MAX_MS ? setTimeout(onTimeout, timeoutMs) : undefined
    signal?.addEventListener('abort', onAbort)
    function end(settle: () => void): void {
      handle.close()
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
  })
}

// Node's timers take 31 bits and fire at once beyond: 24 days are for ever here.
const TIMER_MAX_MS = 2 ** 31

type PollHandle = ReturnType<typeof koffi.node.poll>
const handles = new Set<PollHandle>()
process.on('exit', () => { for (const handle of handles) handle.close() })

/** Calls back when the descriptor is as asked for. The caller sees to it that epoll takes it (P3). */
export function onEvents(
  fd: number, how: { readable?: boolean, writable?: boolean }, callback: () => void,
): Pick<PollHandle, 'close' | 'ref' | 'unref'> {
  const handle = koffi.node.poll(fd, how, callback)
  handles.add(handle)
  return {
    ref: () => handle.ref(),
    unref: () => handle.unref(),
    close() {
      handles.delete(handle)
      handle.close()
    },
  }
}

/** What `onReadable` has begun. While it is open it keeps the process alive, unless `unref` was called. */
export interface Listening { ref(): void, unref(): void, close(): void }

/**
 * Calls `callback` from the loop whenever a read would return at once, again and again until the
 * bytes are read or it is closed. EPERM for regular files and folders, EBADF for a closed file.
 */
export function onReadable(file: OpenFile, callback: () => void): Listening {
  if (isReadable(file) && ['file', 'directory'].includes(file.stat().type)) {
    throw new SystemError('EPERM', 'epoll_ctl', { hint: 'files and folders are always readable' })
  }
  const own = file.duplicate()
  const handle = onEvents(own.fd, { readable: true }, callback)
  let isOpen = true
  return {
    ref: () => { if (isOpen) handle.ref() },
    unref: () => { if (isOpen) handle.unref() },
    close() {
      if (isOpen) handle.close()
      isOpen = false
      own.close()
    },
  }
}

const pipeCall = bind('int pipe2(void *fds, int flags)')

/** A pipe: what is written to `writer` comes out of `reader`, once: pipe2(2). */
export function pipe({ nonblocking = false } = {}): { reader: OpenFile, writer: OpenFile } {
  const fds = new Int32Array(2)
  pipeCall(new Uint8Array(fds.buffer), O_CLOEXEC | (nonblocking ? O_NONBLOCK : 0))
  return { reader: new OpenFile(fds[0]!), writer: new OpenFile(fds[1]!) }
}
