// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { list } from '../foundations/name.ts'
import { probe } from '../foundations/taxonomy.ts'
import { ENDS, notes, post, snapshot, take } from './folder-entry.ts'
import { together } from './regular-file.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/folder-entry-test-`)
fs.chmodSync(root, 0o755)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder)
})
const cast = () => ({ modules: ['folder-entry'], set: { folder } })
const filesystem = ({ 0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs' } as Record<number, string>)[fs.statfsSync(root).type]!
const long = (i: number) => `${i}.`.padEnd(200, '-')
const fill = () => { for (let i = 0; i < 600; i++) fs.writeFileSync(`${folder}/${long(i)}`, '') }
const numbers = (names: Iterable<unknown>) => [...names].map(name => parseInt(String(name), 10))

test('BOOK-3 of three processes that post the same notes, one wins each, and so it is when they take them', async () => {
  const wins = (call: string) => `const won = []
    for (let n = 0; n < 500; n++) if (m.${call}(folder, 'note ' + n)) won.push(n)
    say(JSON.stringify(won))`
  for (const [call, left] of [['post', 500], ['take', 0]] as const) {
    const players = await together([1, 2, 3].map(() => wins(call)), cast())
    const won = (await Promise.all(players.map(({ ended }) => ended))).flatMap(text => JSON.parse(text))
    assert.equal(won.sort((a, b) => a - b), Array.from({ length: 500 }, (_, n) => n), call)
    assert.is(notes(folder).size, left)
  }
})

test('BOOK-3 what is no single name is refused, and other refusals are the kernel\'s', () => {
  for (const wrong of ['', '.', '..', 'a/b', Buffer.from('/')]) {
    assert.throws(() => post(folder, wrong), /^EINVAL/)
    assert.throws(() => take(folder, wrong), /^EINVAL/)
  }
  assert.ok(post(folder, 'x'.repeat(255)))
  assert.throws(() => post(folder, 'x'.repeat(256)), /^ENAMETOOLONG/)
  assert.throws(() => post(`${folder}/none`, 'x'), /^ENOENT/)
  assert.is(take(folder, 'none'), false)
  const odd = Uint8Array.of(0x63, 0xe9)
  assert.equal([post(folder, odd), post(folder, odd)], [true, false])
  assert.ok([...notes(folder)].some(name => Buffer.compare(Buffer.from(name as string), odd) === 0))
  assert.ok(take(folder, odd))
})

/** Lists, and acts when the first part was read, knowing what it said. */
function between(act: (first: number[]) => void): number[] {
  const found: number[] = []
  const names = list(folder)
  let reads = 0
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'getdents64' && reads++ === 1) act([...found])
    return proceed()
  })
  for (const { name } of names) found.push(parseInt(String(name), 10))
  stop()
  assert.ok(reads > 1, `${reads} reads`)
  return found
}
const repeated = (found: number[]) => found.length > new Set(found).size

test('BOOK-3 a name that stays is listed, whatever comes and goes, and notes gives it once', () => {
  fill()
  const removed = new Set<number>()
  const found = between(first => {
    const ahead = Array.from({ length: 600 }, (_, i) => i).filter(i => !first.includes(i))
    for (const i of ahead.filter((_, at) => at % 2 === 0)) {
      fs.unlinkSync(`${folder}/${long(i)}`)
      removed.add(i)
    }
    for (let i = 1000; i < 1300; i++) fs.writeFileSync(`${folder}/${long(i)}`, '')
  })
  const staying = found.filter(i => i < 600 && !removed.has(i))
  assert.equal(staying.sort((a, b) => a - b), Array.from({ length: 600 }, (_, i) => i).filter(i => !removed.has(i)))
  assert.is(found.some(i => i >= 1000), ['ext4', 'xfs'].includes(filesystem), 'who comes late')
})

test('BOOK-3 of files that are renamed meanwhile a listing gives some twice or not at all', () => {
  fill()
  const found = between(() => {
    for (let i = 0; i < 600; i++) fs.renameSync(`${folder}/${long(i)}`, `${folder}/${long(i)}renamed`)
  })
  const isMissed = new Set(found).size < 600
  assert.equal([filesystem, isMissed, repeated(found)], {
    ext4: ['ext4', true, true], xfs: ['xfs', true, true], btrfs: ['btrfs', true, false],
    tmpfs: ['tmpfs', false, true], overlayfs: ['overlayfs', false, true],
  }[filesystem])
})

test('BOOK-3 when all that is ahead goes, tmpfs begins again, and notes gives nothing twice', () => {
  fill()
  const empty = (first: number[]) => {
    for (let i = 0; i < 600; i++) if (!first.includes(i)) fs.rmSync(`${folder}/${long(i)}`, { force: true })
  }
  assert.is(repeated(between(empty)), ['tmpfs', 'overlayfs'].includes(filesystem))
  fill()
  let reads = 0
  const stop = tap((syscall, _args, proceed) => {
    const answer = proceed()
    if (syscall === 'getdents64' && reads++ === 0) empty(numbers(fs.readdirSync(folder)).slice(0, 100))
    return answer
  })
  const found = numbers(notes(folder))
  stop()
  assert.not(repeated(found))
})

