// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
import { constants } from 'node:os'
import { open, OpenFile, O_CLOEXEC, O_NONBLOCK } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import { list } from '../foundations/name.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { onReadable, waitReadable, type Listening, type WaitOptions } from '../foundations/wait.ts'

const killCall = bind('int kill(int pid, int signal)')
const queueCall = bind('int sigqueue(int pid, int signal, size_t value)', { expected: ['EAGAIN'] })

/** A name that Node knows, or a number: real-time signals are SIGRTMIN, SIGRTMIN + 1, … */
export type Signal = NodeJS.Signals | number
export const [SIGRTMIN, SIGRTMAX] = [34, 64]
const numberOf = (signal: Signal) => typeof signal === 'number' ? signal : constants.signals[signal]

/** Throws a signal, without a value; a real-time one is queued as well: kill(2). ESRCH, EPERM, EINVAL. */
export function sendSignal(pid: number, signal: Signal): void { killCall(pid, numberOf(signal)) }

/** Throws a signal with a value below 2⁵³. False: the receiver's user has no room for more. ESRCH, EPERM. */
export function queueSignal(pid: number, signal: Signal, value = 0): boolean {
  return queueCall(pid, numberOf(signal), value) >= 0
}

/** A handler that puts `mask & keep | add` in place of the mask of the thread that runs it. */
function handlerCode(keep: bigint, add: bigint): Buffer {
  const code = Buffer.alloc(48)
  if (process.arch === 'arm64') {
    // ldr x9, [x2, 40]; ldr x10, keep; and x9, x9, x10; ldr x10, add; orr x9, x9, x10; str x9, [x2, 40]; ret
    const words = [0xf9401449, 0x580000ea, 0x8a0a0129, 0x580000ea, 0xaa0a0129, 0xf9001449, 0xd65f03c0]
    for (const [i, word] of words.entries()) code.writeUInt32LE(word, 4 * i)
    code.writeBigUInt64LE(keep, 32)
    code.writeBigUInt64LE(add, 40)
  } else {
    // mov rcx, keep; mov rax, add; and [rdx + 0x128], rcx; or [rdx + 0x128], rax; ret
    code.write('48b9', 0, 'hex')
    code.writeBigUInt64LE(keep, 2)
    code.write('48b8', 10, 'hex')
    code.writeBigUInt64LE(add, 12)
    code.write('48218a28010000' + '48098228010000' + 'c3', 20, 'hex')
  }
  return code
}

const mapCall = bind('size_t mmap(void *near, size_t length, int protection, int flags, int fd, off_t offset)')
const protectCall = bind('int mprotect(size_t address, size_t length, int protection)')
const unmapCall = bind('int munmap(size_t address, size_t length)')
const copyCall = bind('size_t memcpy(size_t to, const void *from, size_t count)')
const actionCall = bind('int sigaction(int signal, const void *action, void *before)')
const threadKillCall = bind('int tgkill(int process, int thread, int signal)', { expected: ['ESRCH'] })
const [READ_WRITE, READ_EXECUTE, PRIVATE_ANONYMOUS, PAGE] = [3, 5, 0x22, 4096]

function executable(code: Buffer): number {
  const address = mapCall(null, PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0)
  copyCall(address, code, code.length)
  protectCall(address, PAGE, READ_EXECUTE)
  return address
}

/** struct sigaction of the C library: handler at 0, a mask of 128 bytes, flags at 136; 152 in all. */
function actionOf(handler: number): Buffer {
  const action = Buffer.alloc(152)
  action.writeBigUInt64LE(BigInt(handler))
  action.writeUInt32LE(SA_SIGINFO | SA_RESTART | SA_NODEFER, 136)
  return action
}
const [SA_SIGINFO, SA_RESTART, SA_NODEFER, SIG_IGN] = [0x4, 0x10000000, 0x40000000, 1]

/** SIGSTKFLT, which nothing sends on Linux, carries the order. It needs no room in the queue. */
const CARRIER = 16
const bit = (signal: number) => 1n << BigInt(signal - 1)
const ALL = 2n ** 64n - 1n

/** Changes the mask of every thread of this process. ETIMEDOUT: one did not follow within 10 s. */
function changeMasks(keep: bigint, add: bigint): void {
  const [handler, before] = [executable(handlerCode(keep, add)), Buffer.alloc(152)]
  const ordered = new Set<number>()
  actionCall(CARRIER, actionOf(handler), before)
  // give the order until every thread has followed
  const deadline = performance.now() + 10_000
  for (;;) {
    const missing = threads().filter(({ mask }) => (mask & bit(CARRIER)) === 0n && (mask & keep | add) !== mask)
    if (missing.length === 0) break
    for (const { id } of missing) {
      if (!ordered.has(id)) threadKillCall(process.pid, id, CARRIER)
      ordered.add(id)
    }
    if (performance.now() > deadline) throw new SystemError('ETIMEDOUT', 'tgkill')
    Atomics.wait(pause, 0, 0, 0.1)   // a tenth of a millisecond, for those that have to be woken
  }
  actionCall(CARRIER, before, null)
  unmapCall(handler, PAGE)
}

