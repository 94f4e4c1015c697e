// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
import { open, statIfThere, O_CREAT, O_EXCL, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { mkdir, rename, unlink } from '../foundations/name.ts'
import type { Listening, WaitOptions } from '../foundations/wait.ts'
import { Inotify, IN_CLOSE_WRITE, IN_MOVED_TO } from '../primitives/inotify.ts'
import { unless } from './folder-queue-names.ts'
import { FolderQueue, type Claim } from './folder-queue.ts'
import { enrol, returnDead, type Member } from './work-claiming.ts'

export interface RequestOptions {
  /** So many may wait for a server before `call` refuses. Default 1,000. */
  waitingMax?: number | undefined
}

/** Answers a request. What it throws is told to the client. */
export type Handler = (request: Buffer) => Promise<string | Uint8Array> | string | Uint8Array

/** What a server's handler threw, as its client is told. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly code = 'ESERVER'
}

/** Nobody answered in time. `wasBegun`: a server may have executed it, or may do so yet. */
export class RequestTimeout extends SystemError {
  readonly wasBegun: boolean
  constructor(wasBegun: boolean) {
    super('ETIMEDOUT', 'poll', { hint: wasBegun ? 'a server had begun it' : 'nobody had begun it, and nobody will' })
    this.wasBegun = wasBegun
  }
}

interface Pending { resolve(reply: Buffer): void, reject(error: unknown): void }


/** A folder over which processes ask each other. One object may ask, and serve. */
export class Requests {
  readonly folder: string
  readonly #queue: FolderQueue
  readonly #boxes: string
  readonly #waitingMax: number
  readonly #pending = new Map<number, Pending>()
  readonly #closing = new AbortController()
  #member: Member | undefined
  #bell: Inotify | undefined
  #listening: Listening | undefined
  #calls = 0

  /** Opens the requests in `folder`, and makes it where it is missing. Its parent must be there. */
  constructor(folder: string, { waitingMax = 1000 }: RequestOptions = {}) {
    if (!(waitingMax >= 1)) throw new RangeError(`waitingMax must be at least 1. Received ${waitingMax}`)
    this.folder = folder
    this.#boxes = `${folder}/boxes`
    for (const path of [folder, this.#boxes]) unless(['EEXIST'], () => mkdir(path))
    this.#queue = new FolderQueue(`${folder}/queue`)
    this.#waitingMax = waitingMax
  }

  // ask, and wait for the end
  /** Resolves to the reply. See P3 for its errors. */
  call(request: string | Uint8Array, { timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<Buffer> {
    return new Promise<Buffer>((resolve, reject) => {
      signal?.throwIfAborted()
      this.#mustBeOpen()
      if (this.#queue.size() >= this.#waitingMax) {
        throw new SystemError('EAGAIN', 'write', { path: this.folder, hint: `${this.#waitingMax} requests wait already` })
      }
      const { id } = this.#open()
      const number = ++this.#calls
      const head = Buffer.from(`${id}/${number}\n`)
      this.#queue.push(Buffer.concat([head, typeof request === 'string' ? Buffer.from(request) : request]))
      // end the call in one of its ways
      const timer = timeoutMs < 2 ** 31 ? setTimeout(() => this.#giveUp(number), timeoutMs) : undefined
      const onAbort = () => this.#giveUp(number, signal!.reason)
      const ends = <T>(settle: (value: T) => void) => (value: T) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#pending.delete(number)
        if (this.#pending.size === 0) this.#listening?.unref()
        settle(value)
      }
      signal?.addEventListener('abort', onAbort)
      this.#pending.set(number, { resolve: ends(resolve), reject: ends(reject) })
      this.#listening?.ref()
    })
  }

  #open(): Member {
    if (this.#member !== undefined) return this.#member
    returnDead(this.#boxes, path => { unless(['ENOENT'], () => unlink(path)) })
    this.#member = enrol(this.#boxes)
    this.#bell = new Inotify()
    this.#bell.add(this.#member.folder, IN_MOVED_TO | IN_CLOSE_WRITE)
    this.#listening = this.#bell.listen(() => this.#hear())
    return this.#member
  }

  // give up, by the same name
  #giveUp(number: number, reason?: unknown): void {
    const pending = this.#pending.get(number)
    if (pending === undefined || this.#settle(number)) return
    let isOurs = false
    try {
      isOurs = unless(['EEXIST'], () => open(this.#path(number, 'begun'), O_WRONLY | O_CREAT | O_EXCL).close())
    } catch (error) {
      pending.reject(error)
    }
    pending.reject(reason ?? new RequestTimeout(!isOurs))
  }

  #path(number: number, what: 'begun' | 'reply'): string { return `${this.#member!.folder}/${number}.${what}` }

  // hear what happens in the box
  #hear(): void {
    const events = this.#bell!.take()
    if (events.some(({ watch }) => watch === -1)) for (const number of [...this.#pending.keys()]) this.#settle(number)
    for (const { name, mask } of events) {
      const [, digits, what] = /^(\d+)\.(begun|reply)$/.exec(String(name)) ?? []
      const number = Number(digits)
      if (what === undefined || this.#settle(number) || what === 'reply' || (mask & IN_CLOSE_WRITE) === 0) continue
      if (this.#isDead(number)) {
        this.#pending.get(number)?.reject(new SystemError('EOWNERDEAD', 'read', { hint: 'the server died over it' }))
      }
    }
  }

  /** Gives the reply to whoever waits for it; one that comes too late is removed. False: there is none. */
  #settle(number: number): boolean {
    const path = this.#path(number, 'reply')
    if (statIfThere(path) === null) return false
    const file = open(path)
    const bytes = file.readAll()
    file.close()
    unlink(path)
    unless(['ENOENT'], () => unlink(this.#path(number, 'begun')))
    const body = bytes.subarray(1)
    if (bytes[0] === 0) this.#pending.get(number)?.resolve(body)
    else this.#pending.get(number)?.reject(new ServerError(String(body)))
    return true
  }

  #isDead(number: number): boolean {
    let file: OpenFile | undefined
    unless(['ENOENT'], () => { file = open(this.#path(number, 'begun')) })
    const isHeld = file?.isLocked({ shared: true }) ?? false
    file?.close()
    return !isHeld && statIfThere(this.#path(number, 'reply')) === null
  }

  // serve one request
  /** Answers one request, if one waits, with a handler that needs no waiting. Says whether there was one. */
  tryServe(handler: (request: Buffer) => string | Uint8Array): boolean {
    this.#mustBeOpen()
    const claim = this.#queue.claim()
    if (claim === undefined) return false
    const work = this.#begin(claim)
    if (work !== undefined) {
      let reply: Buffer
      try {
        reply = replyOf(handler(work.request))
      } catch (error) {
        reply = replyOf(error)
      }
      this.#answer(work, reply)
    }
    return true
  }

  // begin, if nobody has
  #begin(claim: Claim): Work | undefined {
    const bytes = claim.bytes()
    const end = bytes.indexOf(10)
    const call = bytes.toString('latin1', 0, Math.max(0, end))
    const path = `${this.#boxes}/${call}`
    const isCall = /^[0-9a-f]{12}\/\d+$/.test(call)
    const held: OpenFile[] = []
    const isBegun = isCall && unless(['ENOENT', 'EEXIST'], () => held.push(open(`${path}.begun`, O_WRONLY | O_CREAT | O_EXCL)))
    try {
      for (let i = 0; isBegun && i < 2; i++) held.push(open(`${path}.begun`, O_WRONLY))
      if (isBegun && !held[1]!.tryLock()) throw new SystemError('EAGAIN', 'fcntl', { path })
      claim.ack()
      if (isCall && !isBegun) unless(['ENOENT'], () => unlink(`${path}.begun`))
    } catch (error) {
      for (const file of held) file.close()
      if (error instanceof SystemError && error.code === 'ENOENT') return undefined   // the client has left just now
      throw error
    }
    return isBegun ? { path, held, request: bytes.subarray(end + 1) } : undefined
  }

  // answer
  #answer({ path, held }: Work, reply: Buffer): void {
    const hidden = path.replace(/\/(\d+)$/, '/.$1')
    try {
      unless(['ENOENT'], () => {
        const file = open(hidden, O_WRONLY | O_CREAT)
        try {
          file.writeAll(reply)
        } finally {
          file.close()
        }
        rename(hidden, `${path}.reply`)
      })
    } finally {
      for (const file of held) file.close()
    }
  }

  // serve as they come
  /** Answers requests until `close`, at most `atOnce` (default 1) at a time. Resolves when the last is answered. */
  async serve(handler: Handler, { atOnce = 1 } = {}): Promise<void> {
    const running = new Set<Promise<void>>()
    while (!this.#closing.signal.aborted) {
      let claim: Claim
      try {
        claim = await this.#queue.take({ signal: this.#closing.signal })
      } catch (error) {
        if (this.#closing.signal.aborted) break
        throw error
      }
      const work = this.#begin(claim)
      if (work === undefined) continue
      const task = this.#execute(work, handler).finally(() => running.delete(task))
      running.add(task)
      if (running.size >= atOnce) await Promise.race(running)
    }
    await Promise.all(running)
  }

  async #execute(work: Work, handler: Handler): Promise<void> {
    let reply: Buffer
    try {
      reply = replyOf(await handler(work.request))
    } catch (error) {
      reply = replyOf(error instanceof Error ? error : new Error(String(error)))
    }
    this.#answer(work, reply)
  }

  // end everything
  #mustBeOpen(): void {
    if (this.#closing.signal.aborted) throw new SystemError('EBADF', 'open', { path: this.folder, hint: 'it is closed' })
  }

  /** Ends calls and serving, and clears the box away. A second time does nothing. */
  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    for (const { reject } of [...this.#pending.values()]) reject(new SystemError('EBADF', 'read', { hint: 'it was closed' }))
    this.#listening?.close()
    this.#bell?.close()
    this.#member?.leave(path => { unless(['ENOENT'], () => unlink(path)) })
    this.#queue.close()
  }
}

/** A request that this server has begun. */
interface Work { path: string, held: OpenFile[], request: Buffer }

/** A byte that says how it ended, and what there is to say. */
function replyOf(result: unknown): Buffer {
  const isBytes = typeof result === 'string' || result instanceof Uint8Array
  const text = result instanceof Error ? result.message : String(result)
  const body = typeof result === 'string' || !isBytes ? Buffer.from(text) : result as Uint8Array
  return Buffer.concat([Buffer.of(isBytes ? 0 : 1), body])
}
