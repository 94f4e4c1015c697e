// Told in chapters/03-patterns-and-idioms/03-write-ahead-log.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_DIRECTORY, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'

import { Cursor } from './append-log-reader.ts'
import { AppendLog, type LogOptions } from './append-log.ts'
import { letGo, makeFolder, namesIn, placed } from './append-log-segments.ts'
import { syncHere, SyncThread, type Sync } from './append-log-sync.ts'

/** What one transaction sees and changes. Pages that were never written are zeros. */
export interface Transaction {
  read(page: number): Buffer
  write(page: number, bytes: Uint8Array): void
}

export interface PageFileOptions {
  /** Size of a page. Default 4096. A page file keeps the size that it was made with. */
  pageBytes?: number | undefined
  /** After so many bytes of changes there is a checkpoint. Default 4 MiB. */
  checkpointBytes?: number | undefined
  segmentBytes?: LogOptions['segmentBytes']
  sync?: LogOptions['sync']
}

interface Wish { resolve: () => void, reject: (error: unknown) => void }
interface Request {
  work: (transaction: Transaction) => unknown
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** A file of pages that is changed by transactions: each is there after a crash, or none of it is. */
export class PageFile {
  readonly pageBytes: number
  /** How many records were done again when the file was opened. */
  readonly redone: number
  // remember what is not in the file yet
  readonly #path: string
  readonly #checkpointBytes: number
  readonly #groupBytes: number
  readonly #thread: SyncThread | undefined
  readonly #sync: Sync
  readonly #log: AppendLog
  readonly #file: OpenFile
  readonly #dirty = new Map<number, Buffer>()   // in the log, and not yet in the file
  #logged = 0
  #queue: Request[] = []
  #wishes: Wish[] = []
  #running: Promise<void> | undefined
  #failure: unknown

