// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDONLY, O_RDWR } from '../foundations/file.ts'
import { tap } from '../foundations/kernel.ts'
import { probe } from '../foundations/taxonomy.ts'
import { together } from './regular-file.stage.ts'
import { Appender, ENDS, Follower, forget, stored, takeRecord } from './regular-file.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/regular-file-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/${count++}` })
const [XFS, BTRFS] = [0x58465342, 0x9123683e]   // statfs(2)
const isXfs = fs.statfsSync(folder).type === XFS
const isBtrfs = fs.statfsSync(folder).type === BTRFS
const tick = () => new Promise(resolve => setImmediate(resolve))
const cast = (fd?: number) => ({ modules: ['regular-file', '../foundations/file'], set: { path }, ...fd && { fd } })

test('BOOK-3 two processes append at once, and a follower gets every line once and in order', async () => {
  fs.writeFileSync(path, '')
  const writer = `const appender = new m.Appender(path)
    for (let n = 0; n < 2000; n++) appender.append(i + ' ' + n + ' ' + 'é'.repeat(n % 300))`
  const writers = await together([writer, writer], cast())
  const [follower, seen, next] = [new Follower(path), [0, 0], () => follower.next()]
  let isOver = false
  void Promise.all(writers.map(({ ended }) => ended)).then(() => { isOver = true })
  for (let last = false; !last;) {
    last = isOver
    for (let line = next(); line !== null; line = next()) {
      const [i, n, text] = line.split(' ')
      assert.is(Number(n), seen[Number(i)]!++)
      assert.is(text, 'é'.repeat(Number(n) % 300))
    }
    await tick()
  }
  assert.equal(seen, [2000, 2000])
  assert.is(follower.at, fs.statSync(path).size)
  follower.close()
})

test('BOOK-3 a line is given when its newline has come, and another follower goes on from there', () => {
  fs.writeFileSync(path, 'one\ntw')
  const follower = new Follower(path)
  assert.equal([follower.next(), follower.next(), follower.next()], ['one', null, null])
  const letter = Buffer.from('é')
  fs.appendFileSync(path, letter.subarray(0, 1))
  assert.is(follower.next(), null)
  fs.appendFileSync(path, Buffer.concat([letter.subarray(1), Buffer.from('\n\nlast\n')]))
  assert.equal([follower.next(), follower.next()], ['twé', ''])
  const other = new Follower(path, { from: follower.at })
  assert.equal([other.next(), other.next()], ['last', null])
  const long = 'x'.repeat(1_000_000)
  fs.appendFileSync(path, `${long}\n`)
  assert.is(other.next(), long)
  follower.close()
  other.close()
})

test('BOOK-3 a follower is told that the file was cut', () => {
  fs.writeFileSync(path, 'one\ntwo\n')
  const follower = new Follower(path)
  follower.next()
  follower.next()
  fs.truncateSync(path, 4)
  assert.throws(() => follower.next(), /^ESTALE.*read/)
  follower.close()
})

test('BOOK-3 a line that did not fit is told, and is not given to anybody', async () => {
  fs.writeFileSync(path, '')
  const script = `import { Appender } from '${new URL('./regular-file.ts', import.meta.url)}'
    const appender = new Appender('${path}')
    for (const line of ['a'.repeat(3000), 'b'.repeat(3000), 'c']) {
      try { appender.append(line) } catch (error) { console.log(error.code, error.hint ?? '') }
    }`
  const child = spawn('sh', ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath,
    ...process.execArgv, '--input-type=module', '--eval', script])
  let said = ''
  child.stdout.on('data', data => { said += data })
  await once(child, 'close')
  assert.match(said, /^EIO only 1095 of 3001 bytes went in.*\nEFBIG \n$/)
  const follower = new Follower(path)
  assert.equal([follower.next(), follower.next()], ['a'.repeat(3000), null])
  follower.close()
  const appender = new Appender(path)
  assert.throws(() => appender.append('two\nlines'), /EINVAL/)
  appender.close()
})

test('BOOK-3 a death before any call leaves the line whole or not there', () => {
  for (let step = 0, isDead = true; isDead; step++) {
    const own = `${path}.${step}`
    fs.writeFileSync(own, 'one\n')
    let calls = 0
    isDead = false
    const stop = tap((_syscall, _args, proceed) => {
      if (calls++ >= step) isDead = true
      if (isDead) throw new Error('dead')
      return proceed()
    })
    try {
      const appender = new Appender(own)
      appender.append('two')
      appender.close()
    } catch { /* it is dead */ } finally { stop() }
    assert.match(fs.readFileSync(own, 'utf8'), step < 2 ? /^one\n$/ : /^one\ntwo\n$/)
  }
})

