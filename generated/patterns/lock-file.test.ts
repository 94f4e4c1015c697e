// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { execFileSync, spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Worker } from 'node:worker_threads'
import { tap, type SystemError } from '../foundations/kernel.ts'
import {
  lockFile, lockFileSync, tryLockFile, unlockFile, withFileLock, withFileLockSync,
} from './lock-file.ts'
import { stage } from './lock-file.stage.ts'

const { folder, home, preamble, start, clear } = stage('patterns/lock-file', 'foundations/kernel')
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'resolved', (error: SystemError) => typeof error.code === 'string' ? error.code : error.name)
const holder = (path: string, options = '{}') => start(`
  const lock = await m.lockFile('${path}', ${options})
  say('locked')
  for (let line; (line = await hear()) !== undefined && line !== 'release';);
  lock.release()
  say('released')
  process.exit(0)`)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/lock${count++}` })
test.after(clear)
const first = await lockFile(`${folder}/first`)   // and a wait, so that the bell hangs already
await codeOf(lockFile(`${folder}/first`, { timeoutMs: 1 }))
first.release()
const before = descriptors()

test('FILES-15 one holder between processes, or several of a shared lock, and no waiting when asked not to', async () => {
  const ann = holder(path)
  await ann.hear()
  assert.equal([tryLockFile(path), tryLockFile(path, { shared: true })], [null, null])
  ann.tell('release')
  await ann.ended
  const [one, two] = [tryLockFile(path, { shared: true }), tryLockFile(path, { shared: true })]
  assert.equal([one?.isHeld, two?.isHeld, tryLockFile(path)], [true, true, null])
  unlockFile(one!)
  one!.release()
  assert.equal([one!.isHeld, tryLockFile(path)], [false, null])
  two!.release()
  assert.is(withFileLockSync(path, lock => lock.isHeld), true)
  assert.ok(descriptors() <= before)
})

test('FILES-15 who waits has the lock as soon as it is released, or its holder is killed', async () => {
  for (const end of ['release', 'kill']) {
    const ann = holder(path)
    await ann.hear()
    let calls = 0
    const waiting = lockFile(path, { timeoutMs: 10_000 })
    await sleep(250)
    const stop = tap((syscall, _args, proceed) => { if (syscall === 'fcntl') calls++; return proceed() })
    await sleep(500)
    assert.ok(calls < 30, `${calls} calls in half a second`)
    stop()
    if (end === 'kill') void ann.kill()
    else ann.tell('release')
    const lock = await waiting
    assert.is(lock.isNamed(), true)
    lock.release()
    await ann.ended
  }
  assert.ok(descriptors() <= before)
})

test('the bell wakes, and not the round; without a bell it works, too', async () => {
  for (const isDeaf of [false, true]) {
    const other = start(`for (let i = 0; i < 8; i++) {
      await m.withFileLock('${path}', async () => {
        say('locked')
        await sleep(200)
        say(process.hrtime.bigint())
      })
      await hear()
    }
    process.exit(0)`)
    const stop = tap((syscall, _args, proceed) => isDeaf && /inotify_add/.test(syscall) ? -28 : proceed())
    const tookMs: number[] = []
    for (let i = 0; i < 8; i++) {
      await other.hear()
      await withFileLock(path, async () => {
        tookMs.push(Number(process.hrtime.bigint() - BigInt(await other.hear())) / 1e6)
      })
      other.tell('again')
    }
    stop()
    await other.ended
    tookMs.sort((a, b) => a - b)
    assert.ok(tookMs[4]! < (isDeaf ? 100 : 40), `${tookMs[4]} ms from release to lock`)
  }
})

test('FILES-15 a deadline and a signal end the wait and leave nothing', async () => {
  const ann = holder(path)
  await ann.hear()
  const withAnn = descriptors()
  assert.is(await codeOf(lockFile(path, { timeoutMs: 0 })), 'ETIMEDOUT')
  const [begin, late] = [performance.now(), new AbortController()]
  assert.is(await codeOf(lockFile(path, { timeoutMs: 100 })), 'ETIMEDOUT')
  assert.ok(performance.now() - begin >= 100)
  assert.is(await codeOf(lockFile(path, { signal: AbortSignal.abort() })), 'AbortError')
  // The first of the three waits for the process, the others behind it, in memory.
  const waits = [1, 2, 3].map(() => codeOf(lockFile(path, { signal: late.signal })))
  const behind = codeOf(lockFile(path, { timeoutMs: 50 }))
  await sleep(100)
  assert.is(await behind, 'ETIMEDOUT')
  late.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }))
  assert.equal(await Promise.all(waits), ['ENOUGH', 'ENOUGH', 'ENOUGH'])
  assert.is(getEventListeners(late.signal, 'abort').length, 0)
  assert.ok(descriptors() <= withAnn)
  await ann.kill()
  assert.is(await codeOf(lockFile(path, { timeoutMs: 1000 }).then(unlockFile)), 'resolved')
})

test('FILES-15 a thousand promises take turns in the order in which they asked, with five descriptors', async () => {
  const order: number[] = []
  let [inside, most] = [0, 0]
  const first = await lockFile(path)
  const all = Array.from({ length: 1000 }, (_, i) => withFileLock(path, async () => {
    assert.is(++inside, 1)
    order.push(i)
    most = Math.max(most, descriptors())
    if (i % 100 === 0) await sleep(1)
    inside--
  }))
  await sleep(10)
  most = descriptors()
  first.release()
  await Promise.all(all)
  assert.equal(order, [...order.keys()])
  assert.ok(most - before <= 5, `${most - before} descriptors`)
})

test('FILES-15 threads of one process exclude each other', async () => {
  const worker = new Worker(`const { parentPort } = require('node:worker_threads')
    import('${home}/patterns/lock-file.js').then(async ({ lockFile, tryLockFile }) => {
      parentPort.postMessage(tryLockFile('${path}') === null ? 'refused' : 'got it')
      const lock = await lockFile('${path}')
      parentPort.postMessage('got it')
      parentPort.once('message', () => lock.release())
    })`, { eval: true, execArgv: [] })
  const next = () => new Promise(resolve => worker.once('message', resolve))
  const lock = await lockFile(path)
  assert.is(await next(), 'refused')
  const message = next()
  await sleep(50)
  lock.release()
  assert.is(await message, 'got it')
  assert.is(tryLockFile(path), null)
  worker.postMessage('release')
  assert.is(await codeOf(lockFile(path, { timeoutMs: 5000 }).then(unlockFile)), 'resolved')
  await worker.terminate()
})

test('FILES-15 fifty waits hold no thread: the pool is as free as before', async () => {
  const threads = () => fs.readdirSync('/proc/self/task').length
  const locks = await Promise.all(Array.from({ length: 50 }, (_, i) => lockFile(`${path}.${i}`)))
  await fs.promises.stat(folder)
  const threadsBefore = threads()
  const waits = locks.map(lock => lockFile(lock.path))
  await sleep(20)
  const begin = performance.now()
  await Promise.all(Array.from({ length: 8 }, () => fs.promises.stat(folder)))
  assert.ok(performance.now() - begin < 1000)
  assert.is(threads(), threadsBefore)
  for (const lock of locks) lock.release()
  for (const lock of await Promise.all(waits)) lock.release()
})

test('FILES-15 a hog does not starve those who wait, and they are served in the order in which they came', async () => {
  const hog = start(`say('on')
    for (let i = 0; ; i++) await m.withFileLock('${path}', () => sleep(5))`)
  await hog.hear()
  const others: ReturnType<typeof start>[] = []
  for (let i = 0; i < 3; i++) {
    const other = start(`say('ready'); await hear()
      for (let i = 0; i < 10; i++) await m.withFileLock('${path}', () => sleep(1))
      process.exit(0)`)
    await other.hear()
    others.push(other)
  }
  const begin = performance.now()
  for (const other of others) other.tell('go')
  assert.equal(await Promise.all(others.map(({ ended }) => ended)), [0, 0, 0])
  assert.ok(performance.now() - begin < 5000)
  await hog.kill()
  const held = await lockFile(path)
  const line = ['a', 'b', 'c'].map(name => start(`say('ready')
    await hear()
    await m.withFileLock('${path}', () => fs.appendFileSync('${path}.order', '${name}'))
    process.exit(0)`))
  await Promise.all(line.map(each => each.hear()))
  // cat goes on when a descriptor was closed meanwhile
  const hasTicket = ({ child: { pid } }: { child: { pid?: number | undefined } }) =>
    /^lock:.* READ /m.test(spawnSync('cat', fs.readdirSync(`/proc/${pid}/fdinfo`)
      .map(fd => `/proc/${pid}/fdinfo/${fd}`), { encoding: 'utf8' }).stdout)
  for (const each of [line[2]!, line[0]!, line[1]!]) {
    each.tell('go')
    while (!hasTicket(each)) await sleep(5)
  }
  held.release()
  await Promise.all(line.map(({ ended }) => ended))
  assert.is(fs.readFileSync(`${path}.order`, 'utf8'), 'cab')
})

test('a process that is stopped at the head of the line costs the others a moment, and not the lock', async () => {
  const held = await lockFile(path)
  const sleeper = start(`say('go'); await m.lockFile('${path}'); say('got it')
    await hear(); process.exit(0)`)
  await sleeper.hear()
  await sleep(60)
  sleeper.child.kill('SIGSTOP')
  held.release()
  const begin = performance.now()
  for (let i = 0; i < 3; i++) await withFileLock(path, () => {})
  withFileLockSync(path, () => {})
  const tookMs = performance.now() - begin
  assert.ok(tookMs > 20 && tookMs < 2000, `${tookMs} ms`)
  assert.is(tryLockFile(path), null, 'who does not wait is polite')
  sleeper.child.kill('SIGCONT')
  assert.is(await sleeper.hear(), 'got it')
  await sleeper.kill()
})

test('a lock is of the file that has the name now, and isNamed tells when it no longer is', async () => {
  const old = await lockFile(path)
  const waiting = lockFile(path)
  await sleep(20)
  fs.renameSync(path, `${path}.moved`)
  assert.is(old.isNamed(), false)
  old.release()
  const lock = await waiting
  assert.is(lock.isNamed(), true)
  assert.is(lock.file.stat().ino === fs.statSync(`${path}.moved`, { bigint: true }).ino, false)
  fs.unlinkSync(path)
  assert.equal([lock.isNamed(), lock.isHeld], [false, true])
  lock.release()
})

test('FILES-15 bytes are locked by themselves, and flock takes turns with flock(1)', async () => {
  const one = await lockFile(path, { start: 0, length: 10 })
  assert.is(tryLockFile(path, { start: 9, length: 2 }), null)
  const two = tryLockFile(path, { start: 10, length: 2 })!
  assert.is(tryLockFile(path), null, 'the whole file')
  for (const each of [one, two]) each.release()
  const flock = (...options: string[]) => spawnSync('flock', [...options, path, 'true']).status
  const lock = await lockFile(path, { kind: 'flock' })
  assert.is(flock('-n'), 1)
  lock.release()
  assert.is(flock('-n'), 0)
  const shared = await lockFile(path, { kind: 'flock', shared: true })
  assert.equal([flock('-n', '-s'), flock('-n', '-x')], [0, 1])
  shared.release()
  assert.throws(() => tryLockFile(path, { kind: 'flock', start: 1 }), /'kind' must be/)
})

test('FILES-15 synchronously: a deadline, other processes, and no waiting for oneself', async () => {
  const mine = lockFileSync(path)
  assert.throws(() => lockFileSync(path), /^EDEADLK: .*, fcntl '/)
  assert.throws(() => lockFileSync(path, { shared: true }), /^EDEADLK/)
  mine.release()
  const ann = holder(path)
  await ann.hear()
  assert.throws(() => lockFileSync(path, { timeoutMs: 30 }), /^ETIMEDOUT/)
  setTimeout(() => ann.tell('release'), 0)
  const bob = start(`m.withFileLockSync('${path}', () => say('got it')); process.exit(0)`)
  assert.is(await bob.hear(), 'got it')
  await Promise.all([ann.ended, bob.ended])
  assert.throws(() => lockFileSync(`${folder}/no/file`), /^ENOENT/)
})

test('never two inside, however many are killed inside', async () => {
  const [actors, kills] = [4, Number(process.env['FCS_KILLS'] ?? 12)]
  const begin = () => start(`for (;;) {
    await m.withFileLock('${path}', async () => {
      fs.writeFileSync('${path}.inside', String(process.pid))
      await sleep(Math.random() * 2)
      if (fs.readFileSync('${path}.inside', 'utf8') !== String(process.pid)) say('two inside')
      fs.writeFileSync('${path}.inside', '')
    })
    fs.appendFileSync('${path}.turns', '.')
  }`)
  fs.writeFileSync(`${path}.inside`, '')
  const said: Promise<string>[] = []
  const living = Array.from({ length: actors }, begin)
  while (!fs.existsSync(`${path}.turns`)) await sleep(10)
  for (let i = 0; i < kills; i++) {
    await sleep(50)
    said.push(living[i % actors]!.hear())
    await living[i % actors]!.kill()
    living[i % actors] = begin()
  }
  await sleep(50)
  said.push(...living.map(actor => actor.hear()))
  await Promise.all(living.map(actor => actor.kill()))
  assert.is(await Promise.race([...said, Promise.resolve('quiet')]), 'quiet')
  assert.ok(fs.readFileSync(`${path}.turns`).length > 0, 'they did take turns')
  assert.is(tryLockFile(path) === null, false)
})

test('a process ends when nothing but a released lock is left, and dies with a lock that it holds', () => {
  const run = (script: string) => execFileSync(process.execPath,
    ['--input-type=module', '--eval', preamble + script], { encoding: 'utf8', timeout: 10_000 })
  assert.is(run(`await m.withFileLock('${path}', () => say('done'))`), 'done\n')
  assert.is(run(`await m.lockFile('${path}'); say('leaving')`), 'leaving\n')
  assert.ok(tryLockFile(path))
})

test.run()
