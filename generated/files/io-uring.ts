// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import { onReadable, type Listening } from '../foundations/wait.ts'

const setup = bind('int io_uring_setup(unsigned int entries, void *params)', { number: 425 })
const enter = bind(
  'int io_uring_enter(int fd, int count, int wait, int flags, void *mask, size_t size)',
  { number: 426, retry: false })
const register = bind(
  'int io_uring_register(int fd, unsigned int opcode, void *argument, unsigned int count)',
  { number: 427 })
const mmap = bind(
  'ssize_t mmap(size_t address, size_t length, int protection, int flags, int fd, off_t offset)')
const munmap = bind('int munmap(size_t address, size_t length)')
const [PROT_READ_WRITE, MAP_SHARED, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS] = [3, 1, 2, 16, 32]
const [SETUP_CLAMP, SETUP_SUBMIT_ALL, SETUP_COOP_TASKRUN] = [16, 128, 256]

/** Places in the submission queue; the completion queue has twice as many. */
const ENTRIES = 512
/** What may be on its way at once. Each may need a second entry, to be cancelled. */
export const PLACES = 256
const NOBODY = 0xffffffff

export const NOP = 0, FSYNC = 3, ASYNC_CANCEL = 14, OPENAT = 18, CLOSE = 19, STATX = 21, READ = 22,
  WRITE = 23, READ_FIXED = 4, WRITE_FIXED = 5, RENAMEAT = 35, UNLINKAT = 36, MKDIRAT = 37

/** Two queues that this process and the kernel share, and what waits on them. */
export class Ring {
  readonly #file: OpenFile
  readonly #entries: Uint32Array
  readonly #words: Int32Array
  readonly #at: { sqTail: number, cqHead: number, cqTail: number, cqes: number, cqMask: number }
  readonly #mask: number
  readonly #listening: Listening
  readonly #done: (place: number, result: number) => void
  readonly #maps: [address: number, length: number][]
  #isHeld = false
  #tail = 0
  #head = 0
  #fresh = 0
  #flying = 0
  #isScheduled = false
  #isOpen = true
  readonly #flush = () => this.flush()

