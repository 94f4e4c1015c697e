// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { waitReadable, type WaitOptions } from '../foundations/wait.ts'

const openCall = bind('int posix_openpt(int flags)')
const ioctlCall = bind('int ioctl(int fd, size_t request, void *argument)')
const peerCall = bind('int ioctl(int fd, size_t request, int flags)')
const O_NOCTTY = 0o400
const [TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER] = [0x80045430, 0x40045431, 0x5441]
const [TCGETS, TCSETS, TIOCGWINSZ, TIOCSWINSZ] = [0x5401, 0x5402, 0x5413, 0x5414]

export interface Size { rows: number, columns: number }

/** One side of a pseudo-terminal; the other one is the file at `path`: pty(7). */
export class PseudoTerminal extends OpenFile {
  readonly path: string

  constructor({ rows = 24, columns = 80 }: Partial<Size> = {}) {
    super(openCall(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))
    const number = Buffer.alloc(4)
    ioctlCall(this.fd, TIOCSPTLCK, number)   // 0: unlocked
    ioctlCall(this.fd, TIOCGPTN, number)
    this.path = `/dev/pts/${number.readUInt32LE()}`
    this.size = { rows, columns }
  }

  // open the other side without its name
  /** Opens the other side, for a program that we start; it does not become our own terminal. */
  openPeer(): OpenFile { return new OpenFile(peerCall(this.fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) }
  // take what they wrote, type what they read
  /** What they wrote, up to 4 KiB; null: nothing now; empty: all have closed it, until one comes. */
  take(): Buffer | null {
    const buffer = Buffer.allocUnsafe(4096)
    try {
      return buffer.subarray(0, this.read(buffer))
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return null
      if (error instanceof SystemError && error.code === 'EIO') return buffer.subarray(0, 0)
      throw error
    }
  }

  /** Types keys. Returns how many bytes went in: fewer, or 0, when they do not read. */
  type(keys: string | Uint8Array): number {
    try {
      return this.write(typeof keys === 'string' ? Buffer.from(keys) : keys)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return 0
      throw error
    }
  }

  /** Resolves when there is something to take, or an end. Errors as `waitReadable`. */
  wait(options?: WaitOptions): Promise<void> { return waitReadable(this, options) }
  // get and set the size of the window
  get size(): Size {
    const size = Buffer.alloc(8)
    ioctlCall(this.fd, TIOCGWINSZ, size)
    return { rows: size.readUInt16LE(0), columns: size.readUInt16LE(2) }
  }

  set size({ rows, columns }: Size) {
    const size = Buffer.alloc(8)   // then width and height in pixels, which hardly anybody sets
    size.writeUInt16LE(rows, 0)
    size.writeUInt16LE(columns, 2)
    ioctlCall(this.fd, TIOCSWINSZ, size)
  }
  // get and set the discipline
  get discipline(): Discipline {
    const termios = this.#termios()
    const isOn = (name: keyof Discipline) =>
      BITS[name].every(([word, bits]) => (termios.readUInt32LE(word) & bits) !== 0)
    return { echo: isOn('echo'), lines: isOn('lines'), signals: isOn('signals'), newlines: isOn('newlines') }
  }

  /** Changes the switches that are named. */
  set(changes: Partial<Discipline>): void {
    const termios = this.#termios()
    for (const name of SWITCHES) {
      for (const [word, bits] of changes[name] === undefined ? [] : BITS[name]) {
        const before = termios.readUInt32LE(word)
        termios.writeUInt32LE((changes[name] ? before | bits : before & ~bits) >>> 0, word)
      }
    }
    ioctlCall(this.fd, TCSETS, termios)
  }

  #termios(): Buffer {
    const termios = Buffer.alloc(64)   // the kernel's has 36 bytes
    ioctlCall(this.fd, TCGETS, termios)
    return termios
  }
}

export interface Discipline {
  /** What is typed appears on the screen. */
  echo: boolean
  /** They read whole lines; DEL erases, Ctrl-D ends. Else each key at once. */
  lines: boolean
  /** Ctrl-C, Ctrl-Z and Ctrl-\ are signals, Ctrl-S and Ctrl-Q stop and go. Else they are bytes. */
  signals: boolean
  /** A newline they write comes as two characters, a return that we type arrives as a newline. */
  newlines: boolean
}

/** Where each switch has its bits: the word of struct termios (input, output, control, local), the bits. */
const BITS: Record<keyof Discipline, readonly (readonly [number, number])[]> = {
  echo: [[12, 0o10]],                       // ECHO
  lines: [[12, 0o2]],                       // ICANON
  signals: [[12, 0o1], [0, 0o2000]],        // ISIG, IXON
  newlines: [[4, 0o1], [0, 0o400]],         // OPOST, ICRNL
}
const SWITCHES = Object.keys(BITS) as (keyof Discipline)[]

/** Bytes pass as they are, both ways. */
export const RAW: Discipline = { echo: false, lines: false, signals: false, newlines: false }

const opened = (at: unknown, flags: number) => typeof at === 'string'
  ? open(at, flags | O_NOCTTY | O_NONBLOCK) : (at as OpenFile).duplicate()

const CARRIED = new Int32Array(new SharedArrayBuffer(4))

function endOf(name: string, isScreen: boolean): Primitive {
  return {
    name,
    module: import.meta.url,
    create: () => {
      const terminal = new PseudoTerminal()
      return isScreen ? { sender: terminal.path, receiver: terminal } : { sender: terminal, receiver: terminal.path }
    },
    send: (to, text) => {
      const file = opened(to, O_WRONLY)
      file.writeAll(Buffer.from(isScreen ? text : `${text}\n`))
      file.close()
    },
    receive: from => {
      const [file, buffer] = [opened(from, O_RDONLY), Buffer.alloc(4096)]
      const next = () => {
        if (isScreen) Atomics.wait(CARRIED, 0, 0, 30)   // a worker of the kernel's carries it over
        try {
          return buffer.toString('utf8', 0, file.read(buffer)).trim() || null
        } catch (error) {
          if (error instanceof SystemError && ['EAGAIN', 'EIO'].includes(error.code)) return null
          throw error
        }
      }
      return { next, close: () => file.close() }
    },
  }
}

export const ENDS: readonly Primitive[] = [endOf('terminal, its screen', true), endOf('terminal, its keyboard', false)]
