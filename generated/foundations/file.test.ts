// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  leadsTo, open, type OpenFile, stat, statIfThere, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_RDWR,
  O_TMPFILE,
} from './file.ts'
import { tap, type Observer } from './kernel.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/file-test-`)
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const bytes = (text: string) => Buffer.from(text)
let [before, leaks] = [0, 0]
test.before.each(() => { before = descriptors() })
test.after.each(() => { leaks += descriptors() - before })
test.after(() => fs.rmSync(folder, { recursive: true }))

function during<T>(observer: Observer, action: () => T): T {
  const stop = tap(observer)
  try {
    return action()
  } finally {
    stop()
  }
}

const create = (name: string) => open(`${folder}/${name}`, O_RDWR | O_CREAT)

test('BOOK-1 an open file keeps its bytes when its name is gone and given to another', () => {
  const old = create('notes')
  old.writeAll(bytes('old'))
  fs.unlinkSync(`${folder}/notes`)
  const young = create('notes')
  young.writeAll(bytes('young'))
  assert.is(old.stat().nlink, 0)
  const name = `${folder}/notes`
  assert.equal([leadsTo(name, old), leadsTo(name, young), leadsTo('nowhere', young)], [false, true, false])
  assert.is.not(old.stat().ino, young.stat().ino)
  const buffer = Buffer.alloc(3)
  assert.is(old.read(buffer, 0), 3)
  assert.is(buffer.toString(), 'old')
  old.close()
  young.close()
})

test('BOOK-1 two opens of one file have an offset each, and a duplicate shares it', () => {
  fs.writeFileSync(`${folder}/offsets`, 'abcdef')
  const [first, second] = [create('offsets'), create('offsets')]
  const copy = first.duplicate()
  const read = (from: OpenFile) => {
    const one = Buffer.alloc(1)
    from.read(one)
    return one.toString()
  }
  assert.equal([read(first), read(copy), read(second), read(first)], ['a', 'b', 'a', 'c'])
  for (const each of [first, second, copy]) each.close()
})

const meanly: Observer = (() => {
  let call = 0
  return (syscall, args, proceed) => {
    if (!/^p?(read|write)$/.test(syscall)) return proceed()
    if (call++ % 2 === 0) return -4
    const [fd, buffer, count, position] = args as [number, Buffer, number, number | undefined]
    const part = buffer.subarray(0, Math.min(3, count))
    return syscall.endsWith('read')
      ? fs.readSync(fd, part, 0, part.length, position ?? null)
      : fs.writeSync(fd, part, 0, part.length, position ?? null)
  }
})()

test('all is written and all is read, however short and interrupted the calls are', () => {
  const target = create('mean')
  during(meanly, () => target.writeAll(bytes('twenty letters or so')))
  during(meanly, () => target.writeAll(bytes('seventy'), 0))
  const source = open(`${folder}/mean`)
  assert.is(during(meanly, () => source.readAll()).toString(), 'seventyletters or so')
  assert.is(source.readAll().length, 0)
  target.close()
  source.close()
})

test('a full disk is told after the part that went in; a write of nothing does not loop', () => {
  const target = create('full')
  let room = 5
  const full: Observer = (syscall, args, proceed) => {
    if (syscall !== 'write') return proceed()
    const count = Math.min(room, args[2] as number)
    room -= count
    return count === 0 ? -28 : fs.writeSync(args[0] as number, args[1] as Buffer, 0, count)
  }
  assert.throws(() => during(full, () => target.writeAll(bytes('1234567'))), /^ENOSPC/)
  assert.is(target.stat().size, 5)
  assert.throws(() => during(() => 0, () => target.writeAll(bytes('x'))), /EIO/)
  target.close()
})

test('a file that says it is empty is read to its end', () => {
  const status = open('/proc/self/status')
  assert.is(status.stat().size, 0)
  assert.match(status.readAll().toString(), /^Name:\t.*\nvoluntary_ctxt/s)
  status.close()
  const nothing = open('/dev/null')
  assert.is(nothing.readAll().length, 0)
  nothing.close()
})

