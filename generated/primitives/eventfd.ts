// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { onReadable, waitReadable, type Listening, type WaitOptions } from '../foundations/wait.ts'

const eventfdCall = bind('int eventfd(unsigned int value, int flags)')
const EFD_SEMAPHORE = 1

/** `semaphore`: `take` gives 1 at a time. `fd`: one that was inherited or received, as it was made. */
export interface EventCountOptions { semaphore?: boolean, initial?: number, fd?: number }

/** A count in the kernel that can be waited for: eventfd(2). */
export class EventCount extends OpenFile {
  constructor({ semaphore = false, initial = 0, fd }: EventCountOptions = {}) {
    super(fd ?? eventfdCall(initial, O_CLOEXEC | O_NONBLOCK | (semaphore ? EFD_SEMAPHORE : 0)))
  }

  /** Adds, and wakes who waits. False: there is no room. RangeError below 0 and above 2⁶⁴ − 2. */
  add(count: number | bigint = 1): boolean {
    const word = Buffer.alloc(8)
    word.writeBigUInt64LE(BigInt(count))
    if (word.every(byte => byte === 0xff)) throw new RangeError('2⁶⁴ − 2 is the most')
    return unlessItWaits(() => this.write(word)) !== null
  }

  /** What was added since the last `take`, or 1 of it; 0 when there is nothing. */
  take(): bigint {
    const word = Buffer.alloc(8)
    return unlessItWaits(() => this.read(word)) === null ? 0n : word.readBigUInt64LE()
  }

  // wait for a count, and be called back
  /** Resolves to what was taken, which is never 0. Errors as `waitReadable`. */
  async wait(options?: WaitOptions): Promise<bigint> {
    for (;;) {
      await waitReadable(this, options)
      const count = this.take()
      if (count > 0n) return count   // else another one was faster
    }
  }

  /** Calls back as long as there is a count; the callback takes. */
  listen(callback: () => void): Listening { return onReadable(this, callback) }
}

function unlessItWaits(call: () => number): number | null {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return null
    throw error
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'eventfd semaphore',
  module: import.meta.url,
  create: () => {
    const count = new EventCount({ semaphore: true })
    return { sender: count, receiver: count }
  },
  send: to => {
    // A stranger's path is /proc's, which for an eventfd leads nowhere: ENXIO.
    const file = typeof to === 'string' ? open(to, O_RDWR) : to.duplicate()
    const count = new EventCount({ fd: file.fd })
    count.add()
    count.close()
  },
  receive: from => {
    const count = new EventCount({ fd: (from as OpenFile).duplicate().fd })
    return { next: () => count.take() === 0n ? null : 'rung', close: () => count.close() }
  },
}]
