// Told in chapters/02-primitives-catalog/12-memory-map.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { open, type OpenFile, O_CREAT, O_RDONLY, O_RDWR } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'

const mmapCall = bind(
  'ssize_t mmap(size_t address, size_t length, int protection, int flags, int fd, off_t offset)')
const munmapCall = bind('int munmap(size_t address, size_t length)')
const msyncCall = bind('int msync(size_t address, size_t length, int flags)')
const fallocateCall = bind('int fallocate(int fd, int mode, off_t offset, off_t length)')
const [PROT_READ, PROT_READ_WRITE, MS_SYNC] = [1, 3, 4]
const [MAP_SHARED, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_NORESERVE] = [1, 2, 16, 32, 0x4000]

/** The longest mapping. One byte array of Node 20 has fewer than 2³² places, and a longer one aborts. */
export const MAPPING_MAX = 2 ** 32 - 4096

/** In bytes; `offset` is a multiple of the page size. `length` is by default the rest of the file. */
export interface MappingOptions { writable?: boolean, offset?: number, length?: number }

/** Bytes of a file, shared with all who map it. It outlives the closing of the file: mmap(2). */
export class Mapping {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly #address: number
  #isOpen = true

  /** EACCES: `writable`, and the file is open for reading only. ENODEV: it has no pages. */
  constructor(file: OpenFile, { writable = false, offset = 0, length }: MappingOptions = {}) {
    // refuse a length that would kill later
    const available = file.stat().size - offset
    const size = length ?? available
    if (!Number.isInteger(size) || size <= 0 || size > Math.min(available, MAPPING_MAX)) {
      throw new RangeError(`cannot map ${size} bytes: there are ${available}, and ${MAPPING_MAX} at most`)
    }
    // map it so that a stray write is harmless
    this.#address = mmapCall(0, size, PROT_READ_WRITE, writable ? MAP_SHARED : MAP_PRIVATE, file.fd, offset)
    this.bytes = new Uint8Array(koffi.view(BigInt(this.#address), size))
    unmapping.register(this.bytes.buffer, [this.#address, size])
  }

  /** Waits until what was stored is on the disk: msync(2). EIO, ENOSPC. */
  sync(): void { if (this.#isOpen) msyncCall(this.#address, this.bytes.length, MS_SYNC) }

  // end it without a hole
  /** Lets go of the file. Views that are still somewhere read zeros from now on. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const over = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE
    mmapCall(this.#address, this.bytes.length, PROT_READ_WRITE, over, -1, 0)
  }
}

const unmapping = new FinalizationRegistry<[number, number]>(range => munmapCall(...range))

/** How not to do it: an address, and what the reader believes of it. */
export function mapCarelessly(file: OpenFile, length: number) {
  const address = mmapCall(0, length, PROT_READ, MAP_SHARED, file.fd, 0)
  const bytes = new Uint8Array(koffi.view(BigInt(address), length))
  return { bytes, close: () => { munmapCall(address, length) } }
}

/**
 * Makes the file at least so long, with blocks of the disk behind every byte: fallocate(2). ENOSPC
 * now, in place of SIGBUS later. ENOTSUP where the filesystem cannot promise it.
 */
export function allocate(file: OpenFile, length: number): void { fallocateCall(file.fd, 0, 0, length) }

const NOTES_SIZE = 4096

function onWords<T>(path: string, use: (words: Int32Array, bytes: Buffer) => T): T {
  const file = open(path, O_RDWR)
  const map = new Mapping(file, { writable: true })
  file.close()
  try {
    return use(new Int32Array(map.bytes.buffer), Buffer.from(map.bytes.buffer))
  } finally {
    map.close()
  }
}

function sendNote(path: string, text: string): void {
  onWords(path, (words, bytes) => {
    const length = Buffer.byteLength(text)
    const at = 1 + Atomics.add(words, 0, 1 + Math.ceil(length / 4))
    if ((at + 1) * 4 + length > NOTES_SIZE) throw new SystemError('ENOSPC', 'mmap', { path })
    bytes.write(text, (at + 1) * 4)
    Atomics.store(words, at, length)
  })
}

export const ENDS: readonly Primitive[] = [{
  name: 'memory map',
  module: import.meta.url,
  create: folder => {
    const file = open(`${folder}/notes`, O_RDWR | O_CREAT, 0o600)
    allocate(file, NOTES_SIZE)
    file.close()
    return { sender: `${folder}/notes`, receiver: `${folder}/notes` }
  },
  send: (to, text) => sendNote(String(to), text),
  receive: from => {
    const file = open(String(from), O_RDONLY)
    const map = new Mapping(file)
    file.close()
    const words = new Int32Array(map.bytes.buffer)
    let at = 1
    const next = () => {
      const length = Atomics.load(words, at)
      if (length === 0) return null
      const start = (at + 1) * 4
      at += 1 + Math.ceil(length / 4)
      return Buffer.from(map.bytes.subarray(start, start + length)).toString()
    }
    return { next, close: () => map.close() }
  },
}]