test('BOOK-3 a kill in the middle of a write leaves a piece, which no follower is given', async () => {
  const [size, deadline] = [96 * 2 ** 20, performance.now() + 60_000]
  let [wasTorn, kills] = [false, 0]
  while (isBtrfs ? kills < 5 : !wasTorn && performance.now() < deadline) {
    const looks = 10 ** (2 + 3 * Math.random())   // a hundred to a hundred thousand
    fs.writeFileSync(path, 'one\n')
    const child = spawn('dd', ['if=/dev/zero', `of=${path}`, 'oflag=append', 'conv=notrunc', `bs=${size}`,
      'count=1', 'status=none'], { stdio: 'ignore' })
    const gone = once(child, 'exit')
    const io = () => Number(/rchar: (\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1] ?? 0)
    while (child.exitCode === null && io() < size) await tick()   // it has read all, and writes now
    for (let i = 0; i < looks && fs.statSync(path).size === 4; i++);
    child.kill('SIGKILL')
    await gone
    kills++
    const left = fs.statSync(path).size
    wasTorn = left > 4 && left < size + 4
    const follower = new Follower(path)
    assert.equal([follower.next(), follower.next()], ['one', null])
    follower.close()
  }
  assert.ok(wasTorn || isBtrfs)
})

test('BOOK-3 a death at the limit of a file leaves a piece, and the next line is glued to it', () => {
  fs.writeFileSync(path, 'one\n')
  const dead = spawnSync('prlimit', ['--fsize=1000', 'dd', 'if=/dev/zero', `of=${path}`, 'oflag=append',
    'conv=notrunc', 'bs=3000', 'count=1', 'status=none'])
  assert.equal([dead.signal, fs.statSync(path).size], ['SIGXFSZ', 1000])
  const [follower, appender] = [new Follower(path), new Appender(path)]
  assert.equal([follower.next(), follower.next()], ['one', null])
  appender.append('two')
  assert.is(follower.next(), `${'\0'.repeat(996)}two`)
  follower.close()
  appender.close()
})

test('BOOK-3 an overwrite is seen half done, but on xfs', async () => {
  const size = 2 ** 20
  fs.writeFileSync(path, Buffer.alloc(size, 'a'))
  const players = await together([`const file = m.open(path, m.O_RDWR)
    const texts = ['a', 'b'].map(letter => Buffer.alloc(${size}, letter))
    for (let n = 0; ; n++) file.write(texts[n % 2], 0)`], cast())
  const [file, text] = [open(path, O_RDONLY), Buffer.alloc(size)]
  let [torn, reads] = [0, 0]
  const deadline = performance.now() + 30_000
  while (reads < 200 || (torn === 0 && !isXfs && performance.now() < deadline)) {
    file.read(text, 0)
    if (reads++ % 20 === 0) await tick()
    if (text.includes('a') && text.includes('b')) torn++
  }
  players[0]!.child.kill('SIGKILL')
  await players[0]!.ended
  file.close()
  assert.is(torn > 0, !isXfs, `${torn} of ${reads} reads`)
})

test('BOOK-3 of three processes that share an open file, one takes each record', async () => {
  fs.writeFileSync(path, Array.from({ length: 3000 }, (_, i) => `${i}\n`.padStart(8)).join(''))
  const file = open(path)
  const taker = `const file = new m.OpenFile(3)
    let all = ''
    for (let record; (record = m.takeRecord(file, 8)) !== null;) all += record
    say(all)`
  const takers = await together([taker, taker, taker], cast(file.fd))
  const taken = await Promise.all(takers.map(({ ended }) => ended))
  const numbers = taken.join('').trim().split(/\s+/).map(Number)
  assert.equal(numbers.sort((a, b) => a - b), Array.from({ length: 3000 }, (_, i) => i))
  assert.is(file.seek(0, 'current'), 24_000)
  fs.appendFileSync(path, 'half')
  assert.throws(() => takeRecord(file, 8), /^EIO/)
  file.close()
})


test('BOOK-3 pieces that were written are found, and pieces that were forgotten are zeros', () => {
  const file = open(path, O_RDWR | O_CREAT)
  assert.is(stored(file, 0), null)
  const [block, text] = [65_536, Buffer.alloc(65_536, 'x')]
  for (const piece of [3, 7, 8]) file.writeAll(text, piece * block)
  const pieces = () => {
    const found = []
    for (let at = 0, piece; (piece = stored(file, at)) !== null; at = piece.end) {
      found.push([piece.start / block, piece.end / block])
    }
    return found
  }
  assert.equal(pieces(), [[3, 4], [7, 9]])
  file.sync()
  const before = file.stat()
  forget(file, { start: 0, end: 8 * block })
  assert.equal(pieces(), [[8, 9]])
  assert.is(file.stat().size, before.size)
  file.sync()
  assert.is(before.blocks - file.stat().blocks, 2 * block / 512)   // xfs keeps more behind the end
  file.read(text, 3 * block)
  assert.ok(text.every(byte => byte === 0))
  file.close()
})

test('BOOK-1 the five questions, asked of lines and of a shared offset', async () => {
  const [lines, offset] = await Promise.all(ENDS.map(probe))
  assert.equal(lines, { lasts: true, found: 'by its name', alone: 'kept', readers: 'both', writers: 'apart' })
  assert.equal(offset, { lasts: false, found: 'by its name', alone: 'lost', readers: 'one of two', writers: 'apart' })
})

test.run()
