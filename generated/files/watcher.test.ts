// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type Path } from '../foundations/kernel.ts'
import { PollingBackend } from '../platforms/polling.ts'
import { EventQueue, type WatchEvent } from './watcher-queue.ts'
import { Watcher, type WatcherOptions } from './watcher.ts'

let root = ''
let watchers: Watcher[] = []
test.before.each(() => { root = fs.mkdtempSync(`${tmpdir()}/watcher-test-`) })
test.after.each(() => {
  for (const each of watchers) each.close()
  watchers = []
  fs.rmSync(root, { recursive: true, force: true })
})
const at = (path: string) => `${root}/${path}`
const write = (path: string, text = '') => fs.writeFileSync(at(path), text)
const folder = (path: string) => fs.mkdirSync(at(path), { recursive: true })

async function watch(options: WatcherOptions = {}): Promise<Watcher> {
  const watcher = new Watcher(root, options)
  watchers.push(watcher)
  await watcher.ready
  return watcher
}

/** Everything that happened up to now, in short. */
async function told(watcher: Watcher): Promise<string[]> {
  await watcher.sync()
  return watcher.take().map(brief)
}
const short = (path: Path) => String(path).slice(root.length + 1)
function brief(event: WatchEvent): string {
  if (event.kind === 'renamed') return `renamed ${short(event.from)} -> ${short(event.to)}`
  if (event.kind === 'overflow') return `overflow by ${event.by}`
  return `${event.kind} ${short(event.path)}`
}

/** All paths on the disk, and the model of a consumer that never looks at the disk. */
function disk(folder = root): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? [path, ...disk(path)] : [path]
  }).sort()
}

class Model {
  paths = new Set<string>()
  apply(event: WatchEvent): void {
    if (event.kind === 'created') this.paths.add(String(event.path))
    if (event.kind === 'deleted') this.paths.delete(String(event.path))
    if (event.kind === 'renamed') this.rename(String(event.from), String(event.to))
  }
  rename(from: string, to: string): void {
    for (const path of [...this.paths]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      this.paths.delete(path)
      this.paths.add(to + path.slice(from.length))
    }
  }
}

function storm(options: WatcherOptions): () => Promise<void> {
  return async () => {
    const watcher = await watch(options)
    const model = new Model()
    const random = generator(7)
    const some = () => Array.from({ length: 1 + random(3) }, () => 'abc'[random(3)]).join('/')
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < random(60); i++) disturb(random, some)
      if (random(2) === 0) await sleep(random(3))
      if (random(3) > 0) continue
      await watcher.sync()
      for (const event of watcher.take()) model.apply(event)
      assert.equal([...model.paths].sort(), disk(), `round ${round}`)
      assert.equal([...watcher.paths()].map(({ path }) => path).sort(), disk(), `round ${round}`)
    }
  }
}

// On Windows: Wine 8 tells nothing of a folder below that was there before the watch, or that was moved in.
test('FILES-13 FILES-14 by the kernel: a model that only hears is right after a storm of changes', storm({}))

test('FILES-13 FILES-14 by polling: a model that only hears is right after a storm of changes',
  storm({ backend: () => new PollingBackend({ intervalMs: 10 }) }))

function disturb(random: (below: number) => number, some: () => string): void {
  try {
    switch (random(6)) {
      case 0: case 1: fs.mkdirSync(at(some()), { recursive: true }); break
      case 2: fs.writeFileSync(at(`${some()}${random(2) ? '.txt' : ''}`), 'x'); break
      case 3: fs.rmSync(at(some()), { recursive: random(2) === 0 }); break
      default: fs.renameSync(at(some()), at(some()))
    }
  } catch { /* most of what chance proposes cannot be */ }
}

function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
}

