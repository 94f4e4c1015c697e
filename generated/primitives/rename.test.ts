// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { leadsTo, open } from '../foundations/file.ts'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { exchange, rename, renameNoReplace } from '../foundations/name.ts'
import { probe } from '../foundations/taxonomy.ts'
import { together } from './regular-file.stage.ts'
import { ENDS, fetchAndStore, NamedState } from './rename.ts'

const root = fs.mkdtempSync(`${tmpdir()}/rename-test-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder)
})
const at = (name: string) => `${folder}/${name}`
const cast = () => ({ modules: ['rename', '../foundations/name'], set: { folder } })
const [magic, XFS, TMPFS, OVERLAYFS] = [fs.statfsSync(root).type, 0x58465342, 0x01021994, 0x794c7630]
const tick = () => new Promise(resolve => setImmediate(resolve))

const make: Record<string, (path: string) => void> = {
  nothing() {},
  file: path => fs.writeFileSync(path, 'x'),
  link: path => fs.symlinkSync('nowhere', path),
  folder: path => fs.mkdirSync(path),
  full(path) {
    fs.mkdirSync(path)
    fs.writeFileSync(`${path}/inside`, '')
  },
}
const rows: [source: string, target: string, ...answers: string[]][] = [
  ['file', 'nothing', 'done', 'done', 'ENOENT'],
  ['file', 'file', 'done', 'EEXIST', 'done'],
  ['file', 'link', 'done', 'EEXIST', 'done'],
  ['file', 'folder', 'EISDIR', 'EEXIST', 'done'],
  ['folder', 'file', 'ENOTDIR', 'EEXIST', 'done'],
  ['folder', 'folder', 'done', 'EEXIST', 'done'],
  ['folder', 'full', magic === XFS ? 'EEXIST' : 'ENOTEMPTY', 'EEXIST', 'done'],
  ['full', 'full', magic === XFS ? 'EEXIST' : 'ENOTEMPTY', 'EEXIST', 'done'],
  ['full', 'inside itself', 'EINVAL', 'EEXIST', 'EINVAL'],
  ['file', 'same', 'done', 'EEXIST', 'done'],
]

const inode = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false })?.ino

function answerOf(call: () => void): string {
  try {
    call()
    return 'done'
  } catch (error) {
    return (error as SystemError).code
  }
}

for (const [source, target, ...answers] of rows) {
  test(`BOOK-3 the table tells what renaming a ${source} to a ${target} does`, () => {
    const calls = [rename, renameNoReplace, exchange]
    assert.equal(calls.map((call, i) => {
      const [from, to] = [at(`${i}/source`), at(target === 'inside itself' ? `${i}/source/inside` : `${i}/target`)]
      fs.mkdirSync(at(`${i}`))
      make[source]!(from)
      if (target === 'same') fs.linkSync(from, to)
      else make[target]?.(to)
      const [a, b] = [inode(from), inode(to)]
      const answer = answerOf(() => call(from, to))
      const afterRename = [target === 'same' ? a : undefined, a]
      const after = answer === 'done' ? (call === exchange ? [b, a] : afterRename) : [a, b]
      assert.equal([inode(from), inode(to)], after, `${call.name}: ${answer}`)
      return answer
    }), answers)
  })
}

test('BOOK-3 who has a file open keeps it when its name is replaced, and is told that it is old', () => {
  fs.writeFileSync(at('live'), 'old')
  fs.writeFileSync(at('next'), 'new')
  const file = open(at('live'))
  assert.is(leadsTo(at('live'), file), true)
  exchange(at('live'), at('next'))
  assert.equal([leadsTo(at('live'), file), leadsTo(at('next'), file)], [false, true])
  rename(at('live'), at('next'))
  assert.equal([String(file.readAll()), file.stat().nlink, leadsTo(at('next'), file)], ['old', 0, false])
  file.close()
})

test('BOOK-3 while two full folders are exchanged, both names lead to a whole one, always', async () => {
  for (const name of ['live', 'next']) make['full']!(at(name))
  const swapper = `for (let n = 1; ; n++) {
    m.exchange(folder + '/live', folder + '/next')
    if (n % 1000 === 0) fs.writeFileSync(folder + '/swaps', String(n))
  }`
  const players = await together([swapper], cast())
  const swaps = () => fs.existsSync(at('swaps')) ? Number(fs.readFileSync(at('swaps'))) : 0
  const seen = new Set<number>()
  for (let looks = 0; looks < 5000 || swaps() < 2000 || seen.size < 2; looks++) {
    assert.equal(fs.readdirSync(at('live')), ['inside'])
    fs.statSync(at('next/inside'))
    seen.add(fs.statSync(at('live')).ino)
    if (looks % 500 === 0) await tick()
  }
  players[0]!.child.kill('SIGKILL')
  await players[0]!.ended
  assert.ok(fs.existsSync(at('live/inside')) && fs.existsSync(at('next/inside')))
})

test('BOOK-3 of three processes that change a state, one wins each step', async () => {
  for (let n = 0; n < 100; n++) NamedState.create(at(`job-${n}`), 'a').close()
  const worker = `const won = []
    for (let n = 0; n < 100; n++) {
      const job = m.NamedState.find(folder + '/job-' + n)
      for (const [from, to] of ['ab', 'bc', 'cd']) if (job.change(from, to)) won.push(n + from)
      job.close()
    }
    say(JSON.stringify(won))`
  const players = await together([worker, worker, worker], cast())
  const won = (await Promise.all(players.map(({ ended }) => ended))).flatMap(text => JSON.parse(text) as string[])
  assert.is(new Set(won).size, won.length, 'nobody wins twice')
  for (let n = 0; n < 100; n++) {
    const state = NamedState.find(at(`job-${n}`))!
    const steps = won.filter(each => each.slice(0, -1) === String(n)).length
    assert.is('abcd'.indexOf(state.get()!), steps)
    assert.is(steps, 3)
    state.close()
  }
})

test('BOOK-3 the state is read in one call, while another process changes it', async () => {
  const state = NamedState.create(at('job'), 'a')
  const changer = `const job = m.NamedState.find(folder + '/job')
    for (let n = 0; ; n++) job.change('abc'[n % 3], 'abc'[(n + 1) % 3])`
  const players = await together([changer], cast())
  const [seen, calls] = [new Set<string | null>(), new Set<string>()]
  const stop = tap((syscall, _args, proceed) => { calls.add(syscall); return proceed() })
  for (let looks = 0; looks < 2000 || seen.size < 3; looks++) {
    seen.add(state.get())
    if (looks % 200 === 0) await tick()
  }
  stop()
  assert.equal([[...seen].sort(), [...calls]], [['a', 'b', 'c'], ['readlink']])
  for (let i = 0; i < 50; i++) {
    const found = NamedState.find(at('job'))
    assert.ok(found !== null)
    found.close()
  }
  players[0]!.child.kill('SIGKILL')
  await players[0]!.ended
  fs.unlinkSync(at(`job.${state.get()}`))
  assert.equal([state.get(), NamedState.find(at('job')), state.change('a', 'b')], [null, null, false])
  state.close()
})

test('BOOK-3 what is not there is looked for ten times, and three hundred times where somebody was just at work', () => {
  const listings = (ageMs: number) => {
    const then = (Date.now() - ageMs) / 1000
    fs.utimesSync(folder, then, then)
    let opened = 0
    const stop = tap((syscall, _args, proceed) => { opened += Number(syscall.startsWith('open')); return proceed() })
    assert.is(NamedState.find(at('nothing')), null)
    stop()
    return opened
  }
  assert.equal([listings(60_000), listings(0)], [10, 300])
})

test('BOOK-3 a state that is no word is refused, and another file is not swallowed', () => {
  const state = NamedState.create(at('job'), 'waiting')
  assert.throws(() => NamedState.create(at('job'), 'waiting'), /^EEXIST/)
  for (const wrong of ['', 'a b', 'a/b', '..', 'x (deleted)']) {
    assert.throws(() => state.change('waiting', wrong), /^EINVAL/)
  }
  fs.writeFileSync(at('job.done'), 'by hand')
  assert.throws(() => state.change('waiting', 'done'), /^EEXIST/)
  assert.is(state.get(), 'waiting')
  fs.writeFileSync(at('jobs.other'), '')
  fs.rmSync(at('job.done'))
  assert.is(NamedState.find(at('job'))!.get(), 'waiting')
  assert.is(NamedState.find(at('jo')), null)
  state.close()
})

const storing = (rounds: number) => `for (let n = 0; n < ${rounds}; n++) {
  say(m.fetchAndStore(folder + '/slot', Buffer.from(i + '-' + n)) + ' ')
}`
const words = async (texts: Promise<string>[]) => (await Promise.all(texts)).join('').trim().split(' ')

test('BOOK-3 each thing that was stored is fetched by one, and none is lost', async () => {
  fs.writeFileSync(at('slot'), 'first')
  const players = await together([200, 200, 200].map(storing), cast())
  const fetched = [...await words(players.map(({ ended }) => ended)), fs.readFileSync(at('slot'), 'utf8')]
  const stored = [0, 1, 2].flatMap(i => Array.from({ length: 200 }, (_, n) => `${i}-${n}`))
  assert.equal(fetched.sort(), ['first', ...stored].sort())
  assert.equal(fs.readdirSync(folder), ['slot'])
})

test('BOOK-3 of processes that are killed while they store, nothing is fetched twice, and a file is always there', async () => {
  fs.writeFileSync(at('slot'), 'first')
  const players = await together([1e9, 1e9, 1e9].map(storing), cast())
  for (const { child } of players) {
    for (let looks = 0; looks < 300; looks++) fs.statSync(at('slot'))
    for (let i = 0; i < 50; i++) await tick()
    child.kill('SIGKILL')
    await Promise.race([new Promise(resolve => child.once('exit', resolve))])
  }
  const beside = fs.readdirSync(folder).filter(name => name !== 'slot')
  const fetched = [...await words(players.map(({ ended }) => ended)), fs.readFileSync(at('slot'), 'utf8')]
  assert.is(new Set(fetched).size, fetched.length)
  assert.ok(beside.length <= 3 && beside.every(name => /^slot\.[0-9a-f]{16}\.new$/.test(name)), String(beside))
})

test('BOOK-3 a death before any call of fetchAndStore leaves a whole file there, and at most one beside it', () => {
  for (let step = 0, isDead = true; isDead; step++) {
    fs.writeFileSync(at('slot'), 'before')
    let calls = 0
    isDead = false
    const stop = tap((_syscall, _args, proceed) => {
      if (calls++ >= step) isDead = true
      if (isDead) throw new Error('dead')
      return proceed()
    })
    try { fetchAndStore(at('slot'), Buffer.from('after')) } catch { /* it is dead */ } finally { stop() }
    const [now, beside] = [fs.readFileSync(at('slot'), 'utf8'), fs.readdirSync(folder).filter(name => name !== 'slot')]
    assert.ok(['before', 'after'].includes(now))
    assert.ok(beside.length <= 1)
    const kept = beside.map(name => fs.readFileSync(at(name), 'utf8'))
    if (isDead && now === 'after' && beside.length === 1) assert.equal(kept, ['before'], 'what was fetched is there')
    for (const name of beside) fs.unlinkSync(at(name))
  }
  assert.throws(() => fetchAndStore(at('none'), Buffer.from('x')), /^ENOENT.*renameat2/)
  assert.equal(fs.readdirSync(folder), ['slot'])
})

test('BOOK-3 two filesystems have no step in common', () => {
  const other = fs.mkdtempSync(`${[TMPFS, OVERLAYFS].includes(magic) ? '/var/tmp' : '/dev/shm'}/rename-test-`)
  make['file']!(at('file'))
  make['file']!(`${other}/file`)
  for (const call of [rename, exchange]) assert.throws(() => call(at('file'), `${other}/file`), /^EXDEV/)
  assert.throws(() => renameNoReplace(at('file'), `${other}/free`), /^EXDEV/)
  fs.rmSync(other, { recursive: true })
})

test('BOOK-1 the five questions, asked of an exchange and of a state in a name', async () => {
  const [slot, state] = await Promise.all(ENDS.map(probe))
  assert.equal(slot, { lasts: true, found: 'by its name', alone: 'kept', readers: 'one of two', writers: 'merged' })
  assert.equal(state, { lasts: true, found: 'by its name', alone: 'kept', readers: 'both', writers: 'merged' })
})

test.run()