  // make the ring and listen to it
  constructor(done: (place: number, result: number) => void) {
    this.#done = done
    const { file, offsets, maps } = create()
    this.#file = file
    this.#maps = maps
    const [ring, sqes] = maps.map(([address, length]) => koffi.view(BigInt(address), length))
    this.#words = new Int32Array(ring!)
    this.#entries = new Uint32Array(sqes!)
    this.#at = offsets
    this.#mask = offsets.sqEntries - 1
    for (let i = 0; i < offsets.sqEntries; i++) this.#words[offsets.sqArray + i] = i
    this.#listening = onReadable(file, () => this.#reap())
    this.#listening.unref()
    rings.add(this)
    for (const range of maps.entries()) keptAlive.register([ring, sqes][range[0]]!, range[1])
  }
  // put an entry into the queue
  /** Puts one entry into the queue and returns where. The kernel sees it at the end of this turn. */
  push(opcode: number, fd: number, address: number, length: number, offset: number,
    place: number, age: number, flags = 0, rw = 0, index = 0): number {
    const slot = this.#tail & this.#mask
    const i = slot * 16
    const e = this.#entries
    e[i] = opcode | flags << 8
    e[i + 1] = fd
    if (offset < 0) {
      e[i + 2] = e[i + 3] = NOBODY
    } else {
      e[i + 2] = offset
      e[i + 3] = offset / 4294967296
    }
    e[i + 4] = address
    e[i + 5] = address / 4294967296
    e[i + 6] = length
    e[i + 7] = rw
    e[i + 8] = place
    e[i + 9] = age
    e[i + 10] = index
    e[i + 11] = e[i + 12] = e[i + 13] = 0
    this.#tail = this.#tail + 1 | 0
    this.#fresh++
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#flush)
    }
    return slot
  }
  // hand over what is new
  flush(): void {
    this.#isScheduled = false
    if (!this.#isOpen) return
    Atomics.store(this.#words, this.#at.sqTail, this.#tail)
    try {
      const taken = enter(this.#file.fd, this.#fresh, 0, 0, null, 0)
      this.#fresh -= taken
      this.#flying += taken
    } catch (error) {
      if (!(error instanceof SystemError && /^(EINTR|EAGAIN|EBUSY)$/.test(error.code))) throw error
    }
    this.#drain()
    if (this.#fresh > 0 && !this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#flush)
    }
    this.#hold()
  }
  // take what is done
  #reap(): void {
    this.#drain()
    this.#hold()
  }

  #drain(): void {
    const { cqTail, cqHead, cqes, cqMask } = this.#at
    const words = this.#words
    let head = this.#head
    const tail = Atomics.load(words, cqTail)
    while (head !== tail) {
      const at = cqes + (head & cqMask) * 4
      const place = words[at]!
      const result = words[at + 2]!
      head = head + 1 | 0
      this.#flying--
      if (place !== -1) this.#done(place, result)
    }
    this.#head = head
    Atomics.store(words, cqHead, head)
  }
  // hold the process while something flies
  #hold(): void {
    const isNeeded = this.#flying > 0
    if (isNeeded === this.#isHeld) return
    this.#isHeld = isNeeded
    if (isNeeded) this.#listening.ref()
    else this.#listening.unref()
  }
  // take an entry back
  /** Turns an entry that the kernel has not seen into one that does nothing; false if it has. */
  recall(slot: number, place: number, age: number): boolean {
    const behind = (this.#tail - slot - 1 & this.#mask) + 1
    const i = slot * 16
    const isOurs = this.#entries[i + 8] === place && this.#entries[i + 9] === age
    if (behind > this.#fresh || !isOurs) return false
    this.#entries[i] = NOP
    this.#entries[i + 1] = NOBODY
    this.#entries[i + 4] = this.#entries[i + 5] = this.#entries[i + 6] = this.#entries[i + 7] = 0
    return true
  }
  // close, and leave the floor in place
  /** Stops listening. A result that comes while Node takes a worker's loop apart ends the process. */
  leave(): void { this.#listening.close() }

  register(opcode: number, argument: Uint8Array | null, count: number): number {
    return register(this.#file.fd, opcode, argument, count)
  }

  /** Unmaps nothing that a view may still see: zeros take the place of the queues. */
  close(): void {
    if (!this.#isOpen) return
    this.leave()
    this.#isOpen = false
    rings.delete(this)
    this.#file.close()
    for (const [address, length] of this.#maps) {
      mmap(address, length, PROT_READ_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0)
    }
  }
}

const rings = new Set<Ring>()
process.on('exit', () => { for (const each of rings) each.leave() })

const keptAlive = new FinalizationRegistry(([address, length]: [number, number]) => {
  munmap(address, length)
})

const SQES = 0x10000000

function create() {
  const params = new Uint32Array(30)
  const bytes = new Uint8Array(params.buffer)
  let fd
  try {
    params[2] = SETUP_CLAMP | SETUP_SUBMIT_ALL | SETUP_COOP_TASKRUN
    fd = setup(ENTRIES, bytes)
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EINVAL')) throw error
    params.fill(0)   // before 5.19
    fd = setup(ENTRIES, bytes)
  }
  const file = new OpenFile(fd)
  const [sqEntries, cqEntries] = [params[0]!, params[1]!]
  const [sq, cq] = [params.subarray(10), params.subarray(20)]
  const size = Math.max(sq[6]! + sqEntries * 4, cq[5]! + cqEntries * 16)
  const flags = MAP_SHARED | 0x8000
  const maps: [number, number][] = []
  try {
    maps.push([mmap(0, size, PROT_READ_WRITE, flags, fd, 0), size])
    maps.push([mmap(0, sqEntries * 64, PROT_READ_WRITE, flags, fd, SQES), sqEntries * 64])
  } catch (error) {
    file.close()
    throw error
  }
  const offsets = {
    sqEntries, sqTail: sq[1]! / 4, sqArray: sq[6]! / 4,
    cqHead: cq[0]! / 4, cqTail: cq[1]! / 4, cqMask: cqEntries - 1, cqes: cq[5]! / 4,
  }
  return { file, offsets, maps }
}