// On Windows: it tells a change, and not whether the writer has finished or what an attribute was.
test('FILES-13 what happens to files is told by path, and when the writer has finished', async () => {
  folder('a/b')
  const watcher = await watch()
  write('a/b/file', 'text')
  fs.chmodSync(at('a/b/file'), 0o600)
  fs.rmSync(at('a/b/file'))
  assert.equal(await told(watcher), ['created a/b/file', 'changed a/b/file', 'written a/b/file',
    'attributes a/b/file', 'deleted a/b/file'])
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/a/`), Buffer.of(0xff)]), '')
  await watcher.sync()
  const [created] = watcher.take() as { path: Uint8Array }[]
  assert.equal(created!.path, Uint8Array.from(Buffer.concat([Buffer.from(`${root}/a/`), Buffer.of(0xff)])))
})

// On Windows: there is no sh.
test('FILES-13 30 of 30 files are told in folders that were nested at their creation', async () => {
  const watcher = await watch()
  execFileSync('sh', ['-c', `for i in $(seq 30); do mkdir -p n$i/a/b && echo > n$i/a/b/f; done`], { cwd: root })
  const events = await told(watcher)
  const created = events.filter(each => each.startsWith('created') && each.endsWith('/f'))
  assert.is(new Set(created).size, 30)
  assert.is(created.length, 30)
})

test('FILES-13 a rename is one event, in a folder and from one folder to another', async () => {
  for (const each of ['a', 'b']) folder(each)
  write('a/old')
  write('b/taken')
  const watcher = await watch()
  fs.renameSync(at('a/old'), at('a/new'))
  fs.renameSync(at('a/new'), at('b/taken'))
  await watcher.sync()
  const events = watcher.take()
  assert.equal(events.map(brief), ['renamed a/old -> a/new', 'renamed a/new -> b/taken'])
  assert.equal(events.map(each => each.kind === 'renamed' && each.replaced), [false, true])
})

// On Windows: it tells no end of writing; and the test stands in Linux' door.
test('FILES-13 a renamed folder goes on under its new path, and no watch is added', async () => {
  folder('a/b/c')
  folder('d')
  const watcher = await watch()
  const calls: string[] = []
  const stop = tap((syscall, _args, proceed) => { calls.push(syscall); return proceed() })
  fs.renameSync(at('a'), at('d/e'))
  write('d/e/b/c/file')
  const events = await told(watcher)
  stop()
  assert.equal(events, ['renamed a -> d/e', 'created d/e/b/c/file', 'written d/e/b/c/file'])
  assert.is(calls.includes('inotify_add_watch'), false)
})

test('FILES-13 what is moved out is deleted to the last file, and what is moved in is created', async () => {
  const outside = fs.mkdtempSync(`${tmpdir()}/watcher-test-`)
  folder('a/b')
  write('a/b/file')
  const watcher = await watch()
  fs.renameSync(at('a'), `${outside}/a`)
  assert.equal(await told(watcher), ['deleted a/b/file', 'deleted a/b', 'deleted a'])
  fs.writeFileSync(`${outside}/a/b/more`, '')
  assert.equal(await told(watcher), [])
  fs.renameSync(`${outside}/a`, at('c'))
  assert.equal((await told(watcher)).sort(),
    ['created c', 'created c/b', 'created c/b/file', 'created c/b/more'])
  fs.rmSync(outside, { recursive: true })
})

// On Windows: Wine 8 tells nothing of a folder below that was there before the watch began.
test('FILES-13 of 12,000 files touched while the loop is blocked none is lost unannounced', async () => {
  folder('many')
  write('many/0', 'old')
  const watcher = await watch()
  for (let i = 0; i < 12_000; i++) write(`many/${i}`, 'new')
  await watcher.sync()
  const events = watcher.take()
  const touched = new Set(events.flatMap(each => 'path' in each ? [each.path] : []))
  assert.is(touched.size, 12_000)
  const overflow = events.findIndex(({ kind }) => kind === 'overflow')
  assert.ok(overflow > 0, 'the overflow is told')
  const after = new Set(events.slice(overflow).flatMap(each => 'path' in each ? [each.path] : []))
  assert.ok(after.has(at('many/11999')), 'and then the difference')
})

// On Windows: Wine 8 tells nothing of a folder below that was there before the watch began.
test('FILES-13 an overflow hides neither a change nor a deletion nor an exchange of folders', async () => {
  for (const each of ['a', 'b/deep', 'noise']) folder(each)
  for (let i = 0; i < 50; i++) write(`a/${i}`, 'old')
  write('b/deep/x')
  await sleep(60)   // what changed is found by its time, and that clock ticks
  const watcher = await watch()
  for (let i = 0; i < 5_000; i++) { write('noise/x', `${i}`); fs.rmSync(at('noise/x')) }
  write('a/7', 'new')
  fs.rmSync(at('a/8'))
  fs.renameSync(at('b/deep'), at('b/moved'))
  folder('b/deep')
  write('b/deep/y')
  const events = (await told(watcher)).filter(each => !each.includes('noise'))
  assert.equal(events[0], 'overflow by kernel')
  // Whether its bytes come with a new file or after it depends on who is quicker.
  const found = events.slice(1).filter(each => each !== 'changed b/deep/y').sort()
  assert.equal(found, ['changed a/7', 'created b/deep/y', 'created b/moved',
    'created b/moved/x', 'deleted a/8', 'deleted b/deep/x'])
  write('b/deep/z')
  write('b/moved/z')
  assert.equal((await told(watcher)).filter(each => each.startsWith('created')),
    ['created b/deep/z', 'created b/moved/z'])
})

// On Windows: there is no sh.
test('FILES-13 ready means that nothing is missed, while somebody builds the tree', async () => {
  for (let i = 0; i < 300; i++) folder(`old${i}/x/y`)
  const builder = spawn('sh', ['-c', 'for i in $(seq 400); do mkdir -p new$((i % 40))/$i/x; : > new$((i % 40))/$i/x/f; done'], { cwd: root })
  const done = once(builder, 'exit')
  const model = new Model()
  const watcher = new Watcher(root, { initial: true })
  watchers.push(watcher)
  await watcher.ready
  await done
  await watcher.sync()
  for (const event of watcher.take()) model.apply(event)
  assert.equal([...model.paths].sort(), disk())
})

// On Windows: there is no sh.
test('FILES-13 a consumer that takes nothing does not let the kernel\'s queue overflow', async () => {
  folder('a')
  const watcher = await watch()
  const writer = spawn('sh', ['-c', 'i=0; while [ $i -lt 5600 ]; do echo $i > a/f; i=$((i + 1)); done'], { cwd: root })
  await once(writer, 'exit')
  const events = await told(watcher)
  assert.equal(events.filter(each => each.startsWith('overflow')), [])
  assert.ok(events.length < 10, `16,800 events became ${events.length}`)
  assert.is(events.at(-1), 'written a/f')
})

test('FILES-13 a queue that nobody empties gives up at its limit and says so', async () => {
  const watcher = await watch({ queueLimit: 50 })
  for (let i = 0; i < 60; i++) write(`f${i}`)
  await watcher.sync()
  const events = watcher.take()
  assert.equal(events[0], { kind: 'overflow', by: 'queue' })
  assert.ok(events.length <= 51)
  assert.is([...watcher.paths()].length, 60)
})

test('IO-7 a queue lets a repetition replace what it repeats, and never across a rename', () => {
  const queue = new EventQueue(10_000)
  const change = (path: string): WatchEvent => ({ kind: 'changed', path, isFolder: false })
  for (let i = 0; i < 5000; i++) queue.push(change(i % 2 ? '/a' : '/b'))
  assert.is(queue.size, 2)
  queue.push({ kind: 'renamed', from: '/a', to: '/c', isFolder: false, replaced: false })
  queue.push(change('/a'))
  queue.push(change('/a'))
  const names: unknown[] = []
  for (let event; (event = queue.shift()) !== undefined;) names.push('path' in event ? event.path : event.kind)
  assert.equal(names, ['/b', '/a', 'renamed', '/a'])
  for (let i = 0; i < 3000; i++) { queue.push(change(`/${i}`)); queue.shift() }
  assert.is(queue.size, 0)
})

test('IO-7 the model that owns the data takes the events when it likes', async () => {
  const watcher = await watch()
  write('a')
  await sleep(20)
  write('b')
  await watcher.sync()
  const model = new Model()
  for (const event of watcher.take()) model.apply(event)
  assert.equal([...model.paths], [at('a'), at('b')])
  assert.equal(watcher.take(), [])
})

// On Windows: Wine 8 tells nothing of a folder below that was there before the watch began.
test('FILES-13 what is ignored is neither told nor watched', async () => {
  for (const each of ['node_modules/x', 'src/out', 'src/in']) folder(each)
  const watcher = await watch({ ignore: ['node_modules', 'src/out', /\.tmp$/, path => path.includes('secret')] })
  assert.is(watcher.counts.folders, 3)
  for (const each of ['node_modules/x/f', 'src/out/f', 'src/in/a.tmp', 'src/secret', 'src/in/f']) write(each)
  fs.renameSync(at('src/in/a.tmp'), at('src/in/a'))
  fs.renameSync(at('src/in/f'), at('src/in/f.tmp'))
  assert.equal(await told(watcher), ['created src/in/f', 'written src/in/f', 'created src/in/a', 'deleted src/in/f'])
})

// On Windows: there is nothing to mount.
test('FILES-13 a root that is deleted, moved or unmounted ends the watch and says how', async () => {
  const ends: string[] = []
  const see = async (act: () => void) => {
    const watcher = await watch()
    act()
    for await (const event of watcher) if (event.kind === 'gone') ends.push(event.reason)
  }
  await see(() => fs.rmSync(root, { recursive: true }))
  folder('')
  await see(() => fs.renameSync(root, `${root}-moved`))
  fs.renameSync(`${root}-moved`, root)
  assert.equal(ends, ['gone', 'moved'])
  if (process.getuid!() !== 0) return
  execFileSync('mount', ['-t', 'tmpfs', 'none', root])
  await see(() => execFileSync('umount', [root]))
  assert.equal(ends, ['gone', 'moved', 'unmounted'])
})

test('FILES-13 closing ends an iteration and its waiting, and a signal gives it its reason', async () => {
  const watcher = await watch()
  const iterating = (async () => { for await (const _ of watcher); return 'done' })()
  setTimeout(() => watcher.close(), 5)
  assert.is(await iterating, 'done')
  const controller = new AbortController()
  const other = await watch({ signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 5)
  const end = await other.wait().catch((error: Error) => error.message)
  assert.is(end, 'enough')
  assert.is(await other.sync().catch(error => error.code), 'EBADF')
})

// On Windows: there is no /proc, where the test counts descriptors.
test('FILES-13 a watcher that was closed leaves no descriptor', async () => {
  const descriptors = fs.readdirSync('/proc/self/fd').length
  for (let i = 0; i < 20; i++) (await watch()).close()
  assert.is(fs.readdirSync('/proc/self/fd').length, descriptors)
})

// On Windows: the test stands in Linux' door, and Windows has no limit of watches.
test('FILES-14 a subtree beyond the limit of watches is polled, and that is told', async () => {
  for (const each of ['a/b', 'c/d']) folder(each)
  let count = 0
  const stop = tap((syscall, _args, proceed) =>
    syscall === 'inotify_add_watch' && count++ > 2 ? -28 : proceed())
  const watcher = await watch({ pollIntervalMs: 10, initial: true })
  stop()
  await watcher.sync()
  const degraded = watcher.take().filter(({ kind }) => kind === 'degraded')
  assert.ok(degraded.length > 0)
  assert.equal(degraded[0], { ...degraded[0], to: 'polling', reason: 'ENOSPC' })
  assert.ok(watcher.counts.polled > 0)
  for (const each of ['a/b/x', 'c/d/x']) write(each)
  assert.equal((await told(watcher)).filter(each => each.startsWith('created')).sort(),
    ['created a/b/x', 'created c/d/x'])
  fs.renameSync(at('a'), at('e'))
  write('e/b/y')
  const events = await told(watcher)
  assert.ok(events.includes('created e/b/y'), events.join())
})

// On Windows: there is no /proc.
test('FILES-14 a filesystem that does not tell is polled, and that is told', async () => {
  const watcher = new Watcher(`/proc/${process.pid}/fd`, { pollIntervalMs: 10 })
  watchers.push(watcher)
  await watcher.ready
  assert.equal(watcher.take(), [{ kind: 'degraded', path: `/proc/${process.pid}/fd`, to: 'polling', reason: 'proc' }])
  const file = fs.openSync(root, 'r')
  await watcher.wait()
  assert.ok(watcher.take().some(each => each.kind === 'created' && String(each.path).endsWith(`/${file}`)))
  fs.closeSync(file)
})

test('FILES-13 a root that is not there is ENOENT, and a file is ENOTDIR', () => {
  write('file')
  assert.throws(() => new Watcher(at('none')), /^ENOENT: /)
  assert.throws(() => new Watcher(at('file')), /^ENOTDIR: /)
})

// On Windows: there is no /proc, where the limit of watches is.
test('FILES-13 a tree of many folders is watched to the last one, or says where it is polled', async () => {
  const count = Number(process.env['FCS_FOLDERS'] ?? 500)
  const limit = '/proc/sys/fs/inotify/max_user_watches'
  const before = fs.readFileSync(limit, 'utf8')
  const isRoot = process.getuid!() === 0
  const isRaised = isRoot && Number(before) < count + 10_000
  for (let i = 0; i < count; i += 100) {
    for (let j = 0; j < 100; j++) fs.mkdirSync(at(`${i}/${j}`), { recursive: true })
  }
  if (isRaised) fs.writeFileSync(limit, String(count + 10_000))
  try {
    const [begin, memory] = [performance.now(), process.memoryUsage.rss()]
    const watcher = await watch({ pollIntervalMs: 100 })
    const took = performance.now() - begin
    const grown = (process.memoryUsage.rss() - memory) / 2 ** 20
    if (count > 1000) console.log(`${count} folders: ${took.toFixed(0)} ms, ${grown.toFixed(0)} MiB`)
    const folders = count + count / 100 + 1
    assert.equal(watcher.counts, { folders, polled: isRoot ? 0 : watcher.counts.polled })
    write(`${count - 100}/99/file`)
    assert.ok((await told(watcher)).includes(`created ${count - 100}/99/file`))
  } finally {
    if (isRaised) fs.writeFileSync(limit, before)
  }
})

test.run()
