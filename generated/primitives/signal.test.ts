// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SystemError } from '../foundations/kernel.ts'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable } from '../foundations/wait.ts'
import {
  ENDS, ignoreSignal, queueSignal, sendSignal, SignalInbox, SIGRTMAX, SIGRTMIN, type Signal,
} from './signal.ts'

let open: SignalInbox[] = []
const inboxFor = (...signals: Signal[]) => open[open.push(new SignalInbox(signals)) - 1]!
test.after.each(() => {
  for (const inbox of open) inbox.close()
  open = []
})
const shell = (script: string) => execFileSync('sh', ['-c', script, 'sh', String(process.pid)], { encoding: 'utf8' }).trim()
const commandFor = (script: string) => [process.execPath,
  [...process.execArgv, '--input-type=module', '--eval', `
    import { writeSync } from 'node:fs'
    import * as signal from '${new URL('./signal.ts', import.meta.url)}'
    ${script}`]] as const
const start = (script: string) => spawn(...commandFor(script), { stdio: ['pipe', 'pipe', 'inherit'] })

/** How many threads block a signal, and how many there are that do not block all. */
function blocking(signal: number): [number, number] {
  const masks = fs.readdirSync('/proc/self/task').map(thread =>
    BigInt(`0x${/SigBlk:\s*(\w+)/.exec(fs.readFileSync(`/proc/self/task/${thread}/status`, 'utf8'))![1]!}`))
  const some = masks.filter(mask => (mask >> 15n & 1n) === 0n)
  return [some.filter(mask => (mask >> BigInt(signal - 1) & 1n) === 1n).length, some.length]
}

test('BOOK-3 a standard signal is pending once, a real-time one as often as it was sent, in order', () => {
  const inbox = inboxFor('SIGUSR2', SIGRTMIN, SIGRTMIN + 1)
  for (let i = 0; i < 3; i++) {
    sendSignal(process.pid, 'SIGUSR2')
    queueSignal(process.pid, SIGRTMIN + 1, i)
    queueSignal(process.pid, SIGRTMIN, 2 ** 53 - 1 - i)
  }
  const by = { pid: process.pid, uid: process.getuid!() }
  assert.equal(inbox.take(), [
    { signal: 12, ...by, value: null },
    ...[0, 1, 2].map(i => ({ signal: SIGRTMIN, ...by, value: 2 ** 53 - 1 - i })),
    ...[0, 1, 2].map(value => ({ signal: SIGRTMIN + 1, ...by, value })),
  ])
  assert.equal(inbox.take(), [])
})

test('BOOK-3 a thousand signals with values from another process all arrive, from whom they are', async () => {
  const inbox = inboxFor(SIGRTMIN + 2)
  const bob = start(`for (let i = 0; i < 1000; i++) {
    while (!signal.queueSignal(${process.pid}, signal.SIGRTMIN + 2, i)) await new Promise(setImmediate)
  }`)
  const values: (number | null)[] = []
  while (values.length < 1000) {
    await inbox.wait({ timeoutMs: 10_000 })
    for (const { pid, value } of inbox.take()) {
      assert.is(pid, bob.pid)
      values.push(value)
    }
  }
  assert.equal(values, Array.from({ length: 1000 }, (_, i) => i))
})

test('BOOK-3 every thread blocks the signals of an inbox, new ones as well, and none after the close', async () => {
  const signal = SIGRTMIN + 3
  assert.is(blocking(signal)[0], 0)
  const [first, second] = [inboxFor(signal), inboxFor(signal)]
  const stats = Array.from({ length: 8 }, () => fs.promises.stat('/'))   // libuv begins its threads
  await Promise.all(stats)
  const [blocked, all] = blocking(signal)
  assert.is(blocked, all)
  assert.ok(all > 5)
  first.close()
  assert.is(blocking(signal)[0], all)
  second.close()
  second.close()
  assert.is(blocking(signal)[0], 0)
  assert.throws(() => first.take(), /^EBADF/)
})

test('BOOK-3 a program that is started blocks nothing', () => {
  inboxFor(SIGRTMIN + 3, 'SIGUSR1')
  assert.is(shell('grep SigBlk /proc/self/status'), 'SigBlk:\t0000000000000000')
})

