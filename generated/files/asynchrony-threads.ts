// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { availableParallelism } from 'node:os'
import { serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import type { OpenOptions } from '../platforms/platform.ts'
import {
  CALL, CLOSE, DATASYNC, Desk, DONE, DROPPED, ENTERING, FREE, HEAD, LEAVING, PLACES, READ, RUNG, SYNC, TAIL,
  TAKEN, THREADS_MAX, WAITING, WRITE, type Start,
} from './asynchrony-desk.ts'
import { unpack, type Packed } from './asynchrony-error.ts'
import { Held, provide, type Engine, type Reins } from './asynchrony.ts'

type Message = 'up' | null | [place: number, isGood: boolean, value: unknown]

interface Job {
  numbers: readonly [kind: number, handle: number, address: number, length: number, position: number]
  syscall: string
  keep: unknown
  file: Held | undefined
  resolve(value: unknown): void
  reject(error: unknown): void
  place: number
  reason?: unknown
}

const tgkill = bind('int tgkill(int process, int thread, int signal)')
const SIGURG = 23
const KEPT = Math.max(2, Math.min(4, availableParallelism()))
const PATIENCE_MS = 20

/** Runs every operation in a thread of its own, which may block as long as it likes. */
export class ThreadEngine implements Engine {
  readonly name = 'threads'
  #desk = new Desk()
  #threads: (Worker | undefined)[] = []
  #starting = 0
  #jobs: (Job | undefined)[] = new Array(PLACES).fill(undefined)
  #free = Array.from({ length: PLACES }, (_, i) => PLACES - 1 - i)
  #backlog: Job[] = []
  #open = 0
  #patience: NodeJS.Timeout | undefined
  #head = 0

  // move bytes
  read(file: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number> {
    const syscall = position === -1 ? 'read' : 'pread'
    return this.#do(READ, file, bytes, position, syscall, reins) as Promise<number>
  }

  write(file: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number> {
    const syscall = position === -1 ? 'write' : 'pwrite'
    return this.#do(WRITE, file, bytes, position, syscall, reins) as Promise<number>
  }

  async sync(file: Held, dataOnly: boolean, reins?: Reins): Promise<void> {
    const syscall = dataOnly ? 'fdatasync' : 'fsync'
    await this.#do(dataOnly ? DATASYNC : SYNC, file, undefined, 0, syscall, reins)
  }
  // open, close, and all the rest
  async open(path: Path, options: OpenOptions, reins?: Reins): Promise<Held> {
    const request = { open: [path, options] }
    return new Held(await this.#call(request, undefined, reins) as number, path)
  }

  async close(file: Held): Promise<void> {
    const { handle, path } = file
    file.handle = -1
    await file.idle()
    await this.#do(CLOSE, new Held(handle, path), undefined, 0, 'close')
  }

  ask(file: Held, method: string, args: readonly unknown[], reins?: Reins): Promise<unknown> {
    return this.#call({ handle: file.handle, method, args }, file, reins)
  }

  call(module: string, name: string, args: readonly unknown[], reins?: Reins): Promise<unknown> {
    return this.#call({ module, name, args }, undefined, reins)
  }

  async end(): Promise<void> {
    clearTimeout(this.#patience)
    const isComingUp = (thread: Worker | undefined, i: number) => thread !== undefined && this.#desk.threadIds[i]! <= 0
    while (this.#threads.some(isComingUp)) await new Promise(resolve => setTimeout(resolve, 5))
    await Promise.all(this.#threads.splice(0).map(thread => thread?.terminate()))
  }

  async #call(request: object, file: Held | undefined, reins?: Reins): Promise<unknown> {
    return this.#do(CALL, file, serialize(request), 0, '', reins)
  }
  // put a job on the desk
  #do(
    kind: number, file: Held | undefined, bytes: Uint8Array | undefined, position: number,
    syscall: string, reins?: Reins,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (reins?.reason !== undefined) throw reins.reason
      const address = bytes === undefined ? 0 : addressOf(bytes)
      const numbers = [kind, file?.handle ?? -1, address, bytes?.length ?? 0, position] as const
      const job: Job = { numbers, syscall, keep: bytes, file, resolve, reject, place: -1 }
      if (file !== undefined) file.running++
      if (this.#open++ === 0) this.#hold(true)
      if (reins !== undefined) reins.cancel = reason => this.#cancel(job, reason)
      if (this.#free.length > 0) this.#put(job)
      else this.#backlog.push(job)
    })
  }

  #put(job: Job): void {
    const { words, queue, states, jobs } = this.#desk
    const place = this.#free.pop()!
    job.place = place
    this.#jobs[place] = job
    jobs.set(job.numbers, place * 6)
    Atomics.store(states, place, WAITING)
    const tail = words[TAIL]!
    Atomics.store(queue, tail & PLACES - 1, place)
    Atomics.store(words, TAIL, tail + 1 | 0)
    Atomics.notify(words, TAIL, 1)
    this.#grow()
  }
  // see whether a thread is missing
  #grow(): void {
    const count = this.#threads.filter(Boolean).length
    if (count < KEPT && count < this.#open) this.#start(true)
    // a place that nobody took for a while wants another thread
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined
      const { words } = this.#desk
      const isStuck = words[HEAD] === this.#head && words[TAIL] !== this.#head
      this.#head = words[HEAD]!
      if (isStuck && this.#starting === 0 && this.#threads.filter(Boolean).length < THREADS_MAX) {
        this.#start(false)
      }
      if (words[TAIL] !== words[HEAD]) this.#grow()
    }, PATIENCE_MS).unref()
  }
  // start a thread
  #start(keep: boolean): void {
    const hole = this.#threads.indexOf(undefined)
    const index = hole === -1 ? this.#threads.length : hole
    const workerData: Start = { memory: this.#desk.memory, index, keep }
    this.#desk.threadIds[index] = 0
    this.#starting++
    let thread: Worker
    try {
      thread = startThread(url, workerData)
    } catch (error) {
      queueMicrotask(() => this.#died(index, error as Error))
      return
    }
    this.#threads[index] = thread
    thread.on('message', (message: Message) => message === 'up' ? this.#starting-- : this.#heard(message))
    thread.on('error', error => this.#died(index, error))
    thread.on('exit', () => { this.#threads[index] = undefined })
    leaving.add(this)
    if (this.#open === 0) thread.unref()
  }
  // hear what is done
  #heard(message: null | [number, boolean, unknown]): void {
    const { words, states, jobs } = this.#desk
    if (message !== null) {
      const [place, isGood, value] = message
      this.#settle(place, job => {
        if (isGood) return job.resolve(value)
        const error = unpack(value as Packed)
        job.reject((error as SystemError).code === 'ECANCELED' ? job.reason ?? error : error)
      })
      return
    }
    Atomics.store(words, RUNG, 0)
    for (let place = 0; place < PLACES; place++) {
      if (Atomics.load(states, place) !== DONE) continue
      const answer = jobs[place * 6 + 5]!
      this.#settle(place, job => {
        if (answer >= 0) job.resolve(answer)
        else if (answer === ECANCELED && job.reason !== undefined) job.reject(job.reason)
        else job.reject(job.file!.error(answer, job.syscall))
      })
    }
  }
  // clear the place
  #settle(place: number, how: (job: Job) => void): void {
    const { states, cancelled } = this.#desk
    const job = this.#jobs[place]
    this.#jobs[place] = undefined
    for (let i = 0; i < this.#threads.length; i++) if (cancelled[i] === place + 1) cancelled[i] = 0
    Atomics.store(states, place, FREE)
    this.#free.push(place)
    if (job !== undefined) {
      job.place = -1
      this.#finish(job)
      how(job)
    }
    const next = this.#backlog.shift()
    if (next !== undefined) this.#put(next)
  }

  #finish(job: Job): void {
    job.file?.release()
    if (--this.#open === 0) this.#hold(false)
  }

  #hold(isHeld: boolean): void {
    for (const thread of this.#threads) isHeld ? thread?.ref() : thread?.unref()
  }
  // take a job back, or wake its thread
  #cancel(job: Job, reason: unknown): void {
    const { states } = this.#desk
    if (job.place === -1) {
      const i = this.#backlog.indexOf(job)
      if (i === -1) return
      this.#backlog.splice(i, 1)
    } else if (Atomics.compareExchange(states, job.place, WAITING, DROPPED) === WAITING) {
      this.#jobs[job.place] = undefined
    } else {
      job.reason ??= reason
      this.#interrupt(job)
      return
    }
    this.#give(job, reason)
  }

  #interrupt(job: Job): void {
    const { states, cancelled, threadIds } = this.#desk
    const { place } = job
    if (place === -1 || process.platform !== 'linux') return
    const index = states[place]! - TAKEN
    if (index < 0) return
    cancelled[index] = place + 1
    poke(threadIds[index]!)
    setTimeout(() => this.#interrupt(job), 10)
  }
  // give up the jobs of a dead thread
  #died(index: number, error: Error): void {
    const { states, threadIds } = this.#desk
    // a thread that could not start will not start the next time
    const isHopeless = threadIds[index]! <= 0
    threadIds[index] = 0
    if (isHopeless) {
      this.#starting--
      for (const job of this.#backlog.splice(0)) this.#give(job, error)
    }
    this.#jobs.forEach((job, place) => {
      if (job !== undefined && (isHopeless || states[place] === TAKEN + index)) {
        if (Atomics.compareExchange(states, place, WAITING, DROPPED) === WAITING) {
          this.#jobs[place] = undefined
          this.#give(job, error)
        } else {
          this.#settle(place, () => job.reject(error))
        }
      }
    })
  }

  #give(job: Job, error: unknown): void {
    this.#finish(job)
    job.reject(error)
  }
  // wake all threads when the process leaves
  /** For a process that ends in the middle: wakes the threads, which Node is about to wait for. */
  leave(): void {
    const { words, states, threadIds } = this.#desk
    Atomics.store(words, LEAVING, 1)
    for (let i = 0; i < PLACES; i++) Atomics.compareExchange(states, i, WAITING, DROPPED)
    for (let i = 0; i < 2000; i++) {
      const busy = Array.from(states).filter(state => state >= TAKEN)
      const isEntering = this.#threads.some((_, index) => Atomics.load(threadIds, index) === ENTERING)
      if (busy.length === 0 && !isEntering) return
      for (const state of busy) poke(threadIds[state - TAKEN]!)
      Atomics.wait(words, 15, 0, 5)
    }
  }
}

