// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_RDWR, O_TMPFILE } from '../foundations/file.ts'
import { tap } from '../foundations/kernel.ts'
import { link, unlink } from '../foundations/name.ts'
import { probe } from '../foundations/taxonomy.ts'
import { collect, deliver, ENDS, Register, waiting } from './link.ts'
import { together } from './regular-file.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/link-test-`)
fs.chmodSync(root, 0o755)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder)
})
const at = (name: string) => `${folder}/${name}`
const [text, boxes] = [Buffer.from('a plan'), ['bob', 'carol', 'dave']]
const cast = () => ({ modules: ['link'], set: { folder } })
const filesystem = ({ 0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x01021994: 'tmpfs',
  0x794c7630: 'overlayfs' } as Record<number, string>)[fs.statfsSync(root).type]!

/** Does `act` as a process that is killed before its `step`-th call; says whether there was such a call. */
function killedBefore(step: number, act: () => unknown): boolean {
  let [calls, isDead] = [0, false]
  const stop = tap((_syscall, _args, proceed) => {
    if (calls++ >= step) isDead = true
    if (isDead) throw new Error('dead')
    return proceed()
  })
  try { act() } catch { /* it is dead */ } finally { stop() }
  return isDead
}

test('BOOK-3 what is delivered is one file, counted by its names, and each box gives it once', () => {
  deliver(at('plan'), text, boxes.map(at))
  assert.is(new Set(boxes.map(each => fs.statSync(at(each)).ino)).size, 1)
  assert.is(waiting(at('plan')), 3)
  assert.equal([collect(at('bob')), collect(at('bob'))], [text, null])
  assert.is(waiting(at('plan')), 2)
  const carol = fs.openSync(at('carol'), 'r')
  for (const name of ['plan', 'carol', 'dave']) fs.unlinkSync(at(name))
  assert.equal([fs.readdirSync(folder), fs.readFileSync(carol)], [[], text], 'the open file keeps it')
  fs.closeSync(carol)
  assert.throws(() => waiting(at('plan')), /^ENOENT/)
})

test('BOOK-3 a box that is taken stops the delivery, which says how far it came', () => {
  fs.writeFileSync(at('carol'), 'here before')
  assert.throws(() => deliver(at('plan'), text, boxes.map(at)), (error: NodeJS.ErrnoException & { hint?: string }) =>
    error.code === 'EEXIST' && /carol'$/.test(error.message) && error.hint === '1 of 3 boxes have it')
  assert.equal([waiting(at('plan')), fs.readFileSync(at('carol'), 'utf8')], [1, 'here before'])
  assert.throws(() => deliver(at('plan'), text, []), /^EEXIST/)
})

test('BOOK-3 three processes collect from all boxes, and each box is collected once', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `plan${i}`)
  for (const name of names) deliver(at(name), Buffer.from(name), boxes.map(box => at(`${box}-${name}`)))
  const collector = `for (let n = 0; n < 100; n++) for (const box of ${JSON.stringify(boxes)}) {
    const name = 'plan' + n
    const bytes = m.collect(folder + '/' + box + '-' + name)
    if (bytes === null) continue
    if (String(bytes) !== name) say('wrong bytes ')
    say(box + '-' + name + ' ')
  }`
  const players = await together([collector, collector, collector], cast())
  const said = (await Promise.all(players.map(({ ended }) => ended))).join('').trim().split(' ')
  assert.equal(said.sort(), names.flatMap(name => boxes.map(box => `${box}-${name}`)).sort())
  assert.ok(names.every(name => waiting(at(name)) === 0))
})

test('BOOK-3 a file that lost its last name is not named again, so the sender keeps one', () => {
  const file = open(folder, O_TMPFILE | O_RDWR)
  link(file, at('bob'))
  unlink(at('bob'))
  assert.throws(() => link(file, at('carol')), /^ENOENT/)
  file.close()
  const stop = tap((syscall, args, proceed) => {
    const answer = proceed()
    if (syscall === 'link' && String(args[1]).endsWith('bob')) collect(at('bob'))
    return answer
  })
  deliver(at('plan'), text, boxes.map(at))
  stop()
  assert.is(waiting(at('plan')), 2)
})

