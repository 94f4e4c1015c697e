// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import './asynchrony-gate.ts'
import koffi from 'koffi'
import { deserialize } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { bind, SystemError, tap } from '../foundations/kernel.ts'
import { platform } from '../platforms/here.ts'
import type { OpenOptions } from '../platforms/platform.ts'
import type { Path } from '../foundations/kernel.ts'
import {
  CALL, CLOSE, DATASYNC, Desk, DONE, HEAD, LEAVING, PLACES, READ, RUNG, SYNC, TAIL, TAKEN,
  TOLD, WAITING, WRITE, type Start,
} from './asynchrony-desk.ts'
import { pack } from './asynchrony-error.ts'

const { memory, index, keep } = workerData as Start
const { words, queue, states, threadIds, cancelled, jobs } = new Desk(memory)
const isLinux = platform.name === 'linux'
let place = -1
const [SIGURG, EINTR] = [23, koffi.os.errno['EINTR']!]

async function work(): Promise<void> {
  for (;;) {
    const head = Atomics.load(words, HEAD)
    if (head === Atomics.load(words, TAIL)) {
      const answer = Atomics.wait(words, TAIL, head, 5000)
      if (answer === 'timed-out' && !keep) process.exit()
      continue
    }
    const next = Atomics.load(queue, head & PLACES - 1)
    if (Atomics.compareExchange(words, HEAD, head, head + 1 | 0) !== head) continue
    if (Atomics.compareExchange(states, next, WAITING, TAKEN + index) !== WAITING) {
      done(next)
      continue
    }
    place = next
    const [kind, handle, address, length, position] = jobs.subarray(place * 6, place * 6 + 5)
    if (kind === CALL) {
      await call(place, address!, length!)
    } else {
      let answer
      try {
        answer = plain(kind!, handle!, address!, length!, position!)
      } catch (error) {
        answer = error instanceof SystemError ? error.errno : -koffi.os.errno['EIO']!
      }
      jobs[place * 6 + 5] = answer
      done(place)
    }
    place = -1
  }
}

function done(which: number): void {
  Atomics.store(states, which, DONE)
  if (Atomics.exchange(words, RUNG, 1) === 0) parentPort!.postMessage(null)
}

const readBy = bind('ssize_t read(int fd, size_t buffer, size_t count)')
const preadBy = bind('ssize_t pread(int fd, size_t buffer, size_t count, off_t offset)')
const writeBy = bind('ssize_t write(int fd, size_t bytes, size_t count)')
const pwriteBy = bind('ssize_t pwrite(int fd, size_t bytes, size_t count, off_t offset)')

function plain(kind: number, handle: number, address: number, length: number, position: number) {
  if (!isLinux && (kind === READ || kind === WRITE)) return moved(kind, handle, address, length, position)
  if (kind === READ) {
    return position === -1 ? readBy(handle, address, length) : preadBy(handle, address, length, position)
  }
  if (kind === WRITE) {
    return position === -1 ? writeBy(handle, address, length) : pwriteBy(handle, address, length, position)
  }
  const file = platform.adopt(handle)
  if (kind === SYNC) file.sync()
  if (kind === DATASYNC) file.datasync()
  if (kind === CLOSE) file.close()
  return 0
}

/** Where no place is kept, −1 is the end. */
function moved(kind: number, handle: number, address: number, length: number, position: number): number {
  const bytes = Buffer.from(koffi.view(BigInt(address), length))
  const file = platform.adopt(handle, { append: position === -1 })
  return kind === READ ? file.read(bytes, position) : file.write(bytes, Math.max(0, position))
}

type Request =
  { open: [Path, OpenOptions] } | { handle: number, method: string, args: unknown[] } |
  { module: string, name: string, args: unknown[] }

async function call(which: number, address: number, length: number): Promise<void> {
  const post = (ok: boolean, value: unknown) => {
    Atomics.store(states, which, TOLD)
    parentPort!.postMessage([which, ok, value])
  }
  try {
    const request: Request = deserialize(Buffer.from(koffi.view(BigInt(address), length)))
    post(true, await answer(request))
  } catch (error) {
    post(false, pack(error))
  }
}

const own = import.meta.url
const ending = own.slice(own.lastIndexOf('.'))

async function answer(request: Request): Promise<unknown> {
  if ('open' in request) return platform.open(...request.open).handle
  if ('method' in request) {
    const file = platform.adopt(request.handle) as unknown as Record<string, (...args: unknown[]) => unknown>
    return file[request.method]!(...request.args)
  }
  const module = await import(new URL(`./${request.module}${ending}`, own).href)
  const result = await module[request.name](...request.args)
  return typeof result?.next === 'function' ? [...result] : result
}

if (isLinux) {
  const libc = koffi.load(null)
  const sigaction = bind('int sigaction(int signal, const void *action, void *old)')
  const action = Buffer.alloc(152)
  action.writeBigUInt64LE(libc.symbol('getpid'))
  sigaction(SIGURG, action, null)
  tap((syscall, _args, proceed) => {
    if (place !== -1 && words[LEAVING] === 1) throw new SystemError('ECANCELED', syscall)
    const result = proceed()
    const isOver = cancelled[index] === place + 1 || words[LEAVING] === 1
    if (result === -EINTR && place !== -1 && isOver) throw new SystemError('ECANCELED', syscall)
    return result
  })
}
threadIds[index] = isLinux ? bind('int gettid(void)')() : 1
parentPort!.postMessage('up')
await work()