const changes: Record<string, () => void> = {
  rename: () => fs.renameSync(`${folder}/${long(7)}`, `${folder}/${long(7)}renamed`),
  come: () => fs.writeFileSync(`${folder}/${long(601)}`, ''),
  go: () => fs.unlinkSync(`${folder}/${long(8)}`),
  exchange() {
    fs.renameSync(folder, `${folder}-old`)
    fs.mkdirSync(folder)
  },
}
const quiet = () => new Promise(resolve => setTimeout(resolve, 12))
const state = () => fs.readdirSync(folder).sort().join()

for (const [name, change] of Object.entries(changes)) {
  test(`BOOK-3 a snapshot is one moment, whenever meanwhile it comes to a ${name}`, async () => {
    for (let step = 0, wasChanged = true; wasChanged; step++) {
      folder = `${root}/${count++}`
      fs.mkdirSync(folder)
      fill()
      await quiet()
      const states = [state()]
      let calls = 0
      wasChanged = false
      const stop = tap((_syscall, _args, proceed) => {
        if (calls++ === step) {
          wasChanged = true
          change()
          states.push(state())
        }
        return proceed()
      })
      const found = await snapshot(folder, { timeoutMs: 5000 }).finally(stop)
      assert.ok(states.includes([...found!].map(String).sort().join()), `before call ${step}`)
      assert.ok(step < 60)
    }
  })
}

test('BOOK-3 a folder that is never still gives no snapshot, and a still one does', async () => {
  const stop = tap((_syscall, _args, proceed) => {
    fs.writeFileSync(`${folder}/busy`, '')
    fs.unlinkSync(`${folder}/busy`)
    return proceed()
  })
  const found = await snapshot(folder, { timeoutMs: 50 }).finally(stop)
  assert.is(found, null)
  let isRefused = false   // what has changed just now may change once more within the clock's step
  for (let tries = 0; tries < 500 && !isRefused; tries++) {
    fs.mkdirSync(`${folder}/new`)
    fs.rmdirSync(`${folder}/new`)
    isRefused = await snapshot(folder, { timeoutMs: 0 }) === null
  }
  assert.ok(isRefused)
  assert.equal(await snapshot(folder, { timeoutMs: 5000 }), new Set())
})

test('BOOK-3 a death before any call leaves the note there or not there, and nothing else', () => {
  for (const act of [() => post(folder, 'note'), () => take(folder, 'note')]) {
    for (let step = 0, isDead = true; isDead; step++) {
      let calls = 0
      isDead = false
      const stop = tap((_syscall, _args, proceed) => {
        if (calls++ >= step) isDead = true
        if (isDead) throw new Error('dead')
        return proceed()
      })
      try { act() } catch { /* it is dead */ } finally { stop() }
      assert.ok(fs.readdirSync(folder).every(name => name === 'note'))
    }
  }
  assert.equal(fs.readdirSync(folder), [])
})

test('BOOK-3 takers are killed, and nobody takes what they took', async () => {
  for (let n = 0; n < 400; n++) post(folder, `${n}`)
  const taker = `for (;;) for (const note of m.notes(folder)) if (m.take(folder, note)) say(note + ' ')`
  const players = await together([taker, taker, taker], cast())
  for (const [i, { child }] of players.entries()) {
    while (notes(folder).size > 300 - 100 * i) await new Promise(resolve => setImmediate(resolve))
    child.kill('SIGKILL')
  }
  const said = (await Promise.all(players.map(({ ended }) => ended))).join('').trim().split(' ').map(Number)
  const all = [...said, ...numbers(notes(folder))]
  assert.is(new Set(all).size, all.length, 'none twice')
  assert.ok(all.length >= 397, `${all.length} of 400`)
})

test('BOOK-3 in a sticky folder one takes down one\'s own notes only', async () => {
  const others = process.getuid!() === 0 ? { uid: 12_345, errors: ['EPERM', 'taken'] } : null
  fs.chmodSync(folder, 0o1777)
  post(folder, 'ours')
  const players = await together([`if (uid !== null) process.setuid(uid)
    m.post(folder, 'theirs')
    const answers = ['ours', 'theirs'].map(note => {
      try { return m.take(folder, note) ? 'taken' : 'gone' } catch (error) { return error.code }
    })
    say(JSON.stringify(answers))`], { ...cast(), set: { folder, uid: others?.uid ?? null } })
  assert.equal(JSON.parse(await players[0]!.ended), others?.errors ?? ['taken', 'taken'])
})

test('BOOK-1 the five questions, asked of a note that is taken', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: true, found: 'by its name', alone: 'kept',
    readers: 'one of two', writers: 'apart' })
})

test.run()
