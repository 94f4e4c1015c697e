// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync, type SpawnSyncOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { OpenFile } from '../foundations/file.ts'
import { pipe, waitReadable } from '../foundations/wait.ts'
import { start } from './message-bus-command-start.ts'
import { openBus } from './message-bus.ts'
import { compile, MODULES } from './message-bus.stage.ts'

const dist = await compile([...MODULES, ...['', '-table', '-start', '-verbs'].map(part => `experiments/message-bus-command${part}`), 'fcs'])
let folder = ''
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'bus-')) })
test.after.each(() => rmSync(folder, { recursive: true }))

function fcs(args: string[], options: SpawnSyncOptions = {}) {
  const { status, stdout, stderr } = spawnSync(join(dist, 'fcs.js'), args, { encoding: 'utf8', ...options })
  return { status, out: String(stdout), error: String(stderr) }
}
const ends = (args: string[], status: number, out = '') =>
  assert.equal(fcs(args), { status, out, error: '' }, args.join(' '))
const lines = (text: string) => text.trimEnd().split('\n').map(line => JSON.parse(line))
const inbox = () => readdirSync(join(folder, 'inbox'))


async function readSome(file: OpenFile, buffer: Buffer): Promise<number> {
  await waitReadable(file)
  return file.read(buffer)
}

/** How many folders a process watches. */
function watches(pid: number): number {
  const texts = readdirSync(`/proc/${pid}/fdinfo`).map(fd => {
    try {
      return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')
    } catch {
      return ''   // closed meanwhile
    }
  })
  return texts.join('').split('inotify wd:').length - 1
}

test('BOOK-6 a shell publishes, takes and lists, and the exit status tells the rest', () => {
  const named = fcs(['bus', 'publish', folder, 'parcel 1'])
  assert.equal(inbox(), [named.out.trim()])
  const bytes = Buffer.from([0, 255, 10])
  assert.is(fcs(['bus', 'publish', folder, '--durability', 'disk-and-folder'], { input: bytes }).status, 0)
  assert.equal(lines(fcs(['bus', 'ls', folder, '--json']).out).map(({ state, bytes }) => [state, bytes]),
    [['waiting', 8], ['waiting', 3]])
  ends(['bus', 'take', folder], 0, 'parcel 1')
  assert.equal(lines(fcs(['bus', 'take', folder, '--json', '--remove']).out)[0].base64, bytes.toString('base64'))
  ends(['bus', 'take', folder], 3)
  ends(['bus', 'take', folder, '--wait=0.05'], 3)
  assert.match(fcs(['bus', 'ls', folder]).out, new RegExp(`^completed +8  ${named.out.trim()}\n$`))
})

test('BOOK-6 a command completes the message by ending with 0, and gives it back by anything else', () => {
  const bus = openBus(folder, { create: true })
  bus.publish('parcel')
  const failed = fcs(['bus', 'take', folder, '--exec', 'sh', '-c', 'cat; exit 7'])
  assert.equal(failed, { status: 1, out: 'parcel', error: 'fcs: sh ended with 7; the message went back\n' })
  assert.match(fcs(['bus', 'take', folder, '--exec', 'no-such-program']).error, /ENOENT/)
  assert.is(inbox().length, 1)
  const [name] = inbox()
  ends(['bus', 'take', folder, '--exec', 'sh', '-c', 'cat; echo " $FCS_MESSAGE"'], 0, `parcel ${name}\n`)
  assert.equal(readdirSync(join(folder, 'completed')), [name])
})

test('BOOK-6 a message whose reader has left goes back, and one that was written out is completed', () => {
  const bus = openBus(folder, { create: true })
  bus.publish('x'.repeat(1_000_000))
  const command = `${join(dist, 'fcs.js')} bus take ${folder}`
  const bash = (script: string) => spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  const gone = bash(`set -o pipefail; ${command} | head -c 1 > /dev/null`)
  assert.equal([gone.status, gone.stderr], [1, 'fcs: EPIPE: broken pipe, write\n'])
  assert.is(inbox().length, 1)
  const full = bash(`${command} > /dev/full`)
  assert.match(full.stderr, 'ENOSPC')
  assert.is(inbox().length, 1)
  const read = bash(`${command} | wc -c`)
  assert.equal([read.stdout.trim(), inbox().length], ['1000000', 0])
  const listed = bash(`set -o pipefail; ${command.replace('take', 'ls')} | true`)
  assert.is(listed.status, 0)
})

