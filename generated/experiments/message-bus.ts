// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { open, stat, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { list, mkdir, unlink } from '../foundations/name.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import {
  appear, BELL, enrol, moveTo, renameIfThere, returnClaims, returnClaimsOf, sweep,
  type Folders, type Worker,
} from './message-bus-lock.ts'
import { listBus, pruneFolder, unfitness, type Listed } from './message-bus-list.ts'
import { inFolder, isHidden, keyOf, nameGiver, publisherOf, sortNames } from './message-bus-names.ts'
import { IN_CLOSE_WRITE, IN_MOVED_TO } from '../primitives/inotify.ts'
import { follow, FolderWatch, type Following } from './message-bus-watch.ts'

export interface BusOptions {
  /** What an acknowledgement survives. 'os' (the default): any killed process. 'disk': the bytes of
   * a message that is there survive a power cut. 'disk and folder': its name does too, and so
   * does a completion. */
  durability?: 'os' | 'disk' | 'disk and folder' | undefined
  /** Completed messages stay in completed/ until `prune`. true by default. */
  keep?: boolean | undefined
  /** Makes the folders if there are none. false by default, so that a slip of the pen makes no
   * bus. */
  create?: boolean | undefined
  /** The largest message that is published or read, in bytes; 16 MiB by default. */
  bytesMax?: number | undefined
}

/** Opens the bus in `folder`. ENOENT or ENOTDIR, with a hint, where there is none. */
export function openBus(folder: string, options: BusOptions = {}): MessageBus {
  const folders: Folders = {
    inbox: `${folder}/inbox`, processing: `${folder}/processing`,
    completed: `${folder}/completed`, workers: `${folder}/workers`,
  }
  if (options.create === true) makeBus(folder, folders)
  for (const path of Object.values(folders)) {
    // refuse a folder that is no bus
    try {
      if (stat(path).type !== 'directory') throw new SystemError('ENOTDIR', 'open', { path })
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      const hint = `'${folder}' is not a message bus: one has the folders ` +
        'inbox, processing, completed and workers'
      throw new SystemError(error.code, 'open', { path, hint })
    }
  }
  return new MessageBus(folders, options)
}

function makeBus(folder: string, folders: Folders): void {
  mkdirUnlessThere(folder)
  const there = [...list(folder)].map(({ name }) => name).filter(name => !isHidden(name))
  const own: Path[] = ['inbox', 'processing', 'completed', 'workers']
  if (!own.every(name => there.includes(name)) && !there.every(name => own.includes(name))) {
    const hint = 'a new bus needs a folder that is new or empty'
    throw new SystemError('ENOTEMPTY', 'mkdir', { path: folder, hint })
  }
  for (const path of Object.values(folders)) mkdirUnlessThere(path)
}

function mkdirUnlessThere(path: string): void {
  try {
    mkdir(path)
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
  }
}

/** A message bus in a folder. Publishing needs nothing else; the first `take` makes this
 * process a worker. */
export class MessageBus {
  readonly folders: Folders
  readonly bytesMax: number
  readonly #options: BusOptions
  readonly #nextName = nameGiver()
  readonly #held = new Set<string>()
  #worker: Worker | undefined
  #watch: FolderWatch | undefined
  #seen: Path[] = []
  #takes = 0
  #isNewsOfDeath = false

  constructor(folders: Folders, options: BusOptions) {
    this.folders = folders
    this.#options = options
    this.bytesMax = options.bytesMax ?? 16 * 2 ** 20
  }