const leaving = new Set<ThreadEngine>()
process.on('exit', () => { for (const each of leaving) each.leave() })

function poke(threadId: number): void {
  try {
    if (process.platform === 'linux' && threadId > 0) tgkill(process.pid, threadId, SIGURG)
  } catch { /* it has just ended */ }
}

const ECANCELED = -koffi.os.errno['ECANCELED']!

const addresses = new WeakMap<object, number>()

/** Where the bytes are. A buffer stays where it is as long as it is not transferred. */
export function addressOf(bytes: Uint8Array): number {
  let base = addresses.get(bytes.buffer)
  if (base === undefined) {
    base = Number(koffi.address(bytes)) - bytes.byteOffset
    addresses.set(bytes.buffer, base)
  }
  return base + bytes.byteOffset
}

const own = import.meta.url
const ending = own.slice(own.lastIndexOf('.'))
const url = new URL(`./asynchrony-thread${ending}`, own)

/** A worker that runs the module `url`, whether Node reads TypeScript by itself, through tsx, or need not. */
export function startThread(url: URL, workerData: unknown): Worker {
  const isNative = ending !== '.ts' || (process.features as { typescript?: unknown }).typescript
  // what says how to read the main script is not for this one
  const execArgv = process.execArgv.filter(flag => /^--(experimental|no|enable|disable)-/.test(flag))
  if (isNative) return new Worker(url, { workerData, execArgv })
  const tsx = import.meta.resolve('tsx/esm/api')
  const code = `import(${JSON.stringify(tsx)}).then(tsx => {
    tsx.register()
    return import(${JSON.stringify(url.href)})
  })`
  return new Worker(code, { workerData, eval: true, execArgv: [] })
}

provide('threads', () => new ThreadEngine())
