// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import crypto from 'node:crypto'
import { closeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { bind, tap } from '../foundations/kernel.ts'
import { Baton, DIE, GO, NAP, PREPARE, START, type End, type Report } from './interleaving-baton.ts'
import { NOON_MS, Record } from './interleaving-call.ts'
import type { Here, Scene } from './interleaving.ts'

/** Thrown out of the call before which the process dies. */
class Ended extends Error {}

const { module, memory, clock } = workerData as { module: string, memory: SharedArrayBuffer, clock: SharedArrayBuffer }
const baton = new Baton(memory)
const time = new Int32Array(clock)
let record = new Record('')
let [steps, last, isEveryCall, isOwn, isArriving] = [0, GO, false, false, false]
let [done, isChange] = [[] as string[], false]

/** Waits for leave to take the step. */
function ask(at: Report['at'], text: string, result?: End): void {
  if (isArriving || steps-- > 0) return
  const mayHold = record.holds().includes(true)
  const order = baton.report({
    at, text, done, isChange, mayHold, ...(result && { result }),
    seen: result ? [] : record.seen, open: result && !mayHold ? [] : record.inside(),
  })
  ;[done, isChange] = [[], false]
  last = order.command
  steps = order.steps - 1
}

/** The same for one who may die instead. */
function step(at: Report['at'], text: string, result?: End): void {
  if (last === GO) ask(at, text, result)
  if (last === GO) return
  throw new Ended()
}

function observe(syscall: string, args: readonly unknown[], proceed: () => number): number {
  if (isOwn) return proceed()
  if (last !== GO) throw new Ended()
  const text = record.textOf(syscall, args)
  if (isEveryCall || syscall === 'clock_gettime' || record.isVisible(syscall, args)) {
    step(record.isLook(syscall, args) ? 'look' : 'call', text)
  }
  const patient = patientLock(syscall, args)
  let result = patient === null ? answer(syscall, args, proceed) : patient()
  while (patient !== null && result === -EAGAIN) {
    step('wait', text)
    result = patient()
  }
  const isOurs = record.isOurs(args)
  const words = record.answer(syscall, args, result)
  if (isOurs) done.push(`${text} = ${words}`)
  if (isOurs && result >= 0 && !record.isLook(syscall, args)) isChange = true
  return result
}
const EAGAIN = 11

/** The world's clock ticks only when it is read. */
function answer(syscall: string, [, into]: readonly unknown[], proceed: () => number): number {
  if (syscall !== 'clock_gettime') return proceed()
  const bytes = into as Buffer
  bytes.writeBigUInt64LE(BigInt(NOON_MS / 1000), 0)
  bytes.writeBigUInt64LE(BigInt(++time[1]!), 8)
  done.push(`it is ${time[1]}`)
  return 0
}

const fcntlTry = bind('int fcntl(int fd, int command, void *argument)', { expected: ['EAGAIN', 'EACCES'] })
const flockTry = bind('int flock(int fd, int operation)', { expected: ['EAGAIN'] })
const [F_OFD_SETLK, F_OFD_SETLKW, LOCK_NB, LOCK_UN, EACCES] = [37, 38, 4, 8, 13]

/** For a request that would block the thread, the same without waiting. Null for other calls. */
function patientLock(syscall: string, [fd, how, argument]: readonly unknown[]): (() => number) | null {
  const [file, command] = [fd as number, how as number]
  if (syscall === 'fcntl' && command === F_OFD_SETLKW) return () => untapped(() => {
    const result = fcntlTry(file, F_OFD_SETLK, argument as Uint8Array)
    return result === -EACCES ? -EAGAIN : result
  })
  if (syscall !== 'flock' || (command & (LOCK_NB | LOCK_UN)) !== 0) return null
  return () => untapped(() => flockTry(file, command | LOCK_NB))
}

function untapped(call: () => number): number {
  isOwn = true
  try { return call() } finally { isOwn = false }
}

let [seed, sleptMs] = [0, 0]
function random(): number {   // mulberry32
  seed = seed + 0x6d2b79f5 | 0
  let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed)
  mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
  return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
}

function stopTheWorld(): void {
  Math.random = random
  Date.now = () => NOON_MS
  performance.now = () => sleptMs
  process.hrtime.bigint = () => BigInt(NOON_MS) * 1_000_000n
  Object.assign(crypto, {
    randomBytes: (size: number) => Buffer.from(Array.from({ length: size }, () => random() * 256)),
  })
  syncBuiltinESMExports()
  Atomics.wait = (...[, , , ms = 0]: unknown[]) => {
    step('wait', NAP)
    sleptMs += Number(ms)
    done.push(NAP)
    return 'timed-out'
  }
}

const scenes = await import(module) as { [name: string]: Scene }
stopTheWorld()
tap(observe)

function here(folder: string, arrived: unknown): Here {
  return {
    folder, arrived,
    note(text) { step('note', text); done.push(`note: ${text}`); isChange = true },
    nowMs() { step('call', 'now()'); done.push(`now() = ${time[0]}`); return time[0]! },
    pass(ms) { step('call', `pass(${ms})`); time[0]! += ms; done.push(`pass(${ms})`); isChange = true },
  }
}

function play({ actors, arrive, prepare }: Scene, name: string, folder: string): End {
  try {
    isArriving = true
    if (name === PREPARE) return { how: 'returned', value: prepare?.(folder) }
    const arrived = arrive?.(folder)
    isArriving = false
    const end: End = { how: 'returned', value: actors[name]!(here(folder, arrived)) }
    step('return', 'its return', end)
    return end
  } catch (error) {
    if (last !== GO) return { how: 'killed' }
    return { how: 'threw', value: String(error) }
  }
}

/** As the kernel does, one after the other. A close that may free a lock is a step. */
function closeAll(result: End): void {
  if (last === DIE) last = GO
  for (const [fd, { word }] of record.opened) {
    const [mayBeLocked = false, ...others] = record.holds()
    if (mayBeLocked && last !== START) ask('close', `its close, and then ${others}`, result)
    record.opened.delete(fd)
    closeSync(fd)
    if (mayBeLocked) done.push(`the kernel closes ${word}`)
    isChange ||= mayBeLocked
  }
}

parentPort!.postMessage('ready')
for (let order = baton.receive(); ;) {
  const role = baton.role()
  for (const fd of record.kept) closeSync(fd)
  record = new Record(role.folder, role.isListedAtOpen)
  ;[steps, last, sleptMs, isEveryCall, done, isChange] = [order.steps, GO, 0, role.isEveryCall, [], false]
  seed = [...role.name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0) | 0, 1)
  const played = play(scenes[role.scene]!, role.name, role.folder)
  const result: End = last === DIE ? { how: 'killed' } : played
  closeAll(result)
  isArriving = false
  if (last === START) {
    order = { command: START, steps: steps + 1 }
    continue
  }
  order = baton.report({ at: 'end', text: '', done, isChange, seen: [], open: [], mayHold: false, result })
}
