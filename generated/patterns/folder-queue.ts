// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import {
  open, stat, statIfThere, O_CREAT, O_DIRECTORY, O_RDWR, O_TRUNC, O_WRONLY, type OpenFile,
} from '../foundations/file.ts'
import { pathText, SystemError } from '../foundations/kernel.ts'
import {
  mkdir, readlink, rename, renameIfThere, rmdir, symlink, unlink,
} from '../foundations/name.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import {
  Inotify, IN_CLOSE_WRITE, IN_CREATE, IN_MOVED_TO, IN_ONESHOT,
} from '../primitives/inotify.ts'
import type { Durability } from './atomic-write.ts'
import { bucketName, namesIn, partsOf, timeGiver, unless } from './folder-queue-names.ts'
import { BELL, enrol, returnDead, type Member } from './work-claiming.ts'

export interface FolderQueueOptions {
  /** What `push` and `ack` survive: `'os'` (the default) a kill; `'disk'`: the bytes survive a power
   * cut, their name perhaps not; `'disk and folder'`: all of it does. */
  durability?: Durability | undefined
  /** How many messages a bucket holds, on average. Default 1,024. The same for all who publish. */
  bucketSize?: number | undefined
}

/** A queue in a folder, for any number of publishers and workers. */
export class FolderQueue {
  // know the folders
  readonly folder: string
  readonly #waiting: string
  readonly #members: string
  readonly #tail: string
  readonly #durability: Durability
  readonly #bucketSize: number
  readonly #nextTime = timeGiver()
  readonly #closing = new AbortController()
  #member: Member | undefined
  #inotify: Inotify | undefined
  #found: Found = { bucket: '', names: [] }   // to be claimed next, the last one first