test('BOOK-3 what a shell sends to a busy process kills nobody and waits', async () => {
  const ann = start(`const inbox = new signal.SignalInbox(['SIGTERM', signal.SIGRTMIN])
    writeSync(1, 'ready')
    const end = Date.now() + 300
    while (Date.now() < end);
    await inbox.wait()
    await new Promise(resolve => setTimeout(resolve, 100))
    const caught = inbox.take().map(({ signal }) => signal)
    inbox.close()
    console.log(caught.join())
    setInterval(() => {}, 1000)`)
  assert.is(String(await once(ann.stdout!, 'data')), 'ready')
  shell(`kill -s TERM ${ann.pid}; kill -s RTMIN ${ann.pid}; kill -s RTMIN ${ann.pid}`)
  assert.is(String(await once(ann.stdout!, 'data')), '15,34,34\n')
  const over = once(ann, 'exit')
  shell(`kill -s TERM ${ann.pid}`)
  assert.is((await over)[1], 'SIGTERM', 'given back')
})

test('BOOK-3 Node hears nothing while there is an inbox, and hears again after the close', async () => {
  let heard = 0
  const listener = () => { heard++ }
  process.on('SIGUSR2', listener)
  const inbox = inboxFor('SIGUSR2')
  sendSignal(process.pid, 'SIGUSR2')
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.is(heard, 0)
  inbox.close()
  sendSignal(process.pid, 'SIGUSR2')
  while (heard === 0) await new Promise(resolve => setTimeout(resolve, 2))
  assert.is(heard, 1, 'and the one before was dropped')
  process.off('SIGUSR2', listener)
})

test('BOOK-3 one who waits is woken, and a listener is called', async () => {
  const inbox = inboxFor(SIGRTMAX)
  const code = await inbox.wait({ timeoutMs: 5 }).catch(error => error.code)
  assert.is(code, 'ETIMEDOUT')
  setTimeout(shell, 5, 'kill -64 $1')
  await inbox.wait({ timeoutMs: 5000 })
  assert.is(isReadable(inbox), true)
  const caught = await new Promise<number>(resolve => {
    const listening = inbox.listen(() => {
      listening.close()
      resolve(inbox.take()[0]!.signal)
    })
  })
  assert.is(caught, SIGRTMAX)
})

test('BOOK-3 without room a signal with a value is refused, and one without is not lost', () => {
  const [command, args] = commandFor(`const inbox = new signal.SignalInbox([signal.SIGRTMIN])
    const me = process.pid
    console.log(signal.queueSignal(me, signal.SIGRTMIN, 7))
    signal.sendSignal(me, signal.SIGRTMIN)
    signal.sendSignal(me, signal.SIGRTMIN)
    console.log(inbox.take().map(({ signal, pid }) => signal + ' ' + pid).join())`)
  const said = execFileSync('prlimit', ['--sigpending=0', command, ...args], { encoding: 'utf8' })
  assert.is(said, 'false\n34 0\n')
})

test('BOOK-3 an ignored signal does nothing, and is caught when there is an inbox', async () => {
  const ann = start(`signal.ignoreSignal(signal.SIGRTMIN)
    signal.sendSignal(process.pid, signal.SIGRTMIN)
    const inbox = new signal.SignalInbox([signal.SIGRTMIN])
    signal.sendSignal(process.pid, signal.SIGRTMIN)
    console.log(inbox.take().length)`)
  assert.is(String(await once(ann.stdout!, 'data')), '1\n')
})

test('BOOK-3 what cannot wait is refused with a hint, and who is not there is told', () => {
  for (const signal of ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGCHLD', 0, 16, 32, 65, 1.5, -1] as Signal[]) {
    assert.throws(() => new SignalInbox([signal]),
      (error: SystemError) => error.code === 'EINVAL' && /cannot wait/.test(error.hint!), String(signal))
    assert.throws(() => ignoreSignal(signal), /^EINVAL/)
  }
  const { pid } = spawn('true')
  while (!/\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')));
  sendSignal(pid!, 0)   // a zombie is there
  assert.throws(() => sendSignal(2 ** 30, 'SIGTERM'), /^ESRCH: .*, kill/)
  assert.throws(() => queueSignal(2 ** 30, SIGRTMIN, 1), /^ESRCH: .*, sigqueue/)
  assert.throws(() => queueSignal(process.pid, SIGRTMIN, -1), RangeError)
})

test('BOOK-1 the five questions, asked of both kinds', async () => {
  const [standard, realTime] = [await probe(ENDS[0]!), await probe(ENDS[1]!)]
  assert.equal(standard, { lasts: false, found: 'by its name', alone: 'lost', readers: 'one of two', writers: 'merged' })
  assert.equal(realTime, { ...standard, writers: 'apart' })
})

test.run()
