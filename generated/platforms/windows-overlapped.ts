// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
import { Worker } from 'node:worker_threads'
import { SystemError } from '../foundations/kernel.ts'
import { addressOf, must, refused, refusedBy, win32, type Handle } from './win32.ts'
import { overlapped, type Description, type WindowsFile } from './windows-file.ts'

const createIoCompletionPort = win32(
  'intptr_t CreateIoCompletionPort(intptr_t handle, intptr_t port, uintptr_t key, uint32_t threads)')
const postQueuedCompletionStatus = win32(
  'int PostQueuedCompletionStatus(intptr_t port, uint32_t count, uintptr_t key, void *how)')
const getLastError = win32('uint32_t GetLastError()')
const cancelIoEx = win32('int CancelIoEx(intptr_t handle, void *how)')
const readFile = win32(
  'int ReadFile(intptr_t handle, void *bytes, uint32_t length, void *count, void *how)')
const writeFile = win32(
  'int WriteFile(intptr_t handle, void *bytes, uint32_t length, void *count, void *how)')
const ERROR_IO_PENDING = 997

// What our own thread does, and all that it does. OVERLAPPED_ENTRY has 32 bytes: key, address, status, count.
const THREAD = `
  import('node:worker_threads').then(async ({ parentPort, workerData: { koffi, port, wakeMs } }) => {
    const { default: { load } } = await import(koffi)
    const wait = load('kernel32.dll').func('int GetQueuedCompletionStatusEx(' +
      'intptr_t port, void *entries, uint32_t most, void *found, uint32_t timeoutMs, int alertable)')
    const [entries, found] = [Buffer.alloc(64 * 32), Buffer.alloc(4)]
    for (let isOpen = true; isOpen;) {
      if (wait(port, entries, 64, found, wakeMs, 0) === 0) continue
      const addresses = []
      for (let i = 0; i < found.readUInt32LE(); i++) {
        if (entries.readBigUInt64LE(i * 32) === 1n) isOpen = false
        else addresses.push(Number(entries.readBigUInt64LE(i * 32 + 8)))
      }
      if (addresses.length > 0) parentPort.postMessage(addresses)
    }
  })`
/** Node cannot end a thread that sits in a foreign call. So long it waits for one that nobody told. */
const WAKE_MS = 1000

interface Pending {
  how: Buffer
  /** What Windows writes to or reads from: it must not be collected. */
  memory: Uint8Array | null
  keepsAlive: boolean
  done(status: number, count: number): void
}

/** A completion port and the thread that waits at it. */
export class Completions {
  readonly #port = createIoCompletionPort(-1, 0, 0, 1)
  readonly #thread: Worker
  readonly #pending = new Map<number, Pending>()
  #reasons = 0

  constructor() {
    const workerData = { koffi: import.meta.resolve('koffi'), port: this.#port, wakeMs: WAKE_MS }
    this.#thread = new Worker(THREAD, { eval: true, workerData, stdin: false })
    this.#thread.on('message', (addresses: number[]) => {
      for (const address of addresses) this.#complete(address)
    })
    this.#thread.unref()
    process.once('exit', () => this.#end())
  }

  /** From now on the port tells the end of all transfers of this open file. Once for each. */
  adopt(handle: Handle): void {
    must(createIoCompletionPort(handle, this.#port, 0, 0), 'open')
  }

  // begin something, and hear of its end
  /**
   * Calls `start` with a fresh OVERLAPPED, and `done` from the loop when that has ended. Throws where
   * nothing was begun.
   */
  begin(
    start: (how: Buffer) => number, done: Pending['done'],
    { offset = 0n, memory = null, keepsAlive = true, syscall = 'read' }: {
      offset?: bigint, memory?: Uint8Array | null, keepsAlive?: boolean, syscall?: string } = {},
  ): Buffer {
    const how = overlapped(offset, 0)
    const address = Number(addressOf(how))
    this.#pending.set(address, { how, memory, keepsAlive, done })
    const number = start(how) === 0 ? getLastError() : 0
    if (number !== 0 && number !== ERROR_IO_PENDING) {
      this.#pending.delete(address)
      throw refused(syscall, { number })
    }
    if (keepsAlive) this.ref()
    return how
  }

  #complete(address: number): void {
    const { how, keepsAlive, done } = this.#pending.get(address)!
    this.#pending.delete(address)
    if (keepsAlive) this.unref()
    done(how.readInt32LE(0), how.readUInt32LE(8))
  }
  /** Keeps the process alive as often as `unref` has not been called. */
  ref(): void { if (this.#reasons++ === 0) this.#thread.ref() }
  unref(): void { if (--this.#reasons === 0) this.#thread.unref() }
  #end(): void { postQueuedCompletionStatus(this.#port, 0, 1, null) }
}

let completions: Completions | undefined
/** This thread's own. */
export const theCompletions = (): Completions => completions ??= new Completions()
const adopted = new WeakSet<Description>()

export interface TransferOptions { signal?: AbortSignal | undefined }

/** Reads at `position` without a thread of Node's: how many bytes, 0 at the end. */
export function readOverlapped(
  file: WindowsFile, buffer: Uint8Array, position: number, options?: TransferOptions,
): Promise<number> {
  return transfer('read', file, buffer, BigInt(position), options)
}

/** Writes at `position`, or at the end if the file was opened for that: how many bytes. */
export function writeOverlapped(
  file: WindowsFile, bytes: Uint8Array, position: number, options?: TransferOptions,
): Promise<number> {
  const at = file.description.append ? 0xffff_ffff_ffff_ffffn : BigInt(position)
  return transfer('write', file, bytes, at, options)
}

function transfer(
  syscall: 'read' | 'write', file: WindowsFile, memory: Uint8Array, offset: bigint,
  { signal }: TransferOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const { handle, description } = file
    if (handle === -1) throw new SystemError('EBADF', syscall)
    const port = theCompletions()
    if (!adopted.has(description)) {
      port.adopt(handle)
      adopted.add(description)
    }
    // tell the one who waits
    let cancel = () => {}
    const done = (status: number, count: number) => {
      signal?.removeEventListener('abort', cancel)
      if (status >= 0) resolve(count)
      else if (status >>> 0 === STATUS_END_OF_FILE) resolve(0)
      else if (status >>> 0 === STATUS_CANCELLED && signal?.aborted) reject(signal.reason)
      else reject(refusedBy(status, syscall))
    }
    const call = syscall === 'read' ? readFile : writeFile
    const start = (how: Buffer) => call(handle, memory, Math.min(memory.length, TRANSFER_MAX), null, how)
    try {
      const how = port.begin(start, done, { offset, memory, syscall })
      cancel = () => { cancelIoEx(handle, how) }
      signal?.addEventListener('abort', cancel)
    } catch (error) {
      if ((error as { win32?: number }).win32 === ERROR_HANDLE_EOF) resolve(0)
      else throw error
    }
  })
}
const [STATUS_END_OF_FILE, STATUS_CANCELLED, ERROR_HANDLE_EOF] = [0xc0000011, 0xc0000120, 38]
const TRANSFER_MAX = 0x7ffff000