  // open the queue, and make what is missing
  /** Opens the queue in `folder`, and makes it where it is missing. Its parent must be there. */
  constructor(folder: string, { durability = 'os', bucketSize = 1024 }: FolderQueueOptions = {}) {
    this.folder = folder
    this.#waiting = `${folder}/waiting`
    this.#members = `${folder}/members`
    this.#tail = `${folder}/tail`
    this.#durability = durability
    this.#bucketSize = bucketSize
    // refuse options that no queue can have
    if (!['os', 'disk', 'disk and folder'].includes(durability)) {
      throw new TypeError(`The option 'durability' must be 'os', 'disk' or 'disk and folder'. Received '${durability}'`)
    }
    if (!(Number.isInteger(bucketSize) && bucketSize >= 1)) {
      throw new TypeError(`The option 'bucketSize' must be a whole number from 1 on. Received ${bucketSize}`)
    }
    for (const path of [folder, this.#waiting, this.#members, `${this.#waiting}/${bucketName(1)}`]) {
      // make the folder, unless the queue is in use
      if (statIfThere(this.#tail, { follow: false }) === null) unless(['EEXIST'], () => mkdir(path))
    }
    unless(['EEXIST'], () => symlink(`waiting/${bucketName(1)}`, this.#tail))
    this.#sync(this.#waiting, folder)
  }

  // publish one message
  /** Publishes a message and returns its name. */
  push(message: string | Uint8Array): string {
    const { folder } = this.#enrol()
    const name = this.#nextName()
    if (Math.random() * this.#bucketSize < 1) this.#roll()
    this.#write(`${folder}/new`, message)
    while (!this.#enter(`${folder}/new`, name)) {
      // the bucket was drained and removed meanwhile
      stat(`${folder}/new`)
      if (statIfThere(this.#tail) === null && !this.#roll()) pause()
    }
    return name
  }

  #nextName(): string { return `${this.#nextTime()}-${this.#enrol().id}` }

  #write(path: string, message: string | Uint8Array): void {
    const file = open(path, O_WRONLY | O_CREAT | O_TRUNC)
    try {
      file.writeAll(typeof message === 'string' ? Buffer.from(message) : message)
      if (this.#durability !== 'os') file.datasync()
    } finally {
      file.close()
    }
  }

  #enter(source: string, name: string): boolean {
    if (this.#durability !== 'disk and folder') return renameIfThere(source, `${this.#tail}/${name}`)
    // enter a bucket that is held open, and sync that one
    const path = `${this.#waiting}/${this.#lastBucket()}`
    let bucket: OpenFile | undefined
    if (!unless(['ENOENT'], () => { bucket = open(path, O_DIRECTORY) })) return false
    try {
      if (!renameIfThere(source, `${path}/${name}`)) return false
      bucket!.sync()
      return true
    } finally {
      bucket!.close()
    }
  }

  // publish a batch
  /** Publishes all or none, in this order; up to 4,096. EBUSY if a stopped process holds `roll` for a second. */
  pushMany(messages: readonly (string | Uint8Array)[]): string[] {
    if (messages.length === 0) return []
    if (messages.length > BATCH_MAX) throw new RangeError(`a batch has at most ${BATCH_MAX} messages`)
    const batch = `${this.#enrol().folder}/batch`
    removeBatch(batch)
    mkdir(batch)
    const names = messages.map(message => {
      const name = this.#nextName()
      this.#write(`${batch}/${name}`, message)
      return name
    })
    this.#sync(batch)
    for (let tries = 0; !this.#roll(bucket => rename(batch, bucket)); tries++) {
      if (tries < 1000) pause()
      else throw new SystemError('EBUSY', 'fcntl', { path: `${this.folder}/roll` })
    }
    return names
  }

  // begin a new bucket
  /** Makes a bucket behind the last one and turns the link. False if another is just doing it. */
  #roll(fill = (path: string): void => { unless(['EEXIST'], () => mkdir(path)) }): boolean {
    const { folder } = this.#enrol()
    const lock = open(`${this.folder}/roll`, O_RDWR | O_CREAT)
    try {
      if (!lock.tryLock()) return false
      for (let number = Number(this.#lastBucket()) + 1; ; number++) {
        unless(['ENOENT'], () => unlink(`${folder}/tail`))
        symlink(`waiting/${bucketName(number)}`, `${folder}/tail`)
        const path = `${this.#waiting}/${bucketName(number)}`
        if (unless(['EEXIST', 'ENOTEMPTY'], () => fill(path))) break
      }
      this.#sync(this.#waiting)
      rename(`${folder}/tail`, this.#tail)
      this.#sync(this.folder)
      return true
    } finally {
      lock.close()
    }
  }

  #lastBucket(): string { return pathText(readlink(this.#tail)).replace(/.*\//, '') }

  // claim the oldest messages
  /** The oldest message that waits; undefined if none does. Does not wait. */
  claim(): Claim | undefined { return this.claimMany(1)[0] }

  /** Up to `limit` messages, from the oldest on. */
  claimMany(limit: number): Claim[] {
    const claims: Claim[] = []
    while (claims.length < limit) {
      const { bucket, names } = this.#found
      const name = names.pop()
      if (name !== undefined) {
        const claim = this.#try(bucket, name)
        if (claim !== null) claims.push(claim)
      } else if (!this.#look()) {
        const isNews = claims.length === 0 && this.#returnDead() > 0
        if (!isNews) break
      }
    }
    return claims
  }

  #try(bucket: string, name: string): Claim | null {
    const path = `${this.#enrol().folder}/${bucket}.${name}`
    if (!renameIfThere(`${this.#waiting}/${bucket}/${name}`, path)) return null
    return {
      name,
      path,
      bytes: () => read(path),
      text: () => read(path).toString(),
      ack: () => {
        unlink(path)
        this.#sync(this.#enrol().folder)
      },
      nack: () => { this.#giveBack(path, bucket, name) },
    }
  }

  // look twice
  /** Fills `found` with names that may be claimed in this order. False if nothing waits. */
  #look(): boolean {
    stat(this.#enrol().folder)   // were it gone, every claim would look like a race that is lost
    if (++this.#looks % LOOKS_A_ROUND === 0) this.#returnDead()
    let before = this.#oldest()
    while (before !== null) {
      const now = this.#oldest()
      if (now?.bucket === before.bucket) {
        const seen = new Set(before.names)
        const names = now.names.sort()
        const unknown = names.findIndex(name => !seen.has(name))
        this.#found = { ...now, names: names.slice(0, unknown === -1 ? Infinity : unknown).reverse() }
        if (unknown !== 0) return true
      }
      before = now
    }
    return false
  }
  #looks = 0

  /** What waits in the oldest bucket that has anything. Removes empty ones, but never the last. */
  #oldest(): Found | null {
    const last = this.#lastBucket()
    for (const bucket of namesIn(this.#waiting, 'directory').sort()) {
      const path = `${this.#waiting}/${bucket}`
      const names = namesIn(path, 'file')
      if (names.length > 0) return { bucket, names }
      if (bucket < last) unless(['ENOTEMPTY', 'EEXIST', 'ENOENT'], () => rmdir(path))
    }
    return null
  }

  // wait until there is a message
  /** Resolves to the oldest message as soon as there is one. ETIMEDOUT; the signal's reason; EBADF after `close`. */
  async take({ signal, timeoutMs = Infinity }: WaitOptions = {}): Promise<Claim> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      signal?.throwIfAborted()
      let claim = this.claim()
      if (claim !== undefined) return claim
      this.#listen()
      claim = this.claim()
      if (claim !== undefined) return claim
      const ends = [this.#closing.signal, ...signal === undefined ? [] : [signal]]
      const restMs = Math.max(0, deadline - performance.now())
      await this.#inotify!.wait({ signal: AbortSignal.any(ends), timeoutMs: restMs })
      this.#inotify!.take()
    }
  }

  // listen to all that may bring one
  #listen(): void {
    const inotify = this.#inotify ??= new Inotify()
    inotify.add(`${this.#members}/${BELL}`, IN_CLOSE_WRITE | IN_ONESHOT)
    inotify.add(this.#waiting, IN_CREATE | IN_MOVED_TO | IN_ONESHOT)
    for (const bucket of namesIn(this.#waiting, 'directory')) {
      const path = `${this.#waiting}/${bucket}`
      unless(['ENOENT'], () => { inotify.add(path, IN_CREATE | IN_MOVED_TO | IN_ONESHOT) })
    }
  }

  // take one after the other
  /** Takes one message after the other. Ends when the queue is closed; throws the signal's reason. */
  async *messages({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<Claim, void, undefined> {
    while (!this.#closing.signal.aborted) {
      let claim: Claim
      try {
        claim = await this.take({ signal })
      } catch (error) {
        if (this.#closing.signal.aborted) return
        throw error
      }
      yield claim
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Claim, void, undefined> { return this.messages() }

  // give a claim back
  #giveBack(path: string, bucket: string, name: string): void {
    const home = `${this.#waiting}/${bucket}`
    while (!renameIfThere(path, `${home}/${name}`)) {
      stat(path)
      unless(['EEXIST'], () => mkdir(home))
    }
  }

  /** For whatever lies in a member's folder when it ends. */
  readonly #clear = (path: string, name: string): void => {
    const parts = partsOf(name)
    if (parts !== null) this.#giveBack(path, parts.bucket, parts.name)
    else if (name === 'batch') removeBatch(path)
    else unlink(path)
  }

  #returnDead(): number { return returnDead(this.#members, this.#clear) }

  // estimate how many wait
  /** About how many messages wait, claims not counted; exact up to 16 buckets. */
  size(): number {
    const buckets = namesIn(this.#waiting, 'directory').sort()
    const count = (bucket: string) => namesIn(`${this.#waiting}/${bucket}`, 'file').length
    const sum = (some: string[]) => some.reduce((total, bucket) => total + count(bucket), 0)
    if (buckets.length <= SAMPLE) return sum(buckets)
    const middle = buckets.slice(1, -1)
    const step = middle.length / (SAMPLE - 2)
    const sample = Array.from({ length: SAMPLE - 2 }, (_, i) => middle[Math.floor(i * step)]!)
    return sum([buckets[0]!, buckets.at(-1)!]) + Math.round(sum(sample) / sample.length * middle.length)
  }

  // end it
  /** Gives the open claims back and ends all waiting. A second time does nothing. */
  close(): void {
    if (this.#closing.signal.aborted) return
    try {
      this.#member?.leave(this.#clear)
    } finally {
      this.#closing.abort(closed(this.folder))
      this.#inotify?.close()
    }
  }

  // work in a folder of one's own
  #enrol(): Member {
    if (this.#closing.signal.aborted) throw closed(this.folder)
    return this.#member ??= enrol(this.#members)
  }

  /** For a child that shall keep the claims when this process dies: it inherits these. */
  get descriptors(): number[] { return this.#enrol().descriptors }

  // sync folders, if that was asked for
  #sync(...folders: string[]): void {
    if (this.#durability !== 'disk and folder') return
    for (const folder of folders) {
      const file = open(folder, O_DIRECTORY)
      try { file.sync() } finally { file.close() }
    }
  }
}

/** Names that wait in one bucket. */
interface Found { bucket: string, names: string[] }

/** A message that is this worker's, until it is acknowledged or given back. */
export interface Claim {
  /** The name that `push` returned. */
  readonly name: string
  /** Where it lies while it is claimed: to be read, and not to be moved. */
  readonly path: string
  bytes(): Buffer
  text(): string
  /** It is done: removes it for ever. ENOENT if that, or the end of the queue, was before. */
  ack(): void
  /** Puts it back into its old place. Whoever claims next gets it. */
  nack(): void
}

const BATCH_MAX = 4096
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** A millisecond in which the kernel may let somebody else run. */
function pause(): void { Atomics.wait(sleeper, 0, 0, 1) }

function removeBatch(batch: string): void {
  for (const name of namesIn(batch, 'file')) unlink(`${batch}/${name}`)
  unless(['ENOENT'], () => rmdir(batch))
}

const LOOKS_A_ROUND = 16

const closed = (path: string) => new SystemError('EBADF', 'rename', { path, hint: 'the queue was closed' })

function read(path: string): Buffer {
  const file = open(path)
  try {
    return file.readAll()
  } finally {
    file.close()
  }
}

const SAMPLE = 16