test('BOOK-6 an output that does not block, and whose reader is slow, gets all of it', async () => {
  const text = 'x'.repeat(1_000_000)
  openBus(folder, { create: true }).publish(text)
  const { reader, writer } = pipe({ nonblocking: true })
  // Node's own spawn would make it one that blocks
  const { ended } = start([join(dist, 'fcs.js'), 'bus', 'take', folder], [0, writer.fd, 2])
  writer.close()
  await waitReadable(reader)
  await new Promise(resolve => setTimeout(resolve, 100))   // it has filled the pipe
  let [got, buffer] = [0, Buffer.alloc(65536)]
  for (let count; (count = await readSome(reader, buffer)) > 0;) got += count
  assert.equal([got, await ended, inbox()], [text.length, 0, []])
  reader.close()
})

test('BOOK-6 a command keeps its claim when the fcs that started it is killed', async () => {
  const bus = openBus(folder, { create: true })
  bus.publish('parcel')
  const packing = ['--exec', 'sh', '-c', 'echo $$; exec sleep 60']
  const child = spawn(join(dist, 'fcs.js'), ['bus', 'take', folder, ...packing])
  const pid = Number(String((await once(child.stdout, 'data'))[0]))
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.is(bus.tryTake(), undefined)
  process.kill(pid, 'SIGKILL')
  assert.is((await bus.take({ timeoutMs: 5000 })).text(), 'parcel')
  bus.close()
})

test('BOOK-6 a taker that waits gets what is published later, and a watcher tells it', async () => {
  const bus = openBus(folder, { create: true })
  const watcher = spawn(join(dist, 'fcs.js'), ['bus', 'watch', folder, '--json'])
  let told = ''
  watcher.stdout.setEncoding('utf8').on('data', text => { told += text })
  const taker = spawn(join(dist, 'fcs.js'), ['bus', 'take', folder, '--wait=20'])
  let taken = ''
  taker.stdout.setEncoding('utf8').on('data', text => { taken += text })
  while (watches(watcher.pid!) < 3 || watches(taker.pid!) < 2) {
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  bus.publish('parcel')
  assert.is((await once(taker, 'close'))[0], 0)
  assert.is(taken, 'parcel')
  while (!told.includes('completed')) await once(watcher.stdout, 'data')
  watcher.kill()
  assert.equal(lines(told).map(({ event }) => event), ['published', 'claimed', 'completed'])
})


test('BOOK-6 wrong usage ends with 2 and says what was meant; trouble ends with 1 and its name', () => {
  const told = (args: string[], status: number, words: RegExp) => {
    const { status: ended, error, out } = fcs(args)
    assert.is(ended, status, args.join(' '))
    assert.match(error, words)
    assert.is(out, '')
  }
  told([], 2, /fcs needs a noun/)
  told(['bsu'], 2, /fcs has no noun 'bsu'\nhint: did you mean 'bus'/)
  told(['bus', 'tkae', folder], 2, /did you mean 'take'/)
  told(['bus', 'toString', folder], 2, /has no verb 'toString'/)
  told(['bus', 'take'], 2, /the BUS is missing/)
  told(['bus', 'take', folder, '--wait=soon'], 2, /--wait takes a time such as 5, .* not 'soon'/)
  told(['bus', 'take', folder, '--jsno'], 2, /has no option '--jsno'; did you mean '--json'/)
  told(['bus', 'publish', folder, 'two', 'words'], 2, /'words' is too much/)
  told(['bus', 'take', '--json', '-x'], 2, /^\{"error":\{"message":"fcs bus take has no option '-x'","code":"ERR_USAGE"/)
  told(['bus', 'take', folder, '--json'], 1, /^\{"error":\{.*"code":"ENOENT","syscall":"open","path":"/)
  told(['bus', 'publish', folder, '--durability=none'], 2, /--durability is os, disk or disk-and-folder, not 'none'/)
  told(['bus', 'take', folder], 1, /^fcs: ENOENT: .*, open '.*\/inbox'\nhint: .*is not a message bus/)
  writeFileSync(join(folder, 'letter'), '')
  told(['bus', 'publish', folder, 'parcel'], 1, /ENOTEMPTY.*\nhint: a new bus needs a folder/)
  ends(['--version'], 0, 'fcs 0.0.0\n')
  for (const args of [['--help'], ['bus', '--help'], ['bus', 'take', '--help']]) {
    assert.match(fcs(args).out, /Exit status: 0 done, 1 failed, 2 wrong usage, 3 nothing there/)
  }
})

test.run()
