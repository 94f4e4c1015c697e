// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { announce, Arrivals, meetingFolder, present, waitForName } from './meeting-point.ts'

const root = fs.mkdtempSync(`${tmpdir()}/meeting-point-test-`)
const url = (file: string) => new URL(file, import.meta.url)
const descriptors = () => fs.readdirSync('/proc/self/fd').length
let [folder, count, before, leaks] = ['', 0, 0, 0]
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder, { mode: 0o700 })
  before = descriptors()
})
test.after.each(() => { leaks += descriptors() - before })
test.after(() => fs.rmSync(root, { recursive: true }))
const put = (name: string) => fs.writeFileSync(`${folder}/${name}`, '')

type Failure = NodeJS.ErrnoException & { hint?: string }
async function errorOf(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(() => { throw new Error('nothing was thrown') }, error => error)
}

test('BOOK-1 a name is waited for until it comes, by creation or by rename', async () => {
  const create = () => put('ann')
  const rename = () => {
    put('.ann')
    fs.renameSync(`${folder}/.ann`, `${folder}/ann`)
  }
  for (const arrive of [create, rename]) {
    setTimeout(arrive, 20)
    assert.is((await waitForName(`${folder}/ann`)).type, 'file')
    fs.unlinkSync(`${folder}/ann`)
  }
})

test('BOOK-2 an arrival is noticed at whichever call of the wait it comes', async () => {
  const steps: string[] = []
  const count = tap((syscall, _args, proceed) => { steps.push(syscall); return proceed() })
  await errorOf(waitForName(`${folder}/nobody`, { timeoutMs: 1 }))
  count()
  const asleep = steps.indexOf('fcntl') + 1   // to duplicate is the last call before the sleep
  assert.equal(steps.slice(0, asleep),
    ['inotify_init1', 'inotify_add_watch', 'read', 'statx', 'poll', 'fcntl'])
  for (let step = 0; step < asleep; step++) {
    for (const isBefore of [true, false]) {
      const name = `ann-${step}-${isBefore}`
      let call = 0
      const stop = tap((_syscall, _args, proceed) => {
        const isNow = call++ === step
        if (isNow && isBefore) put(name)
        const result = proceed()
        if (isNow && !isBefore) put(name)
        return result
      })
      await waitForName(`${folder}/${name}`, { timeoutMs: 2000 }).finally(stop)
    }
  }
})

test('waiting makes no call at all while nothing happens', async () => {
  const waiting = waitForName(`${folder}/ann`)
  let calls = 0
  const stop = tap((_syscall, _args, proceed) => { calls++; return proceed() })
  await sleep(100)
  stop()
  assert.is(calls, 0)
  put('ann')
  await waiting
})

test('a wait that ends otherwise says how, and names the path', async () => {
  const path = `${folder}/ann`
  const late = await errorOf(waitForName(path, { timeoutMs: 20 }))
  assert.is(late.message, `ETIMEDOUT: connection timed out, waitForName '${path}'`)
  assert.is(late.hint, 'nothing of that name arrived within 20 ms')
  let others = 0
  const busy = setInterval(() => ++others < 300 ? put(`other-${others}`) : clearInterval(busy), 5)
  assert.is((await errorOf(waitForName(path, { timeoutMs: 60 }))).code, 'ETIMEDOUT')
  assert.ok(others < 300, 'other arrivals prolonged the wait')
  clearInterval(busy)
  assert.is((await errorOf(waitForName(path, { signal: AbortSignal.abort() }))).name, 'AbortError')
  const nowhere = await errorOf(waitForName(`${folder}/no/ann`))
  assert.match(nowhere.message, /^ENOENT.*inotify_add_watch '.*\/no'$/)
  put('file')
  assert.is((await errorOf(waitForName(`${folder}/file/ann`))).code, 'ENOTDIR')
})

test('a folder that goes away ends the wait', async () => {
  for (const end of [fs.rmdirSync, (path: string) => fs.renameSync(path, `${path}-elsewhere`)]) {
    fs.mkdirSync(`${folder}/inner`)
    setTimeout(() => end(`${folder}/inner`), 20)
    const error = await errorOf(waitForName(`${folder}/inner/ann`, { timeoutMs: 2000 }))
    assert.is(error.code, 'ENOENT')
    assert.match(error.hint!, /removed, renamed or unmounted/)
  }
})

test('a name of bytes is waited for by its bytes, and a dangling link is a name', async () => {
  const odd = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9)])
  setTimeout(() => fs.writeFileSync(odd, ''), 10)
  await waitForName(odd)
  fs.symlinkSync('nowhere', `${folder}/link`)
  assert.is((await waitForName(`${folder}/link`)).type, 'symlink')
})

