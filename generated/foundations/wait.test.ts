// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_DIRECTORY } from './file.ts'
import { isReadable, onReadable, pipe, waitReadable } from './wait.ts'

const one = Buffer.from('1')
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const timers = () => process.getActiveResourcesInfo().filter(each => each === 'Timeout').length

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'resolved', error =>
    typeof error.code === 'string' ? error.code : error.name)
}

let quiet = pipe()
test.before.each(() => { quiet = pipe() })
test.after.each(() => { quiet.reader.close(); quiet.writer.close() })

test('a wait ends when bytes come, and later when the writer is gone', async () => {
  setTimeout(() => quiet.writer.write(one), 20)
  await waitReadable(quiet.reader)
  assert.is(isReadable(quiet.reader), true)
  quiet.reader.read(Buffer.alloc(8))
  assert.is(isReadable(quiet.reader), false)
  setTimeout(() => quiet.writer.close(), 20)
  await waitReadable(quiet.reader)
  assert.is(quiet.reader.read(Buffer.alloc(8)), 0)
})

test('the loop runs while somebody waits', async () => {
  let ticks = 0
  const clock = setInterval(() => { if (++ticks === 5) quiet.writer.write(one) }, 2)
  await waitReadable(quiet.reader)
  clearInterval(clock)
  assert.is(ticks, 5)
})

test('a wait that has nothing else in the loop to wake it wakes up', () => {
  const script = `import { execFileSync, spawn } from 'node:child_process'
    import { open, O_RDWR } from '${new URL('./file.ts', import.meta.url)}'
    import { waitReadable } from '${new URL('./wait.ts', import.meta.url)}'
    await waitReadable(open(process.argv[1], O_RDWR))
    console.log('awake')`
  const path = `${tmpdir()}/wait-test-${process.pid}`
  const shell = `mkfifo $0 && { (sleep 0.4; echo > $0) & exec "$@" $0; }`
  const child = spawnSync('sh', ['-c', shell, path, process.execPath, ...process.execArgv,
    '--input-type=module', '--eval', script], { encoding: 'utf8', timeout: 10_000 })
  fs.unlinkSync(path)
  assert.is(child.stdout, 'awake\n', child.stderr)
})

test('each of the four endings leaves nothing behind', async () => {
  const [before, timersBefore] = [descriptors(), timers()]
  const { signal } = new AbortController()
  const endings = (options: object) =>
    codeOf(waitReadable(quiet.reader, { signal, ...options }))
  assert.is(await endings({ timeoutMs: 5 }), 'ETIMEDOUT')
  assert.is(await endings({ signal: AbortSignal.abort() }), 'AbortError')
  const late = new AbortController()
  setTimeout(() => late.abort(new Error('enough')), 5)
  assert.is(await endings({ signal: late.signal, timeoutMs: 60_000 }), 'Error')
  setTimeout(() => quiet.writer.write(one), 5)
  assert.is(await endings({ timeoutMs: 60_000 }), 'resolved')
  const listeners = [signal, late.signal].flatMap(each => getEventListeners(each, 'abort'))
  assert.is(listeners.length, 0)
  assert.is(timers(), timersBefore)
  assert.ok(descriptors() <= before)   // Node closes some of its own
})

test('a file that was closed is EBADF, and files and folders are readable at once', async () => {
  const [file, folder, closed] = [open('/proc/self/status'), open('/', O_DIRECTORY), open('/')]
  closed.close()
  assert.is(await codeOf(waitReadable(file)), 'resolved')
  assert.is(await codeOf(waitReadable(folder)), 'resolved')
  assert.is(await codeOf(waitReadable(closed)), 'EBADF')
  file.close()
  folder.close()
})

test('several wait for one file and all wake up; a time-out of 35 years is for ever', async () => {
  const waiting = [1, 2, 3].map(() => waitReadable(quiet.reader, { timeoutMs: 2 ** 40 }))
  await sleep(10)
  quiet.writer.write(one)
  await Promise.all(waiting)
})

test('closing the file under a wait disturbs neither it nor who gets the number', async () => {
  const waiting = waitReadable(quiet.reader, { timeoutMs: 2000 })
  const number = quiet.reader.fd
  quiet.reader.close()
  const next = pipe()
  assert.is(next.reader.fd, number)
  const other = codeOf(waitReadable(next.reader, { timeoutMs: 20 }))
  quiet.writer.write(one)
  await waiting
  assert.is(await other, 'ETIMEDOUT')
  next.reader.close()
  next.writer.close()
})

test('who listens is called while there is something to read, and no more after close', async () => {
  const before = descriptors()
  let [calls, text] = [0, '']
  const listening = onReadable(quiet.reader, () => {
    calls++
    const buffer = Buffer.alloc(1)
    text += buffer.toString('utf8', 0, quiet.reader.read(buffer))
  })
  quiet.writer.write(Buffer.from('abc'))
  await sleep(20)
  assert.equal([calls, text], [3, 'abc'])
  listening.close()
  listening.close()
  listening.unref()
  quiet.writer.write(one)
  await sleep(20)
  assert.is(calls, 3)
  assert.ok(descriptors() <= before)
  const folder = open('/', O_DIRECTORY)
  assert.throws(() => onReadable(folder, () => {}), /^EPERM: operation not permitted, epoll_ctl/)
  folder.close()
  assert.throws(() => onReadable(folder, () => {}), /^EBADF/)
})

test('a process ends when its last wait has ended', () => {
  const script = `import { pipe, waitReadable } from '${new URL('./wait.ts', import.meta.url)}'
    const { reader } = pipe()
    await waitReadable(reader, { timeoutMs: 10 }).catch(error => console.log(error.code))`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000 })
  assert.equal([child.stdout, child.status], ['ETIMEDOUT\n', 0], child.stderr)
})

test('a process that ends while somebody listens ends well, however much there is to read', () => {
  const script = `import { onReadable, pipe } from '${new URL('./wait.ts', import.meta.url)}'
    const { reader, writer } = pipe()
    onReadable(reader, () => {}).unref()
    writer.write(Buffer.from('!'))`
  for (const end of ['', 'process.exit(0)', 'setTimeout(() => process.exit(0), 5)']) {
    const args = [...process.execArgv, '--input-type=module', '--eval', `${script}\n${end}`]
    const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000 })
    assert.equal([child.stderr, child.status], ['', 0], end)
  }
})

test('a nonblocking pipe says EAGAIN where the other would wait', () => {
  const { reader, writer } = pipe({ nonblocking: true })
  assert.throws(() => reader.read(Buffer.alloc(1)), /^EAGAIN: resource temporarily un.*, read/)
  assert.throws(() => writer.writeAll(Buffer.alloc(1 << 20)), /^EAGAIN/)
  reader.close()
  writer.close()
})

test.run()