test('BOOK-3 a death before any call leaves whole messages only, and a box that was read from is full or empty', () => {
  for (let step = 0, isDead = true; isDead; step++) {
    isDead = killedBefore(step, () => deliver(at(`plan${step}`), text, boxes.map(box => at(`${box}${step}`))))
    const there = boxes.filter(box => fs.existsSync(at(`${box}${step}`)))
    assert.ok(there.every(box => fs.readFileSync(at(`${box}${step}`)).equals(text)))
    if (there.length > 0) assert.is(waiting(at(`plan${step}`)), there.length)
  }
  for (let step = 0, isDead = true; isDead; step++) {
    fs.writeFileSync(at('box'), text)
    isDead = killedBefore(step, () => collect(at('box')))
    const left = fs.existsSync(at('box'))
    assert.is(left, isDead && step < 5, 'it is there until the unlink')
  }
})

test('BOOK-3 the names of one file have an end, and it is the filesystem\'s', () => {
  assert.throws(() => deliver(at('plan'), text, [`/proc/self/plan`]), /^(EXDEV|EPERM|ENOENT)/)
  const other = fs.mkdtempSync(`${['tmpfs', 'overlayfs'].includes(filesystem) ? '/var/tmp' : '/dev/shm'}/link-test-`)
  assert.throws(() => deliver(at('other'), text, [`${other}/plan`]), /^EXDEV.*link/)
  fs.rmSync(other, { recursive: true })
  fs.mkdirSync(at('sub'))
  assert.throws(() => link(at('sub'), at('sub2')), /^EPERM/)
})

test('BOOK-3 a register is never read in halves, and never empty, while others set it', async () => {
  const register = new Register(at('register'))
  register.create('a'.repeat(1000))
  const setter = `const register = new m.Register(folder + '/register')
    for (let n = 0; ; n++) register.set('abcdefgh'[n % 8].repeat(500 + n % 500))`
  const players = await together([setter, setter], cast())
  const seen = new Set<string>()
  for (let reads = 0; reads < 5000 || seen.size < 100; reads++) {
    const text = String(register.get())
    assert.ok(/^(.)\1{499,999}$/.test(text), text)
    seen.add(text)
    if (reads % 500 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  for (const { child } of players) child.kill('SIGKILL')
  await Promise.all(players.map(({ ended }) => ended))
  const beside = fs.readdirSync(folder).filter(name => name !== 'register')
  assert.ok(beside.length <= 2 && beside.every(name => /^register\.\d+\.new$/.test(name)), String(beside))
})


test('BOOK-3 of three processes that create a register, one wins each', async () => {
  const creator = `const won = []
    for (let n = 0; n < 300; n++) if (new m.Register(folder + '/r' + n).create('process ' + i)) won.push(n)
    say(JSON.stringify(won))`
  const players = await together([creator, creator, creator], cast())
  const won = (await Promise.all(players.map(({ ended }) => ended))).map(said => JSON.parse(said) as number[])
  assert.is(won.flat().length, 300)
  for (const [i, numbers] of won.entries()) {
    for (const n of numbers) assert.is(new Register(at(`r${n}`)).get(), `process ${i}`)
  }
})

test('BOOK-3 a death before any call of set leaves one text or the other, and the next set goes through', () => {
  const register = new Register(at('register'))
  for (let step = 0, isDead = true; isDead; step++) {
    fs.symlinkSync('before', at('register'))
    isDead = killedBefore(step, () => register.set('after'))
    assert.is(register.get(), isDead && step < 2 ? 'before' : 'after')
    register.set('later')
    assert.equal([register.get(), fs.readdirSync(folder)], ['later', ['register']])
    fs.unlinkSync(at('register'))
  }
})

test('BOOK-3 what does not go into a register is refused, and leaves it as it was', () => {
  const register = new Register(at('register'))
  assert.is(register.get(), null)
  const most = filesystem === 'xfs' ? 1023 : 4095
  register.set('x'.repeat(most))
  assert.is(register.get()!.length, most)
  assert.throws(() => register.set('x'.repeat(most + 1)), /^ENAMETOOLONG/)
  assert.throws(() => register.set(''), /^EINVAL/)
  assert.is(register.get()!.length, most)
  register.set(Uint8Array.of(0xff, 0x2f))
  assert.equal(register.get(), Uint8Array.of(0xff, 0x2f))
  fs.writeFileSync(at('file'), 'no link')
  assert.throws(() => new Register(at('file')).get(), /^EINVAL/)
})

test('BOOK-1 the five questions, asked of a hard link in a box and of a symbolic link', async () => {
  const [box, register] = await Promise.all(ENDS.map(probe))
  assert.equal(box, { lasts: true, found: 'by its name', alone: 'kept', readers: 'one of two', writers: 'apart' })
  assert.equal(register, { lasts: true, found: 'by its name', alone: 'kept', readers: 'both', writers: 'merged' })
})

test.run()