test('FILES-22 closing twice is harmless, also when another file has the number by then', () => {
  const first = create('first')
  const number = first.fd
  first.close()
  const second = create('second')
  assert.is(second.fd, number)
  first.close()
  second.writeAll(bytes('safe'))
  second.close()
  assert.is(first.fd, -1)
})

test('FILES-22 every use after close is EBADF', () => {
  const closed = create('closed')
  closed.close()
  const uses: ((each: OpenFile) => unknown)[] = [
    each => each.read(Buffer.alloc(1)), each => each.read(Buffer.alloc(1), 0),
    each => each.readAll(), each => each.write(bytes('x')),
    each => each.writeAll(bytes('x')), each => each.writeAll(bytes('x'), 0),
    each => each.sync(), each => each.datasync(), each => each.truncate(0),
    each => each.chmod(0o600), each => each.stat(), each => each.duplicate(),
    each => each.seek(0), each => each.chown(-1, -1), each => each.setTimes({ atimeNs: 'now' }),
    each => each.tryLock(), each => each.unlock(), each => each.isLocked(),
    each => open('x', 0, 0, each),
  ]
  for (const use of uses) {
    assert.throws(() => use(closed), /^EBADF: bad file descriptor/, String(use))
  }
})

test('close reports an error once, ignores an interruption, and has let go either way', () => {
  for (const [answer, words] of [[-5, /EIO/], [-4, null]] as const) {
    const each = create('close')
    const closing: Observer = (_syscall, _args, proceed) => (proceed(), answer)
    const close = () => during(closing, () => each.close())
    if (words === null) close()
    else assert.throws(close, words)
    each.close()
    assert.is(each.fd, -1)
  }
})