  constructor(folder: string, options: PageFileOptions = {}) {
    const { pageBytes = 4096, checkpointBytes = 2 ** 22, segmentBytes = 2 ** 22, sync = 'thread' } = options
    this.pageBytes = pageBytes
    this.#checkpointBytes = checkpointBytes
    this.#groupBytes = segmentBytes / 2
    makeFolder(folder)
    this.#path = `${folder}/pages.${pageBytes}`
    refuseAnotherSize(folder, pageBytes)
    this.#thread = sync === 'thread' ? new SyncThread() : undefined
    this.#sync = typeof sync === 'function' ? sync : this.#thread?.sync ?? syncHere
    // open the log and the pages, and do again what the log has
    let log: AppendLog | undefined, file: OpenFile | undefined
    try {
      log = new AppendLog(`${folder}/log`, { segmentBytes, sync: this.#sync })
      file = open(this.#path, O_RDWR | O_CREAT)
      this.redone = redo(file, log, pageBytes)
      syncFolder(folder)
    } catch (error) {
      letGo(...file === undefined ? [] : [file])
      log?.abandon()
      this.#thread?.close()
      throw placed(error, folder)
    }
    this.#log = log
    this.#file = file
  }

  // read a page
  /** A page as the last acknowledged transaction left it, in a copy. */
  read(page: number): Buffer {
    mustBePage(page)
    const dirty = this.#dirty.get(page)
    if (dirty !== undefined) return Buffer.from(dirty)
    const bytes = Buffer.alloc(this.pageBytes)
    try {
      for (let done = 0, count; done < bytes.length; done += count) {
        count = this.#file.read(bytes.subarray(done), page * this.pageBytes + done)
        if (count === 0) break   // beyond the end all pages are zeros
      }
    } catch (error) {
      throw placed(error, this.#path)
    }
    return bytes
  }

  // change pages
  /**
   * Runs `work` alone, at once or when the disk is free, and resolves to what it returned when its
   * changes are on the disk. If `work` throws, nothing has changed. `work` must not wait.
   */
  transact<T>(work: (transaction: Transaction) => T): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate)
    while (this.#queue.length > 0 || this.#wishes.length > 0) {
      const wishes = this.#wishes.splice(0)
      await this.#group(this.#queue.splice(0))
      if (wishes.length === 0 && this.#logged < this.#checkpointBytes) continue
      await this.#checkpoint().then(
        () => { for (const { resolve } of wishes) resolve() },
        error => { for (const { reject } of wishes) reject(error) })
    }
    this.#running = undefined
  }

  // run a group of transactions
  async #group(requests: Request[]): Promise<void> {
    const changes = new Map<number, Buffer>()
    const done: { request: Request, value: unknown }[] = []
    for (const [i, request] of requests.entries()) {
      try {
        done.push({ request, value: this.#attempt(request, changes) })
      } catch (error) {
        request.reject(error)
      }
      if (changes.size * (4 + this.pageBytes) > this.#groupBytes) {
        this.#queue.unshift(...requests.slice(i + 1))
        break
      }
    }
    try {
      if (this.#failure !== undefined) throw this.#failure
      if (changes.size > 0) await this.#store(changes)
      for (const { request, value } of done) request.resolve(value as never)
    } catch (error) {
      for (const { request } of done) request.reject(error)
    }
  }

  /** Runs the work of one request. Its changes join the others when it has returned. */
  #attempt({ work }: Request, changes: Map<number, Buffer>): unknown {
    const own = new Map<number, Buffer>()
    const value = work({
      read: page => Buffer.from(own.get(page) ?? changes.get(page) ?? this.read(page)),
      write: (page, bytes) => {
        mustBePage(page)
        if (bytes.length !== this.pageBytes) {
          throw new RangeError(`A page has ${this.pageBytes} bytes. Received ${bytes.length}`)
        }
        own.set(page, Buffer.from(bytes))
      },
    })
    for (const [page, bytes] of own) changes.set(page, bytes)
    return value
  }

  // store the group before anybody sees it
  async #store(changes: Map<number, Buffer>): Promise<void> {
    const record = encodePages(changes, this.pageBytes)
    await this.#log.append(record)
    for (const [page, bytes] of changes) this.#dirty.set(page, bytes)
    this.#logged += record.length
  }

  // write the pages, and then let the log forget them
  /** Writes the changed pages into the file, and then lets the log forget them. */
  checkpoint(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#wishes.push({ resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async #checkpoint(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const next = this.#log.next
    try {
      for (const [page, bytes] of this.#dirty) this.#file.writeAll(bytes, page * this.pageBytes)
    } catch (error) {
      throw placed(error, this.#path)   // it is all in the log, so the next checkpoint tries again
    }
    try {
      await this.#sync(this.#file, 'data')
    } catch (error) {
      throw this.#failure = placed(error, this.#path)
    }
    this.#dirty.clear()
    this.#logged = 0
    this.#log.removeBefore(next)
  }

  // end with everything, or at once
  /** Waits for what is under way, and lets go. What the log still has is done again at the next opening. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    this.#failure ??= new SystemError('EBADF', 'pwrite', { hint: 'the page file is closed' })
    await this.#log.close()
    this.#thread?.close()
    letGo(this.#file)
  }

  /** Lets go at once, as a kill does. */
  abandon(): void {
    this.#failure ??= new SystemError('EBADF', 'pwrite', { hint: 'the page file is closed' })
    this.#log.abandon()
    this.#thread?.close()
    letGo(this.#file)
  }
}

function mustBePage(page: number): void {
  if (Number.isInteger(page) && page >= 0 && page < 2 ** 32) return
  throw new RangeError(`A page has a number from 0 to 2 ** 32 - 1. Received ${page}`)
}

/** Writes all pages that the log still has into the file, in order, and returns the number of records. */
function redo(file: OpenFile, log: AppendLog, pageBytes: number): number {
  const cursor = new Cursor(log.folder)
  try {
    let count = 0
    for (let record; (record = cursor.next()) !== undefined; count++) {
      for (const { page, bytes } of decodePages(record.bytes, pageBytes)) {
        file.writeAll(bytes, page * pageBytes)
      }
    }
    file.sync()
    log.removeBefore(log.next)
    return count
  } finally {
    cursor.close()
  }
}

function refuseAnotherSize(folder: string, pageBytes: number): void {
  for (const name of namesIn(folder)) {
    const size = /^pages\.(\d+)$/.exec(name)?.[1]
    if (size === undefined || Number(size) === pageBytes) continue
    throw new SystemError('EINVAL', 'open', { path: folder, hint: `its pages have ${size} bytes` })
  }
}

function syncFolder(folder: string): void {
  const names = open(folder, O_DIRECTORY)
  try {
    names.sync()
  } finally {
    names.close()
  }
}

function encodePages(changes: Map<number, Buffer>, pageBytes: number): Buffer {
  const record = Buffer.allocUnsafe(changes.size * (4 + pageBytes))
  let at = 0
  for (const [page, bytes] of changes) {
    record.writeUInt32LE(page, at)
    bytes.copy(record, at + 4)
    at += 4 + pageBytes
  }
  return record
}

function* decodePages(record: Buffer, pageBytes: number): Generator<{ page: number, bytes: Buffer }> {
  for (let at = 0; at < record.length; at += 4 + pageBytes) {
    yield { page: record.readUInt32LE(at), bytes: record.subarray(at + 4, at + 4 + pageBytes) }
  }
}