const pause = new Int32Array(new SharedArrayBuffer(4))

function threads(): { id: number, mask: bigint }[] {
  return [...list('/proc/self/task')].flatMap(({ name }) => {
    try {
      const file = open(`/proc/self/task/${String(name)}/status`)
      const [, mask] = /SigBlk:\s*(\w+)/.exec(file.readAll().toString()) ?? []
      file.close()
      return mask === undefined ? [] : [{ id: Number(name), mask: BigInt(`0x${mask}`) }]
    } catch (error) {
      if (error instanceof SystemError && ['ENOENT', 'ESRCH'].includes(error.code)) return []   // it has ended
      throw error
    }
  })
}

const signalfdCall = bind('int signalfd(int fd, const void *set, int flags)')

/** `value` is null unless it came by `queueSignal`. `pid` is 0 if the kernel sent it, or another namespace. */
export interface Caught { signal: number, pid: number, uid: number, value: number | null }

/** The signals of this process, as a queue that can be waited for: signalfd(2). */
export class SignalInbox extends OpenFile {
  #signals: number[]

  constructor(signals: readonly Signal[]) {
    const numbers = signals.map(wanted)
    super(opened(numbers))
    this.#signals = numbers
  }

  /** Takes what is pending, up to 64 at a time. */
  take(): Caught[] { return caughtBy(this) }

  /** Resolves when there is something to take. Errors as `waitReadable`. */
  wait(options?: WaitOptions): Promise<void> { return waitReadable(this, options) }

  /** Calls back whenever there is something to take. */
  listen(callback: () => void): Listening { return onReadable(this, callback) }

  // drop the rest and give the signals back
  /** Drops what was not taken. From now on these signals do what they did before: most of them kill. */
  override close(): void {
    if (this.fd === -1) return
    while (this.take().length > 0);
    super.close()
    const last = this.#signals.filter(signal => inboxes.get(signal) === 1)
    for (const signal of this.#signals) inboxes.set(signal, inboxes.get(signal)! - 1)
    for (const signal of last) inboxes.delete(signal)
    if (last.length > 0) changeMasks(ALL & ~setOf(last), 0n)
  }
}

const NEVER = ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS', 'SIGCHLD'] as const
const never = new Set<number>([...NEVER.map(numberOf), 32, 33, CARRIER])

function wanted(signal: Signal): number {
  const number = numberOf(signal)
  if (Number.isInteger(number) && number > 0 && number <= SIGRTMAX && !never.has(number)) return number
  throw new SystemError('EINVAL', 'signalfd', { hint: `${signal} cannot wait, or is needed by Node or the C library` })
}

/** How many inboxes of this thread there are for each signal. */
const inboxes = new Map<number, number>()
const setOf = (signals: number[]) => signals.reduce((set, signal) => set | bit(signal), 0n)

function opened(signals: number[]): number {
  const set = new BigUint64Array(16)
  set[0] = setOf(signals)
  const fd = signalfdCall(-1, new Uint8Array(set.buffer), O_CLOEXEC | O_NONBLOCK)
  if (signals.some(signal => !inboxes.has(signal))) changeMasks(ALL, setOf(signals))
  for (const signal of signals) inboxes.set(signal, (inboxes.get(signal) ?? 0) + 1)
  return fd
}

const SI_QUEUE = -1

function caughtBy(file: OpenFile): Caught[] {
  const entries = Buffer.allocUnsafe(64 * 128)
  let size = 0
  try {
    size = file.read(entries)
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EAGAIN')) throw error
  }
  return Array.from({ length: size / 128 }, (_, i) => {
    const entry = entries.subarray(i * 128)
    const value = entry.readInt32LE(8) === SI_QUEUE ? Number(entry.readBigUInt64LE(48)) : null
    return { signal: entry.readUInt32LE(0), pid: entry.readUInt32LE(12), uid: entry.readUInt32LE(16), value }
  })
}

/** Lets a signal do nothing where no inbox takes it; Node's handler for it is gone, too: sigaction(2). */
export function ignoreSignal(signal: Signal): void { actionCall(wanted(signal), actionOf(SIG_IGN), null) }

const endsOf = (name: string, signal: number): Primitive => ({
  name,
  module: import.meta.url,
  create: () => {
    ignoreSignal(signal)
    return { sender: String(process.pid), receiver: new SignalInbox([signal]) }
  },
  send: (to, text) => { queueSignal(Number(to), signal, text.length) },
  receive: from => {
    const file = (from as OpenFile).duplicate()
    const caught: Caught[] = []
    const next = () => {
      caught.push(...caughtBy(file))
      return caught.shift()?.value?.toString() ?? null
    }
    return { next, close: () => file.close() }
  },
})

export const ENDS: readonly Primitive[] =
  [endsOf('signal', numberOf('SIGUSR2')), endsOf('real-time signal', SIGRTMIN + 9)]