  // publish a message
  /** Publishes a message and returns its name. When it throws, the message is not there, unless the
   * error is `fsync`'s: then it is there, and the disk may not know. */
  publish(content: string | Uint8Array): string {
    const { inbox } = this.folders
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    this.checkSize(bytes.length, inbox)
    const { name, file } = appear(inbox, this.#nextName, file => {
      file.writeAll(bytes)
      if ((this.#options.durability ?? 'os') !== 'os') file.datasync()
    })
    file.close()
    this.#syncFolders(inbox)
    return name
  }

  /** @internal */
  checkSize(size: number, path: Path): void {
    if (size <= this.bytesMax) return
    const hint = `the message has ${size} bytes, and this bus takes ${this.bytesMax} (bytesMax)`
    throw new SystemError('EMSGSIZE', 'write', { path, hint })
  }
  // take a message, if there is one
  /** Claims the next message, or says at once that there is none. */
  tryTake(): Message | undefined {
    const { id } = this.#worker ??= this.#enrol()
    if (this.#takes++ % TAKES_A_ROUND === 0) this.#isNewsOfDeath = true
    for (;;) {
      if (this.#isNewsOfDeath) returnClaims(this.folders)
      this.#isNewsOfDeath = false
      for (let name; (name = this.#seen.pop()) !== undefined;) {
        const path = inFolder(this.folders.processing, name, `@${id}`)
        if (!renameIfThere(inFolder(this.folders.inbox, name), path)) continue
        this.#held.add(keyOf(name))
        return new Message(this, name, path)
      }
      const isEmpty = !this.#look()
      if (isEmpty && (this.#watch !== undefined || returnClaims(this.folders) === 0)) return undefined
      stat(this.folders.processing)   // were it gone, every claim would look like a race that is lost
    }
  }

  #enrol(): Worker {
    sweep(this.folders.inbox)
    return enrol(this.folders.workers)
  }
  // look into the inbox twice
  #look(): boolean {
    const youngest = new Map<string, Path>()
    for (const name of sortNames(this.#waiting())) youngest.set(publisherOf(name), name)
    if (youngest.size === 0) return false
    const isProven = (name: Path) => {
      const proof = youngest.get(publisherOf(name))
      return proof !== undefined && (publisherOf(name) === '' || name <= proof)
    }
    this.#seen = sortNames(this.#waiting().filter(isProven)).reverse()
    return true
  }

  /** The names in the inbox that can be claimed, in no order. */
  #waiting(): Path[] {
    return [...list(this.folders.inbox)]
      .filter(entry => unfitness(this.folders.inbox, entry) === undefined)
      .map(({ name }) => name)
      .filter(name => !isHidden(name) && !this.#held.has(keyOf(name)))
  }
  // wait for a message
  /** Claims the next message, and waits for one if need be. ETIMEDOUT after `timeoutMs`; the
   * signal's reason when aborted. */
  async take({ timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<Message> {
    signal?.throwIfAborted()
    const end = performance.now() + timeoutMs
    for (;;) {
      const message = this.tryTake()
      if (message !== undefined) return message
      if (this.#watch === undefined) this.#watch = this.#watchForWork()
      else await this.#sleep(end, signal)
    }
  }

  /** All messages as they come, until the signal is aborted, which ends the loop with the
   * signal's reason. */
  async *messages({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Message, never, undefined> {
    for (;;) yield await this.take({ signal })
  }

  #watchForWork(): FolderWatch {
    const watch = new FolderWatch()
    watch.add(this.folders.inbox, IN_MOVED_TO)
    watch.add(this.folders.workers, IN_CLOSE_WRITE)
    this.#isNewsOfDeath = true   // of those who died before the bell could be heard
    return watch
  }
  async #sleep(end: number, signal: AbortSignal | undefined): Promise<void> {
    for (let isNews = false; !isNews;) {
      try {
        await this.#watch!.wait({ timeoutMs: end - performance.now(), signal })
      } catch (error) {
        if (!(error instanceof SystemError && error.code === 'ETIMEDOUT')) throw error
        throw new SystemError('ETIMEDOUT', 'take', { path: this.folders.inbox })
      }
      for (const { folder, name } of this.#watch!.read()) {
        if (folder !== this.folders.inbox) this.#isNewsOfDeath ||= folder === undefined || name === BELL
        isNews ||= folder === this.folders.inbox || this.#isNewsOfDeath
      }
    }
  }
  // settle a claim
  /** @internal Message calls it. */
  settle(message: Message, outcome: 'completed' | 'returned'): void {
    const { inbox, processing, completed } = this.folders
    const { name, path } = message
    if (outcome === 'completed' && this.#options.keep === false) unlink(path)
    else if (!moveTo(outcome === 'completed' ? completed : inbox, name, path)) {
      const hint = 'the claim is gone: somebody else has moved it'
      throw new SystemError('ENOENT', 'rename', { path, hint })
    }
    this.#held.delete(keyOf(name))
    this.#syncFolders(completed, processing)
  }

  #syncFolders(...paths: string[]): void {
    if (this.#options.durability !== 'disk and folder') return
    for (const path of paths) {
      const folder = open(path, O_DIRECTORY)
      try {
        folder.sync()
      } finally {
        folder.close()
      }
    }
  }
  // tell what is there
  /** Everything on the bus, the inbox first. Looks without touching. */
  list(): Generator<Listed, void, undefined> { return listBus(this.folders) }

  /** What happens on the bus from now on, without taking part. */
  watch({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Following, void, undefined> {
    return follow(this.folders, signal)
  }
  // leave the bus
  /** Removes completed messages that were completed so long ago, and what the dead left. Returns
   * how many messages. */
  prune({ olderThanMs = 0 } = {}): number {
    sweep(this.folders.inbox)
    returnClaims(this.folders)
    return pruneFolder(this.folders.completed, olderThanMs)
  }

  /** A child process that inherits these, in this order, keeps this worker's claims while it
   * lives. None before `take`. */
  get descriptors(): readonly number[] { return this.#worker?.descriptors ?? [] }

  /** Gives open claims back. The object may be used again, and is then another worker. */
  close(): void {
    const { inbox, processing } = this.folders
    const worker = this.#worker
    this.#watch?.close()
    this.#worker = this.#watch = undefined
    this.#seen = []
    this.#held.clear()
    worker?.leave(() => returnClaimsOf(worker.id, inbox, processing))
  }
}

const TAKES_A_ROUND = 64

/** A message that this worker has claimed. Its content is read when asked for; until then it is
 * a name. */
export class Message {
  readonly name: Path
  /** Where the message lies while it is claimed. */
  readonly path: Path
  readonly #bus: MessageBus

  constructor(bus: MessageBus, name: Path, path: Path) {
    this.#bus = bus
    this.name = name
    this.path = path
  }

  /** The content. EMSGSIZE if a hand put more there than the bus takes. */
  read(): Buffer {
    const file = open(this.path, O_NOFOLLOW | O_NONBLOCK)
    try {
      this.#bus.checkSize(file.stat().size, this.path)
      return file.readAll()
    } finally {
      file.close()
    }
  }

  text(): string { return this.read().toString() }

  /** Says that the work is done. After it the message is never delivered again. ENOENT if the
   * claim is gone. */
  complete(): void { this.#bus.settle(this, 'completed') }

  /** Gives the message back to the inbox under its old name. */
  release(): void { this.#bus.settle(this, 'returned') }
}
