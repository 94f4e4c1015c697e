// Told in chapters/03-patterns-and-idioms/17-barrier.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_NONBLOCK, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { join, mkdir, readlink, symlink, unlink } from '../foundations/name.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import {
  Inotify, IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_CREATE, IN_MODIFY,
} from '../primitives/inotify.ts'

const RECORD = 64
const rangeOf = (seat: number) => ({ start: seat * RECORD, length: RECORD })
const is = (error: unknown, code: string) => error instanceof SystemError && error.code === code

interface Seat { state: 'joined' | 'left', round: number, who: string }

function readSeat(file: OpenFile, seat: number): Seat | null {
  const buffer = Buffer.alloc(RECORD)
  const text = buffer.toString('utf8', 0, file.read(buffer, rangeOf(seat).start))
  const [, state, round, who] = /^(joined|left) (\d+) (.*?) *\n$/.exec(text) ?? []
  return state === undefined ? null : { state: state as Seat['state'], round: Number(round), who: who! }
}

function writeSeat(file: OpenFile, seat: number, { state, round, who }: Seat): void {
  const line = Buffer.alloc(RECORD, ' ')
  line.write(`${state} ${round} ${who}`, 0, RECORD - 1)
  line.write('\n', RECORD - 1)
  file.writeAll(line, rangeOf(seat).start)
}

/** A meeting of `parties` processes, at a folder that the first one makes. */
export class Barrier {
  readonly path: Path
  readonly parties: number

  constructor(path: Path, parties: number) {
    if (!(Number.isSafeInteger(parties) && parties > 0)) {
      throw new RangeError(`parties must be a positive integer, not ${parties}`)
    }
    this.path = path
    this.parties = parties
  }

  /** Promises to come. `name`, up to 20 bytes, is told to the others. EBUSY when all seats were given. */
  join(name = ''): Party {
    try {
      mkdir(this.path)
    } catch (error) {
      if (!is(error, 'EEXIST')) throw error
    }
    const file = open(join(this.path, 'seats'), O_RDWR | O_CREAT | O_NONBLOCK)
    try {
      for (let seat = 0; seat < this.parties; seat++) {
        if (!file.tryLock(rangeOf(seat))) continue
        if (readSeat(file, seat) === null) return new Party(this, file, seat, `${process.pid} ${name}`)
        file.unlock(rangeOf(seat))   // somebody had it, and is gone
      }
    } catch (error) {
      file.close()
      throw error
    }
    file.close()
    throw new SystemError('EBUSY', 'join', { path: this.path, hint: `all ${this.parties} seats were given` })
  }
}

/** One who has promised to come. */
export class Party {
  readonly seat: number
  readonly #barrier: Barrier
  readonly #file: OpenFile
  readonly #who: string
  #round = 1

  constructor(barrier: Barrier, file: OpenFile, seat: number, who: string) {
    this.#barrier = barrier
    this.#file = file
    this.seat = seat
    this.#who = who
    writeSeat(file, seat, { state: 'joined', round: 0, who })
  }

  // meet the others
  /** Arrives, and resolves to the round's number when all have. EOWNERDEAD, ETIMEDOUT, the signal's reason. */
  async meet({ timeoutMs = Infinity, signal }: WaitOptions = {}): Promise<number> {
    signal?.throwIfAborted()
    const { path } = this.#barrier
    const deadline = performance.now() + timeoutMs
    const inotify = new Inotify()
    try {
      inotify.add(path, IN_MODIFY | IN_CREATE | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)
      writeSeat(this.#file, this.seat, { state: 'joined', round: this.#round, who: this.#who })
      let verdict: string | null
      for (let looks = 0; (verdict = this.#verdict()) === null; looks++) {
        const leftMs = deadline - performance.now()
        if (leftMs <= 0) throw new SystemError('ETIMEDOUT', 'meet', { path, hint: 'not all have arrived' })
        // sleep until the folder changes
        try {
          await inotify.wait({ timeoutMs: Math.min(leftMs, looks < 8 ? 2 ** looks / 2 : 1000), signal })
          inotify.take()
          looks = -1
        } catch (error) {
          if (!is(error, 'ETIMEDOUT')) throw error
        }
      }
      if (verdict !== 'met') throw new SystemError('EOWNERDEAD', 'meet', { path, hint: verdict })
      // remove the verdict before this one
      try {
        if (this.#round > 1) unlink(join(path, `round-${this.#round - 1}`))
      } catch (error) {
        if (!is(error, 'ENOENT')) throw error
      }
      return this.#round++
    } finally {
      inotify.close()
    }
  }
  // look for a verdict, or give one
  #verdict(): string | null {
    const path = join(this.#barrier.path, `round-${this.#round}`)
    try {
      return pathText(readlink(path))
    } catch (error) {
      if (!is(error, 'ENOENT')) throw error
    }
    const all = Array.from({ length: this.#barrier.parties }, (_, seat) => readSeat(this.#file, seat))
    const gone = (each: Seat | null, seat: number) => each !== null && each.round < this.#round && seat !== this.seat &&
      (each.state === 'left' || !this.#file.isLocked(rangeOf(seat)))
    const missing = all.findIndex(gone)
    const isMet = all.every(each => each !== null && each.round >= this.#round)
    if (!isMet && missing === -1) return null
    try {
      symlink(isMet ? 'met' : `${all[missing]!.state === 'left' ? 'left' : 'dead'} ${all[missing]!.who}`, path)
    } catch (error) {
      if (!is(error, 'EEXIST')) throw error
    }
    return pathText(readlink(path))
  }

  /** Will not come again. The others are told, if they still wait for us. A second time does nothing. */
  leave(): void {
    if (this.#file.fd === -1) return
    try {
      writeSeat(this.#file, this.seat, { state: 'left', round: this.#round - 1, who: this.#who })
      this.#file.unlock()
    } finally {
      this.#file.close()
    }
  }
}