test('no descriptor reaches a program that we start', () => {
  const opened = create('private')
  const nameless = open(folder, O_TMPFILE | O_RDWR)
  const all = [opened, opened.duplicate(), nameless, open(folder, O_DIRECTORY)]
  for (const each of all) {
    const flags = /flags:\t(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${each.fd}`, 'utf8'))![1]!
    assert.ok(parseInt(flags, 8) & O_CLOEXEC)
    each.close()
  }
})

test('open takes a folder to start from, and refuses flags that would be other flags', () => {
  fs.writeFileSync(`${folder}/inside`, 'inside')
  const at = open(folder, O_DIRECTORY)
  const inside = open('inside', 0, 0, at)
  assert.is(inside.readAll().toString(), 'inside')
  assert.throws(() => open('no', 0, 0, at), "ENOENT: no such file or directory, openat 'no'")
  assert.throws(() => open(folder, 2 ** 40), /"flags" is out of range/)
  inside.close()
  at.close()
})

test('stat says what Node says, to the nanosecond, of files, folders, links and devices', () => {
  fs.symlinkSync('nowhere', `${folder}/link`)
  const link = `${folder}/link`
  for (const path of [folder, link, '/dev/null', '/proc/self/status', process.execPath]) {
    const ours = stat(path, { follow: false })
    const theirs = fs.lstatSync(path, { bigint: true })
    assert.is(BigInt(ours.blockSize), theirs.blksize, `blockSize of ${path}`)
    for (const key of ['dev', 'ino', 'rdev', 'mode', 'nlink', 'uid', 'gid', 'size', 'blocks'] as const) {
      assert.is(BigInt(ours[key]), theirs[key], `${key} of ${path}`)
    }
    for (const key of ['mtimeNs', 'ctimeNs'] as const) {
      if (!path.startsWith('/proc')) assert.is(ours[key], theirs[key], `${key} of ${path}`)
    }
  }
  const types = [folder, link, '/dev/null'].map(path => stat(path, { follow: false }).type)
  assert.equal(types, ['directory', 'symlink', 'character device'])
  assert.throws(() => stat(link), /ENOENT.*statx '.*link'/)
  assert.equal([statIfThere(link), statIfThere('/dev/null/below')], [null, null])
  assert.equal(statIfThere(link, { follow: false }), stat(link, { follow: false }))
  assert.throws(() => statIfThere('/proc/self/exe/\0'), /null bytes/)
  assert.is(stat('/proc/self/status').birthtimeNs, null)
  assert.is(typeof stat(folder).birthtimeNs, 'bigint')
})

test('a place is set from the start, from where it is and from the end, and a duplicate has it', () => {
  const [one, place] = [Buffer.alloc(1), create('place')]
  place.writeAll(bytes('abcdef'))
  const copy = place.duplicate()
  assert.equal([place.seek(1), place.seek(2, 'current'), place.seek(-1, 'end')], [1, 3, 5])
  assert.is(copy.read(one), 1)
  assert.is(one.toString(), 'f')
  assert.throws(() => place.seek(-1), /^EINVAL: invalid argument, lseek/)
  place.close()
  copy.close()
})

test('times are kept to the nanosecond, before 1970 too, and what is left out stays', () => {
  const dated = create('dated')
  for (const ns of [1_234_567_890_123_456_789n, 0n, -1n, -1_000_000_001n]) {
    dated.setTimes({ atimeNs: 5n, mtimeNs: ns })
    assert.equal([dated.stat().atimeNs, dated.stat().mtimeNs], [5n, ns])
  }
  dated.setTimes({ atimeNs: 7n })
  assert.equal([dated.stat().atimeNs, dated.stat().mtimeNs], [7n, -1_000_000_001n])
  dated.setTimes({ mtimeNs: 'now' })
  assert.ok(Date.now() - Number(dated.stat().mtimeNs / 1_000_000n) < 10_000)
  dated.chown(-1, -1)
  dated.close()
})

test('a lock excludes other open files of the same process, and a duplicate is no other', () => {
  const [ann, bob] = [create('lock'), create('lock')]
  const copy = ann.duplicate()
  assert.equal([bob.isLocked(), ann.tryLock(), bob.isLocked()], [false, true, true])
  assert.is(ann.tryLock(), true, 'a holder may ask again')
  assert.equal([bob.tryLock(), bob.tryLock({ shared: true }), copy.tryLock()], [false, false, true])
  ann.close()
  assert.is(bob.tryLock(), false, 'the duplicate still holds it')
  copy.unlock()
  assert.is(bob.tryLock({ shared: true }), true)
  const carol = create('lock')
  assert.equal([carol.tryLock({ shared: true }), carol.tryLock()], [true, false])
  for (const each of [copy, bob, carol]) each.close()
})

test('a lock covers the bytes that it names and no others, also where the file has none', () => {
  const [ann, bob] = [create('ranges'), create('ranges')]
  assert.is(ann.tryLock({ start: 100, length: 50 }), true)
  const asks = [{ length: 100 }, { start: 99, length: 2 }, { start: 149, length: 1 },
    { start: 150 }, { start: 2 ** 52, length: 1 }, {}, { start: 120, length: 5, shared: true }]
  assert.equal(asks.map(each => bob.isLocked(each)), [false, true, true, false, false, true, true])
  ann.unlock({ start: 110, length: 10 })
  assert.equal(bob.tryLock({ start: 110, length: 10 }), true, 'a hole in the middle')
  assert.equal([bob.isLocked({ start: 109, length: 1 }), bob.isLocked({ start: 120, length: 1 })], [true, true])
  ann.unlock()
  assert.equal(bob.tryLock(), true)
  const nothings = [{ length: 0 }, { start: -1 }, { start: 0.5 }, { start: 2 ** 53 }, { length: -1 }]
  for (const range of nothings) {
    assert.throws(() => ann.tryLock(range), (error: Error) => error instanceof RangeError)
  }
  ann.close()
  bob.close()
})

test('a lock ends with its holder when the holder is killed', async () => {
  const script = `import { open, O_RDWR, O_CREAT } from '${new URL('./file.ts', import.meta.url)}'
    open(${JSON.stringify(`${folder}/mortal`)}, O_RDWR | O_CREAT).tryLock()
    console.log('locked')
    setInterval(() => {}, 1000)`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise(resolve => holder.stdout.once('data', resolve))
  const mine = create('mortal')
  assert.equal([mine.isLocked(), mine.tryLock()], [true, false])
  holder.kill('SIGKILL')
  await new Promise(resolve => holder.once('close', resolve))
  assert.is(mine.tryLock(), true)
  mine.close()
})

// Node's own loader may close one of its descriptors meanwhile, so that there are fewer.
test('no descriptor leaked from any of these tests', () => assert.ok(leaks <= 0, `${leaks} more`))

test.run()