test('news that the kernel had to drop is told to be incomplete', () => {
  const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  const arrivals = new Arrivals(folder)
  put('one')
  fs.symlinkSync('x', `${folder}/two`)
  assert.equal(arrivals.take(), { names: ['one', 'two'], isIncomplete: false, isOver: false })
  for (let i = 0; i <= limit / 2; i++) {
    fs.renameSync(`${folder}/one`, `${folder}/1`)
    fs.renameSync(`${folder}/1`, `${folder}/one`)
  }
  const { names, isIncomplete } = arrivals.take()
  assert.equal([names.length, isIncomplete], [limit, true])
  assert.equal(arrivals.take(), { names: [], isIncomplete: false, isOver: false })
  arrivals.close()
})

test('BOOK-2 every process of a user comes to one folder, whatever its environment', () => {
  const uid = process.getuid!()
  const places = { run: `${folder}/run`, tmp: `${folder}/tmp` }
  for (const each of ['run', 'tmp', `run/${uid}`, 'xdg']) {
    fs.mkdirSync(`${folder}/${each}`, { mode: 0o700 })
  }
  const at = (env: Record<string, string>) => meetingFolder('desk', { env, uid, places })
  const xdg = { XDG_RUNTIME_DIR: `${folder}/xdg` }
  assert.equal([at({}), at(xdg), at({})], Array(3).fill(`${folder}/run/${uid}/desk`))
  fs.renameSync(`${folder}/run/${uid}`, `${folder}/run/other`)
  assert.is(at(xdg), `${folder}/xdg/desk`)
  assert.is(at({ XDG_RUNTIME_DIR: 'relative' }), `${folder}/tmp/desk-${uid}`)
  assert.is(fs.statSync(`${folder}/tmp/desk-${uid}`).mode & 0o777, 0o700)
})

test('BOOK-2 a meeting folder that is not ours alone is refused', () => {
  const uid = process.getuid!()
  const name = `${folder}/desk-${uid}`
  const places = { run: '/nowhere', tmp: folder }
  const meet = () => meetingFolder('desk', { env: {}, uid, places })
  const squatters = [
    () => fs.mkdirSync(name, { mode: 0o755 }), () => fs.writeFileSync(name, ''),
    () => fs.symlinkSync(root, name),
  ]
  if (uid === 0) {
    squatters.push(() => {
      fs.mkdirSync(name, { mode: 0o700 })
      fs.chownSync(name, 12_345, 0)
    })
  }
  for (const squat of squatters) {
    squat()
    assert.throws(meet, /^EACCES: permission denied, meetingFolder '.*desk-/)
    fs.rmSync(name, { recursive: true })
  }
})

test('BOOK-2 the living are present and the dead are not, and their place is free', async () => {
  const script = `import { announce } from ${JSON.stringify(url('./meeting-point.ts').href)}
    announce(${JSON.stringify(folder)}, 'bob')
    console.log('here')
    setInterval(() => {}, 1000)`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const bob = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise(resolve => bob.stdout.once('data', resolve))
  const ann = announce(folder, 'ann')
  put('leftover')
  fs.symlinkSync('ann', `${folder}/alias`)
  assert.equal([...present(folder)].sort(), ['ann', 'bob'])
  assert.throws(() => announce(folder, 'bob'), /^EEXIST: file already exists, announce '.*bob'/)
  bob.kill('SIGKILL')
  await new Promise(resolve => bob.once('close', resolve))
  assert.equal([...present(folder)], ['ann'])
  announce(folder, 'bob').close()
  ann.close()
  bob.stdout.destroy()
})

test('BOOK-1 two processes that know only a name meet and leave nothing', () => {
  const args = [...process.execArgv, fileURLToPath(url('./meeting-point.demo.ts'))]
  const env = { ...process.env, TMPDIR: folder }
  const demo = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  assert.is(demo.status, 0, demo.stderr)
  const lines = /bob .*woke up [\d.]+ ms.*\n.*bob .*"hello, whoever.*\n.*ann .*"hello ann/
  assert.match(demo.stdout, lines)
  assert.equal(fs.readdirSync(folder).filter(each => each.startsWith('meeting-')), [])
})

// Node's own loader may close one of its descriptors meanwhile, so that there are fewer.
test('no descriptor leaked from any of these tests', () => assert.ok(leaks <= 0, `${leaks} more`))

test.run()
