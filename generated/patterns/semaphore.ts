// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
import { leadsTo, open, O_CREAT, O_NONBLOCK, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import { lookUntil } from './fencing-lease-wait.ts'

/** How many permits there are, and how many of them are taken now. */
export interface SemaphoreState { permits: number, taken: number }

/** Permits that were granted. They end with `release`, or with the process. */
export class Permit {
  /** Which of them: numbers from 0 on, that nobody else has meanwhile. */
  readonly seats: readonly number[]
  readonly #file: OpenFile

  constructor(file: OpenFile, seats: readonly number[]) {
    this.#file = file
    this.seats = seats
  }

  get isHeld(): boolean { return this.#file.fd !== -1 }

  /** For a child that shall keep them when this process dies: it inherits this descriptor. */
  get descriptor(): number { return this.#file.fd }

  /** Gives them back. A second time does nothing. */
  release(): void {
    if (!this.isHeld) return
    try {
      this.#file.unlock()   // so that the bell of the close does not ring too early
    } finally {
      this.#file.close()
    }
  }
}

/** A counting semaphore at a path. */
export class Semaphore {
  readonly path: Path
  readonly #permits: number | undefined

  /** Without `permits`, as many as the file says, which must be there: ENOENT. */
  constructor(path: Path, permits?: number) {
    if (permits !== undefined) checkCount('permits', permits)
    this.path = path
    this.#permits = permits
  }

  /** Resolves to `count` permits (default 1). ETIMEDOUT, the signal's reason, EINVAL, or what open(2) says. */
  async acquire({ count = 1, ...options }: WaitOptions & { count?: number } = {}): Promise<Permit> {
    // take seats, or wait for them
    const file = this.#open()
    let seats: number[] | null = null
    try {
      const hint = `fewer than ${count} permits are free`
      const againMs = count > 1 ? () => 5 + Math.random() * 20 : undefined
      seats = await lookUntil(file, () => this.#take(file, count), { ...options, path: this.path, hint, againMs })
      return new Permit(file, seats)
    } finally {
      if (seats === null) file.close()
    }
  }

  /** Takes `count` permits if so many are free. */
  tryAcquire({ count = 1 } = {}): Permit | null {
    const file = this.#open()
    let seats: number[] | null = null
    try {
      seats = this.#take(file, count)
      return seats === null ? null : new Permit(file, seats)
    } finally {
      if (seats === null) file.close()
    }
  }

  // look, and resize
  /** How many are taken now. A moment later it may be others. */
  state(): SemaphoreState {
    const file = this.#open()
    try {
      const permits = file.stat().size
      let taken = 0
      for (let start = 0; start < permits; start++) if (file.isLocked({ start, length: 1 })) taken++
      return { permits, taken }
    } finally {
      file.close()
    }
  }

  /** Changes the number for all. Those who named another one are told EINVAL from now on. */
  resize(permits: number): void {
    checkCount('permits', permits)
    const file = this.#open()
    try {
      file.truncate(permits)
    } finally {
      file.close()   // and this rings
    }
  }

  /** Runs `action` with a permit and resolves to what it returned. */
  async with<T>(action: (permit: Permit) => T | Promise<T>, options?: WaitOptions & { count?: number }): Promise<T> {
    const permit = await this.acquire(options)
    try {
      return await action(permit)
    } finally {
      permit.release()
    }
  }
  // open the file, and agree on its size
  #open(): OpenFile {
    for (;;) {
      const file = open(this.path, O_RDWR | O_NONBLOCK | (this.#permits === undefined ? 0 : O_CREAT))
      try {
        if (this.#permits !== undefined && file.stat().size === 0) file.writeAll(Buffer.of(0), this.#permits - 1)
        const permits = file.stat().size
        if (permits === 0 || (this.#permits ?? permits) !== permits) {
          throw new SystemError('EINVAL', 'open', { path: this.path, hint: `the file says ${permits} permits` })
        }
        if (leadsTo(this.path, file)) return file
      } catch (error) {
        file.close()
        throw error
      }
      file.close()
    }
  }
  // take free seats, all or none
  #take(file: OpenFile, count: number): number[] | null {
    checkCount('count', count)
    const permits = file.stat().size
    if (count > permits) {
      throw new SystemError('EINVAL', 'fcntl', { path: this.path, hint: `there are ${permits} permits, not ${count}` })
    }
    const first = Math.floor(Math.random() * permits)
    const seats: number[] = []
    for (let i = 0; i < permits && seats.length < count; i++) {
      const start = (first + i) % permits
      if (file.tryLock({ start, length: 1 })) seats.push(start)
    }
    if (seats.length === count) return seats
    if (seats.length > 0) file.unlock()
    return null
  }
}

function checkCount(name: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count > 0)) throw new RangeError(`${name} must be a positive integer, not ${count}`)
}
