// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import { O_CREAT, O_DIRECTORY, O_RDWR, leadsTo, open, type OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { split } from '../foundations/name.ts'
import { waitForLock } from '../primitives/file-lock.ts'

const LINE = /^(\d{20}) (\d{20}) ([0-9a-f-]{36})\n$/
const LENGTH = 79
const digits = (value: bigint) => String(value).padStart(20, '0')

/** A number in a file that only grows, for any number of processes. It survives a kill and a power cut. */
export class KeptNumber {
  readonly path: Path
  readonly #ahead: bigint
  #file: OpenFile
  #known = 0n

  /** `ahead`: how far a power cut may make it leap; 0 waits for the disk with each change. */
  constructor(path: Path, ahead: bigint) {
    this.path = path
    this.#ahead = ahead
    this.#file = open(path, O_RDWR | O_CREAT)
  }

  /** Sets it to what `next` makes of it, which must be more, and returns that. Blocks for the lock. */
  change(next: (old: bigint) => bigint): bigint {
    waitForLock(this.#file)
    try {
      // follow the name, if it leads to another file now
      while (!leadsTo(this.path, this.#file)) {
        this.#file.close()
        this.#file = open(this.path, O_RDWR | O_CREAT)
        this.#synced = -1n
        waitForLock(this.#file)
      }
      const { value, ceiling } = this.#read()
      const old = value > this.#known ? value : this.#known
      const now = next(old)
      if (now <= old) throw new RangeError(`${now} is not more than ${old}`)
      // write the number, and the ceiling before it if need be
      const top = now > ceiling ? now + this.#ahead : ceiling
      this.#file.writeAll(Buffer.from(`${digits(now)} ${digits(top)} ${bootId()}\n`), 0)
      this.#settle(top)
      return this.#known = now
    } finally {
      this.#file.unlock()
    }
  }
  // read the line, and mistrust it after a boot
  #synced = -1n
  #read(): { value: bigint, ceiling: bigint } {
    const buffer = Buffer.alloc(LENGTH + 1)
    const length = this.#file.read(buffer, 0)
    if (length === 0) return { value: 0n, ceiling: 0n }
    const [, value, ceiling, boot] = LINE.exec(buffer.toString('latin1', 0, length)) ?? []
    if (value === undefined) {
      throw new SystemError('EBADMSG', 'read', { path: this.path, hint: 'this is no clock file' })
    }
    const top = BigInt(ceiling!)
    return { value: boot === bootId() ? BigInt(value) : top, ceiling: top }
  }

  /** Makes sure that this ceiling is on the disk, and the name of the file. */
  #settle(ceiling: bigint): void {
    if (this.#synced === ceiling) return
    this.#file.datasync()
    if (this.#synced === -1n) syncFolder(split(this.path).folder)
    this.#synced = ceiling
  }

  /** A second time does nothing. */
  close(): void { this.#file.close() }
}

let boot = ''
function bootId(): string {
  if (boot === '') {
    const file = open('/proc/sys/kernel/random/boot_id')
    try {
      boot = file.readAll().toString().trim()
    } finally {
      file.close()
    }
  }
  return boot
}

function syncFolder(path: Path): void {
  const folder = open(path, O_DIRECTORY)
  try {
    folder.sync()
  } finally {
    folder.close()
  }
}
