// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import { Inotify, IN_CREATE, IN_MODIFY } from '../primitives/inotify.ts'
import type { Layout } from './publish-subscribe-layout.ts'
import { TopicReader, type TopicMessage } from './publish-subscribe-reader.ts'

/** Where to begin: an offset, a time in milliseconds since 1970, the oldest that is kept, or what comes from now on. */
export type From = number | { timeMs: number } | 'start' | 'end'

export interface SubscribeOptions {
  /** Keeps the place in a file of this name. Without it, the place is lost with the object. */
  name?: string | undefined
  /** For a subscriber whose name is new, or that has none. Default `'end'`. */
  from?: From | undefined
}

const DIGITS = 16

/** The offset in a cursor file; undefined if none was written yet. */
export function readCursor(file: OpenFile): number | undefined {
  const text = Buffer.alloc(DIGITS + 1)
  return file.read(text, 0) === text.length ? Number(text.toString('latin1')) : undefined
}

export const writeCursor = (file: OpenFile, offset: number) =>
  file.writeAll(Buffer.from(`${String(offset).padStart(DIGITS, '0')}\n`), 0)

/** Whether a subscriber of this name lives. */
export const isCursorHeld = (file: OpenFile) => file.isLocked({ shared: true })

/** One who reads all messages, each once, from a place on. Use `topic.subscribe`. */
export class Subscriber {
  readonly #layout: Layout
  readonly #cursor: OpenFile | undefined
  readonly #reader: TopicReader
  readonly #closing = new AbortController()
  #bell: Inotify | undefined

  /** `begin` is asked for the offset if no cursor has one. */
  constructor(layout: Layout, name: string | undefined, begin: () => number) {
    this.#layout = layout
    this.#cursor = name === undefined ? undefined : claimCursor(layout, name)
    const offset = this.#cursor === undefined ? begin() : readCursor(this.#cursor) ?? begin()
    this.#reader = new TopicReader(layout, offset)
    this.commit()
  }

  /** Where it stands: what is before it was given out. */
  get offset(): number { return this.#reader.offset }

  /** Bytes that retention removed before they were given out, since this object began. */
  get missed(): number { return this.#reader.missed }

  /** The next message, or undefined if there is none yet. */
  tryNext(): TopicMessage | undefined {
    if (this.#closing.signal.aborted) throw new SystemError('EBADF', 'read', { hint: 'the subscriber is closed' })
    return this.#reader.next()
  }

  // wait for the next one
  /** Resolves to the next message. ETIMEDOUT, the signal's reason, or EBADF after `close`. */
  async next({ timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<TopicMessage> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const message = this.tryNext()
      if (message !== undefined) return message
      if (timeoutMs <= 0) throw signal?.reason ?? new SystemError('ETIMEDOUT', 'poll')
      if (this.#bell === undefined) {
        this.#bell = new Inotify()
        this.#bell.add(this.#layout.segments, IN_MODIFY | IN_CREATE)
      } else {
        // sleep until something is written, or it ends
        const timeoutLeftMs = Math.max(0, deadline - performance.now())
        const either = AbortSignal.any([this.#closing.signal, ...signal === undefined ? [] : [signal]])
        try {
          await this.#bell.wait({ timeoutMs: timeoutLeftMs, signal: either })
        } catch (error) {
          if (!this.#closing.signal.aborted) throw error
          throw new SystemError('EBADF', 'poll', { hint: 'the subscriber is closed' })
        }
        this.#bell.take()
      }
    }
  }

  /** Messages as they come, until `close`. Asking for the next one commits the one before. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TopicMessage, void, undefined> {
    while (!this.#closing.signal.aborted) {
      try {
        yield await this.next()
      } catch (error) {
        if (this.#closing.signal.aborted) return
        throw error
      }
      if (!this.#closing.signal.aborted) this.commit()
    }
  }

  // say that all before is done
  /** Keeps `offset` in the file: a subscriber of this name begins there. Default: where it stands. */
  commit(offset = this.offset): void {
    if (this.#cursor !== undefined) writeCursor(this.#cursor, offset)
  }

  /** Ends it. What was given out and not committed will come again. */
  close(): void {
    this.#closing.abort()
    this.#bell?.close()
    this.#reader.close()
    this.#cursor?.close()
  }
}

// have a cursor to oneself
function claimCursor({ cursors }: Layout, name: string): OpenFile {
  if (!/^[^./][^/]{0,200}$/s.test(name)) throw new SystemError('EINVAL', 'open', { path: name, hint: 'a subscriber needs a name without a slash, and no dot before it' })
  const path = `${cursors}/${name}`
  const file = open(path, O_RDWR | O_CREAT)
  if (file.tryLock()) return file
  file.close()
  throw new SystemError('EAGAIN', 'fcntl', { path, hint: 'a living process has this name' })
}
