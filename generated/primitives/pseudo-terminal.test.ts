// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_NONBLOCK, O_RDWR } from '../foundations/file.ts'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable } from '../foundations/wait.ts'
import { ENDS, PseudoTerminal, RAW } from './pseudo-terminal.ts'

let terminal = new PseudoTerminal()
let children: ChildProcess[] = []
const O_NOCTTY = 0o400
test.before.each(() => { terminal = new PseudoTerminal() })
test.after.each(() => {
  terminal.close()
  for (const child of children) child.kill('SIGKILL')
  children = []
})

/** What comes until `text` is in it; what stands behind that is left for the next one. */
let rest = ''
async function until(text: string): Promise<string> {
  while (!rest.includes(text)) {
    await terminal.wait({ timeoutMs: 10_000 })
    const taken = terminal.take()
    assert.is.not(taken?.length, 0, `an end, after ${JSON.stringify(rest)}`)
    rest += String(taken ?? '')
  }
  const end = rest.indexOf(text) + text.length
  const said = rest.slice(0, end)
  rest = rest.slice(end)
  return said
}
test.before.each(() => { rest = '' })

/** Starts a shell whose terminal this is, as its session's. */
function session(script: string): ChildProcess {
  const peer = terminal.openPeer()
  const child = spawn('setsid', ['--ctty', 'sh', '-c', script], { stdio: [peer.fd, peer.fd, peer.fd] })
  peer.close()
  children.push(child)
  return child
}
const ended = (child: ChildProcess) => new Promise<number | NodeJS.Signals>(resolve =>
  child.on('exit', (status, signal) => resolve(signal ?? status!)))

test('BOOK-3 a stranger who knows the name has a terminal, and what he writes arrives', async () => {
  const stranger = open(terminal.path, O_RDWR | O_NOCTTY)
  const { status } = spawnSync('sh', ['-c', 'test -t 0 && echo hello && exec tty', 'sh'],
    { stdio: [stranger.fd, stranger.fd, 'inherit'] })
  stranger.close()
  assert.is(status, 0)
  assert.is(await until('hello\r\n'), 'hello\r\n')
  assert.is(await until('\n'), `${terminal.path}\r\n`)
  assert.is(spawnSync('sh', ['-c', `echo again > ${terminal.path}`]).status, 0)
  assert.is(await until('again\r\n'), 'again\r\n')
})

test('BOOK-3 lines are edited before they are read, and echoed', async () => {
  const peer = terminal.openPeer()
  children.push(spawn('cat', [], { stdio: [peer.fd, peer.fd, 'inherit'] }))
  terminal.type('cot\x7f\x7fat')
  assert.is(await until('at'), 'cot\b \b\b \bat')
  assert.is(terminal.take(), null, 'cat has read nothing yet')
  terminal.type('\r')
  assert.is(await until('cat\r\n'), '\r\ncat\r\n')
  peer.close()
})

test('BOOK-3 each switch of the discipline does what it says, and raw passes all bytes', async () => {
  assert.equal(terminal.discipline, { echo: true, lines: true, signals: true, newlines: true })
  terminal.set({ echo: false })
  assert.equal(terminal.discipline, { echo: false, lines: true, signals: true, newlines: true })
  terminal.set(RAW)
  assert.equal(terminal.discipline, RAW)
  const [peer, all] = [terminal.openPeer(), Buffer.from(Array.from({ length: 256 }, (_, i) => i))]
  assert.is(terminal.type(all), 256)
  const read = Buffer.alloc(300)
  assert.equal(read.subarray(0, peer.read(read)), all)
  assert.is(peer.write(all), 256)
  await terminal.wait({ timeoutMs: 5000 })
  assert.equal(terminal.take(), all)
  peer.close()
})

test('BOOK-3 a key is a signal for the session in the foreground', async () => {
  const child = session('echo ready; exec sleep 100')
  await until('ready\r\n')
  const over = ended(child)
  terminal.type('\x03')
  assert.is(await over, 'SIGINT')
})

