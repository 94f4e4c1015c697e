// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { Worker } from 'node:worker_threads'
import type { OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'

/** Makes a file durable: its data, or `all`. It may return before, with a promise. */
export type Sync = (file: OpenFile, how: 'data' | 'all') => Promise<void> | void

/** On the event loop, which stands still meanwhile. */
export const syncHere: Sync = (file, how) => how === 'data' ? file.datasync() : file.sync()

const PROGRAM = `
const { fdatasyncSync, fsyncSync } = require('node:fs')
const { EIO } = require('node:os').constants.errno
const { parentPort, workerData: orders } = require('node:worker_threads')
const calls = [fdatasyncSync, fsyncSync]
for (let seen = 0; ;) {
  Atomics.wait(orders, 0, seen)
  seen = Atomics.load(orders, 0)
  const fd = orders[1]
  if (fd === -1) break
  orders[3] = 0
  try { calls[orders[2]](fd) } catch ({ errno }) { orders[3] = -errno || EIO }
  parentPort.postMessage(0)
}`

interface Order { resolve: () => void, reject: (error: unknown) => void, syscall: string }

/** A thread that does nothing but sync, one file at a time. */
export class SyncThread {
  readonly #orders = new Int32Array(new SharedArrayBuffer(16))
  readonly #worker: Worker
  #order: Order | undefined

  constructor() {
    this.#worker = new Worker(PROGRAM, { eval: true, execArgv: [], env: {}, workerData: this.#orders })
    this.#worker.unref()
    this.#worker.on('message', () => this.#answer())
    this.#worker.on('error', error => this.#end(({ reject }) => reject(error)))
  }

  /** One at a time: whoever calls waits for the answer before the next call. */
  readonly sync: Sync = (file, how) => new Promise<void>((resolve, reject) => {
    const syscall = how === 'data' ? 'fdatasync' : 'fsync'
    this.#order = { resolve, reject, syscall }
    this.#worker.ref()
    this.#tell(file.fd, how === 'data' ? 0 : 1)
  })

  close(): void { this.#tell(-1, 0) }

  // give an order, and take the answer
  #tell(fd: number, call: number): void {
    this.#orders[1] = fd
    this.#orders[2] = call
    Atomics.add(this.#orders, 0, 1)
    Atomics.notify(this.#orders, 0)
  }

  #answer(): void {
    const errno = this.#orders[3]!
    this.#end(({ resolve, reject, syscall }) =>
      errno === 0 ? resolve() : reject(new SystemError(-errno, syscall)))
  }

  #end(settle: (order: Order) => void): void {
    const order = this.#order
    this.#order = undefined
    this.#worker.unref()
    if (order !== undefined) settle(order)
  }
}