test('BOOK-3 a new size is told to who is in the foreground', async () => {
  terminal.size = { rows: 5, columns: 65_535 }
  assert.equal(terminal.size, { rows: 5, columns: 65_535 })
  session('trap \'stty size\' WINCH; stty size; while :; do sleep 0.02; done')
  assert.is(await until('\n'), '5 65535\r\n')
  terminal.size = { rows: 50, columns: 132 }
  assert.is(await until('\n'), '50 132\r\n')
})

test('BOOK-3 when we close, the session is hung up and the name is gone', async () => {
  const child = session('echo ready; exec sleep 100')
  await until('ready')
  const over = ended(child)
  terminal.close()
  assert.is(await over, 'SIGHUP')
  assert.is(fs.existsSync(terminal.path), false)
  assert.throws(() => terminal.take(), /^EBADF/)
})

test('BOOK-3 when the holder is killed, the session is hung up', async () => {
  const holder = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { spawn } from 'node:child_process'
    import { writeSync } from 'node:fs'
    import { PseudoTerminal } from '${new URL('./pseudo-terminal.ts', import.meta.url)}'
    const terminal = new PseudoTerminal()
    const peer = terminal.openPeer()
    const child = spawn('setsid', ['--ctty', 'sleep', '100'], { stdio: [peer.fd, peer.fd, peer.fd] })
    writeSync(1, String(child.pid))
    setInterval(() => {}, 1000)`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = Number(await once(holder.stdout!, 'data'))
  const runs = () => fs.existsSync(`/proc/${pid}`) && !/\) [ZX]/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))
  while (!fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep')) await new Promise(setImmediate)
  holder.kill('SIGKILL')
  while (runs()) await new Promise(resolve => setTimeout(resolve, 5))
})

test('BOOK-3 nothing waits: quiet is null, an end is empty, and a full one takes no more', async () => {
  assert.is(terminal.take(), null, 'nobody has come yet')
  const peer = terminal.openPeer()
  assert.is(terminal.take(), null, 'nobody has written yet')
  peer.write(Buffer.from('last words'))
  peer.close()
  assert.is(await until('words'), 'last words')
  assert.is(terminal.take()!.length, 0, 'all have left')
  const next = open(terminal.path, O_RDWR | O_NONBLOCK | O_NOCTTY)
  assert.is(isReadable(terminal), false)
  terminal.set(RAW)
  let [typed, some] = [0, 0]
  while ((some = terminal.type('x'.repeat(1000))) > 0) typed += some
  assert.ok(typed >= 4096 && typed < 1_000_000)
  let written = 0
  try {
    for (;;) written += next.write(Buffer.alloc(1000, 'y'))
  } catch (error) {
    assert.match(String(error), /EAGAIN/)
  }
  assert.ok(written >= 4096)
  next.close()
})

test('BOOK-3 the first of a session may open a peer and hang it up without hanging up itself', async () => {
  const leader = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { PseudoTerminal } from '${new URL('./pseudo-terminal.ts', import.meta.url)}'
    const terminal = new PseudoTerminal()
    terminal.openPeer()
    terminal.close()
    setTimeout(() => process.exit(7), 50)`], { stdio: 'inherit', detached: true })
  assert.is(await ended(leader), 7)
})

test('BOOK-3 the peer is ours, and a size that is none is refused', () => {
  const [other, peer] = [new PseudoTerminal(), terminal.openPeer()]
  assert.is.not(other.path, terminal.path)
  assert.is(fs.readlinkSync(`/proc/self/fd/${peer.fd}`), terminal.path)
  assert.throws(() => { terminal.size = { rows: -1, columns: 80 } }, RangeError)
  assert.throws(() => { terminal.size = { rows: 24, columns: 65_536 } }, RangeError)
  peer.close()
  other.close()
})

test('BOOK-1 the five questions, asked of both directions', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'by its name', alone: 'fails (ENOENT)',
    readers: 'one of two', writers: 'merged' })
  assert.equal(await probe(ENDS[1]!), { lasts: false, found: 'no', alone: 'kept',
    readers: 'one of two', writers: 'apart' })
})

test.run()
