// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type Observer, type Path } from '../foundations/kernel.ts'
import { pipe } from '../foundations/wait.ts'
import {
  completeOptions, FileHandle, open, readFile, readString, withFile, writeFile, type OpenMode,
  O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY,
} from './file-handle.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/file-handle-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let number = 0
/** A new path, with a file of this text if there is one. */
function fresh(text?: string | Uint8Array): string {
  const path = `${folder}/${number++}`
  if (text !== undefined) fs.writeFileSync(path, text)
  return path
}
const textOf = (path: Path) => fs.readFileSync(Buffer.from(path as string), 'utf8')

function during<T>(observer: Observer, action: () => T): T {
  const stop = tap(observer)
  try {
    return action()
  } finally {
    stop()
  }
}

function caught(action: () => unknown): Record<string, unknown> & Error {
  try {
    action()
  } catch (error) {
    return error as Record<string, unknown> & Error
  }
  throw new Error('nothing was thrown')
}

test('FILES-1 open has the six modes: who reads, who writes, who creates, who truncates', () => {
  const table: [OpenMode, string][] = [
    ['r', 'read'], ['r+', 'read write'], ['w', 'write create truncate'],
    ['w+', 'read write create truncate'], ['a', 'write create append'],
    ['a+', 'read write create append'],
  ]
  for (const [mode, can] of table) {
    const existing = fresh('old')
    withFile(existing, mode, file => {
      const { read, write, create, truncate, append } = file.options
      const options = Object.entries({ read, write, create, truncate, append })
      assert.is(options.filter(([, on]) => on).map(([name]) => name).join(' '), can, mode)
      if (read) assert.is(file.readString(), truncate ? '' : 'old', mode)
      else assert.throws(() => file.read(), /^EBADF/, mode)
      if (write) file.write('new')
      else assert.throws(() => file.write('new'), /^EBADF/, mode)
    })
    const after = { read: 'old', append: 'oldnew', truncate: 'new' }
    const kind = can.includes('append') ? 'append' : can.includes('truncate') ? 'truncate' : 'read'
    assert.is(textOf(existing), mode === 'r+' ? 'oldnew' : after[kind], mode)
    const missing = fresh()
    if (can.includes('create')) withFile(missing, mode, file => assert.is(file.size, 0))
    else assert.throws(() => open(missing, mode), `ENOENT: no such file or directory, open '${missing}'`)
  }
})

test('FILES-1 openFlags: what is left out follows from what is said', () => {
  const flags = (options: object) => {
    const { read, write, create, truncate, append } = completeOptions(options)
    return { read, write, create, truncate, append }
  }
  const no = { read: false, write: false, create: false, truncate: false, append: false }
  const made = { ...no, write: true, create: true }
  assert.equal(flags({}), { ...no, read: true })
  assert.equal(flags({ read: false, write: true, append: false }), { ...made, truncate: true })
  assert.equal(flags({ write: true }), { ...made, truncate: true })
  assert.equal(flags({ write: true, create: false }), { ...no, write: true, truncate: true })
  assert.equal(flags({ read: true, write: true }), { ...no, read: true, write: true })
  assert.equal(flags({ append: true }), { ...made, append: true })
  assert.equal(flags({ append: true, read: true }), { ...made, append: true, read: true })
  assert.equal(flags({ truncate: true, read: true }), { ...made, truncate: true, read: true })
  for (const bad of [{ read: false }, { write: false, read: false }, { write: false, append: true },
    { read: true, write: false, truncate: true }]) {
    assert.is(caught(() => flags(bad))['code'], 'ERR_INVALID_ARG_VALUE', JSON.stringify(bad))
  }
})

test('FILES-1 x refuses a name that is taken', () => {
  for (const mode of ['wx', 'wx+', 'ax', 'ax+'] as const) {
    const path = fresh()
    withFile(path, mode, file => file.write('mine'))
    assert.throws(() => open(path, mode), /^EEXIST/)
    assert.is(textOf(path), 'mine')
  }
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-1 x refuses a dangling link, too; more options go with a mode', () => {
  const link = fresh()
  fs.symlinkSync('nowhere', link)
  assert.throws(() => open(link, 'wx'), /^EEXIST/)
  assert.throws(() => open(link, 'r', { follow: false }), /^ELOOP/)
  const umask = process.umask(0o027)
  open(`${link}-private`, 'w', { mode: 0o666 }).close()
  process.umask(umask)
  assert.is(fs.statSync(`${link}-private`).mode & 0o777, 0o640)
  assert.throws(() => open(folder, { directory: true, write: true }), /^E(ISDIR|INVAL)/)
})

test('FILES-11 flags of open(2) open as they say', () => {
  const path = fresh('old')
  withFile(path, O_WRONLY | O_APPEND, file => file.write('+'))
  withFile(path, O_RDWR, file => assert.is(file.readString(), 'old+'))
  withFile(path, O_RDWR | O_CREAT | O_TRUNC, file => assert.is(file.size, 0))
  assert.throws(() => open(path, O_WRONLY | O_CREAT | O_EXCL), /^EEXIST/)
})

test('FILES-1 seek, seekStart, seekEnd, skip and position keep the place, and eof knows the end', () => {
  const file = open(fresh('hello world'), 'r+')
  assert.equal([file.position(), file.eof()], [0, false])
  assert.is(file.seek(6).readString(), 'world')
  assert.equal([file.position(), file.eof()], [11, true])
  assert.is(file.seekStart().skip(3).read(2).toString(), 'lo')
  assert.is(file.skip(-4).position(), 1)
  assert.equal([file.seekEnd().position(), file.eof()], [11, true])
  assert.is(file.seek(20).position(), 20)
  assert.equal([file.eof(), file.read().length], [true, 0])
  file.write('!')
  assert.is(file.seekStart().readString(), `hello world${'\0'.repeat(9)}!`)
  assert.throws(() => file.skip(-100), /^EINVAL: invalid argument, lseek/)
  assert.is(file.position(), 21)
  file.close()
})

test('FILES-1 position counts what was written, in pieces larger than any buffer', () => {
  const file = open(fresh(), 'w')
  const zeros = Buffer.alloc(131_073)
  assert.equal([file.write(zeros), file.position()], [131_073, 131_073])
  assert.equal([file.write('ü€'), file.position()], [5, 131_078])
  file.close()
})

test('FILES-1 truncate cuts, grows with zeros and leaves the place alone', () => {
  const file = open(fresh('0123456789'), 'r+')
  file.seek(8)
  assert.is(file.truncate(4).position(), 8)
  assert.is(file.size, 4)
  file.write('x')
  assert.is(file.seekStart().readString(), '0123\0\0\0\0x')
  assert.is(file.truncate(12).size, 12)
  assert.equal([...file.read(12, 8)], [120, 0, 0, 0])
  file.close()
  const reader = open(fresh('abc'))
  const error = caught(() => reader.truncate(1))
  assert.match(`${error['code']} ${error['hint']}`, /^E(INVAL|BADF) the file is open for reading only/)
  reader.close()
})

test('FILES-1 readSomeMoreAfterTheEnd: a file that grows goes on where it ended', () => {
  const path = fresh()
  const [writer, reader] = [open(path, 'a'), open(path)]
  for (const letter of ['A', 'B']) {
    assert.is(reader.eof(), true)
    writer.write(letter)
    assert.is(reader.eof(), false)
    assert.is(reader.readString(), letter)
    assert.is(reader.read().length, 0)
  }
  writer.close()
  reader.close()
})

test('FILES-1 read takes a size that no memory holds, and gives what there is', () => {
  for (const size of [0, 100, 65_535, 65_536, 65_537, 300_000]) {
    const bytes = Buffer.alloc(size, 'abcdefghijk')
    const file = open(fresh(bytes))
    for (const wanted of [Number.MAX_SAFE_INTEGER, Infinity, size, size + 1]) {
      assert.ok(file.seekStart().read(wanted).equals(bytes), `${wanted} of ${size}`)
      assert.is(file.position(), size)
    }
    assert.ok(file.readAll().equals(Buffer.alloc(0)))
    assert.ok(file.read(70_000, 10).equals(bytes.subarray(10, 70_010)))
    file.close()
  }
})

test('FILES-1 a file that says it is empty is read to its end, and eof believes the bytes', () => {
  if (process.platform !== 'linux') return
  withFile('/proc/self/status', 'r', file => {
    assert.equal([file.size, file.eof()], [0, false])
    assert.match(file.readString(), /^Name:\t.*\nvoluntary_ctxt/s)
    assert.is(file.eof(), true)
  })
  assert.is(readFile('/dev/null').length, 0)
})

test('FILES-1 numbers are read and written by any view, from its own beginning', () => {
  const numbers = Float64Array.of(0, 1.5, -2, Math.PI)
  const file = open(fresh(), 'w+')
  assert.is(file.write(numbers.subarray(1)), 24)
  const back = new Float64Array(5)
  assert.is(file.readInto(back.subarray(1, 4), 0), 24)
  assert.equal([...back], [0, 1.5, -2, Math.PI, 0])
  const view = new DataView(new ArrayBuffer(16), 4, 8)
  assert.is(file.readInto(view, 0), 8)
  assert.is(view.getFloat64(0, true), 1.5)
  file.close()
})

test('readFile, readString and writeFile open, do it, and close', () => {
  const path = fresh()
  assert.is(writeFile(path, 'größer'), 8)
  assert.is(writeFile(path, '!', 'a'), 1)
  assert.equal([readString(path), readFile(path).length, readString(path, 'latin1').length],
    ['größer!', 9, 9])
  assert.throws(() => writeFile(path, 'x', 'wx'), /^EEXIST/)
  assert.throws(() => withFile(path, 'r', () => { throw new Error('mine') }), 'mine')
})

function meanly(): Observer {
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
}

// On Windows: the test stands in Linux' door, and Windows has another.
test('all is read and all is written, however short and interrupted the calls are', () => {
  const file = open(fresh(), 'w+')
  during(meanly(), () => {
    assert.is(file.write('twenty letters or so'), 20)
    assert.is(file.write('seventy', 0), 7)
    assert.is(file.seekStart().readString(), 'seventyletters or so')
    assert.is(file.read(8, 3).toString(), 'entylett')
    assert.is(file.seek(1).read(5).toString(), 'event')
    assert.equal([file.readSome(Buffer.alloc(8)), file.position()], [3, 9])
  })
  file.close()
})

// On Windows: the test stands in Linux' door, and Windows has another.
test('FILES-22 a write that stops in the middle says how much is in the file', () => {
  const path = fresh()
  const file = open(path, 'w')
  let room = 5
  const full: Observer = (syscall, args, proceed) => {
    if (syscall !== 'write') return proceed()
    const count = Math.min(room, args[2] as number)
    room -= count
    return count === 0 ? -28 : fs.writeSync(args[0] as number, args[1] as Buffer, 0, count)
  }
  const error = caught(() => during(full, () => file.write('1234567')))
  assert.is(error.message, `ENOSPC: no space left on device, write '${path}'`)
  assert.is(error['hint'], '5 of 7 bytes were written')
  assert.is(textOf(path), '12345')
  assert.throws(() => during(() => 0, () => file.write('x')), /^EIO/)
  file.close()
})

test('FILES-2 a position neither uses nor moves the place', () => {
  const file = open(fresh('0123456789'), 'r+')
  const buffer = Buffer.alloc(4)
  file.seek(2)
  assert.is(file.readInto(buffer, 6), 4)
  assert.is(buffer.toString(), '6789')
  assert.is(file.read(2, 0).toString(), '01')
  assert.is(file.write('xy', 8), 2)
  assert.is(file.position(), 2)
  assert.is(file.readString(), '234567xy')
  assert.is(file.readInto(buffer, 1000), 0)
  file.close()
})

// On Windows: a HANDLE is no descriptor for Node's own fs.
test('FILES-2 positions do not disturb another thread that reads on through the same open file', async () => {
  const words = Uint32Array.from({ length: 1 << 20 }, (_, i) => i)
  const file = open(fresh(new Uint8Array(words.buffer)), 'r+')
  const reading = `const { workerData: fd, parentPort } = require('node:worker_threads')
    const { readSync } = require('node:fs')
    const words = new Uint32Array(64)
    parentPort.postMessage('ready')
    let next = 0
    while (readSync(fd, words, 0, 256, null) === 256) {
      for (const word of words) if (word !== next++) throw new Error(word + ' is not ' + (next - 1))
    }
    parentPort.postMessage(next)`
  const worker = new Worker(reading, { eval: true, workerData: file.fd })
  const answers: unknown[] = []
  worker.on('message', answer => answers.push(answer))
  const end = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  const word = new Uint32Array(1)
  for (let i = 0; answers.length < 2 && worker.threadId !== -1; i++) {
    const index = (i * 7919) % words.length
    assert.is(file.readInto(word, 4 * index), 4)
    assert.is(word[0], index)
    file.write(word, 4 * index)
    if (i % 100 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await end
  assert.equal([answers, file.position()], [['ready', 1 << 20], 4 << 20])
  file.close()
})

test('FILES-2 a position is refused by a file that is open for appending', () => {
  const path = fresh('head tail')
  const file = open(path, 'a+')
  const error = caught(() => file.write('HEAD', 0))
  assert.is(error.message, `EINVAL: invalid argument, pwrite '${path}'`)
  assert.match(String(error['hint']), /appending.*'r\+'/)
  assert.is(textOf(path), 'head tail')
  assert.is(file.read(4, 0).toString(), 'head')
  file.write('!')
  assert.is(textOf(path), 'head tail!')
  file.close()
})

test('FILES-1 two that append at once lose nothing', () => {
  const path = fresh()
  const files = [open(path, 'a'), open(path, 'a')]
  for (let i = 0; i < 100; i++) files[i % 2]!.write(`${i}\n`)
  assert.is(textOf(path).split('\n').length, 101)
  for (const file of files) file.close()
})

// On Windows: the test stands in Linux' door, and Windows has another.
test('FILES-3 sync asks the kernel for all of it, dataSync for what reading needs', () => {
  const seen: string[] = []
  const file = open(fresh('x'), 'r+')
  during((syscall, _args, proceed) => { seen.push(syscall); return proceed() }, () => {
    file.sync()
    file.dataSync()
    file.flush()
  })
  assert.equal(seen, ['fsync', 'fdatasync'])
  const failing = () => during(() => -5, () => file.sync())
  assert.is(caught(failing).message, `EIO: i/o error, fsync '${file.path}'`)
  file.close()
})

test('FILES-22 closing twice is harmless, also when another file has the number by then', () => {
  const first = open(fresh('1'))
  const number = first.fd
  assert.is(first.isOpen, true)
  first.close()
  const second = open(fresh('2'))
  assert.is(second.fd, number)
  first.close()
  first[Symbol.dispose]()
  assert.is(second.readString(), '2')
  assert.equal([first.isOpen, first.fd, second.isOpen], [false, -1, true])
  second.close()
})

test('FILES-22 every use after close is EBADF, names the file and says that it was closed', () => {
  const path = fresh('closed')
  const modes: OpenMode[] = ['r', 'r+', 'a']
  const uses: ((file: FileHandle) => unknown)[] = [
    file => file.read(), file => file.read(3), file => file.readAll(), file => file.readString(),
    file => file.read(3, 0), file => file.readInto(Buffer.alloc(3)),
    file => file.readInto(Buffer.alloc(3), 0), file => file.readSome(Buffer.alloc(3)),
    file => file.write('x'), file => file.write('x', 0), file => file.write(''),
    file => file.seek(0), file => file.seekStart(), file => file.seekEnd(), file => file.skip(1),
    file => file.position(), file => file.eof(), file => file.truncate(0), file => file.sync(),
    file => file.dataSync(), file => file.flush(), file => file.stat(), file => file.size,
    file => file.chmod(0o600), file => file.chown(-1, -1), file => file.duplicate(),
    file => file.setTimes({ mtimeNs: 'now' }),
  ]
  const known = Object.getOwnPropertyNames(FileHandle.prototype).filter(name =>
    !['constructor', 'isOpen', 'fd', 'platformFile', 'close'].includes(name))
  for (const name of known) assert.ok(uses.some(use => String(use).includes(`.${name}`)), name)
  for (const mode of modes) {
    const file = open(path, mode)
    file.close()
    for (const use of uses) {
      const error = caught(() => use(file))
      assert.is(error['code'], 'EBADF', String(use))
      const errno = process.platform === 'win32' ? -4083 : -9
      assert.equal([error['errno'], error['path'], error['hint']], [errno, path, 'this handle was closed'])
      assert.is(error.message.replace(/, \w+/, ''), `EBADF: bad file descriptor '${path}'`)
    }
  }
})

test('FILES-22 an error of an open file has path, syscall, cause and what to do', () => {
  const path = fresh('text')
  const [reader, writer] = [open(path), open(path, 'r+', { read: false })]
  const cases: [() => unknown, RegExp][] = [
    [() => reader.write('x'), /^EBADF: .*, write '.*' the file is open for reading only$/],
    [() => writer.read(1), /^EBADF: .*, read '.*' the file is open for writing only$/],
    [() => withFile(folder, 'r', file => file.read()), /^EISDIR: .*, read '.*' it is a folder/],
  ]
  for (const [action, words] of cases) {
    const error = caught(action)
    assert.match(`${error.message} ${error['hint']}`, words)
    assert.match((error['cause'] as Error).message, /^E[A-Z]+: [a-z ]+, \w+$/)
  }
  for (const file of [reader, writer]) file.close()
})

// On Windows: the test's pipe is Linux' own.
test('FILES-22 a pipe has no place, and gives what is there', () => {
  const ends = pipe()
  const reader = new FileHandle(ends.reader, 'pipe', { read: true })
  const writer = new FileHandle(ends.writer, 'pipe', { write: true })
  for (const action of [() => reader.seek(0), () => reader.position(), () => reader.eof()]) {
    assert.is(caught(action)['hint'], 'a pipe, a socket or a terminal has no place')
  }
  writer.write('hello')
  assert.is(reader.readSome(Buffer.alloc(100)), 5)
  writer.write('to the end')
  writer.close()
  assert.is(reader.readString(), 'to the end')
  reader.close()
})

test('FILES-22 wrong arguments are refused before the kernel is asked anything', () => {
  const file = open(fresh('text'), 'r+')
  const [any, text] = [file as unknown as Record<string, (...args: unknown[]) => unknown>, 'text']
  const wrong: [string, string, unknown[]][] = [
    ['ERR_INVALID_ARG_TYPE', 'readInto', [text]], ['ERR_INVALID_ARG_TYPE', 'readInto', [null]],
    ['ERR_INVALID_ARG_TYPE', 'readSome', [7]], ['ERR_INVALID_ARG_TYPE', 'write', [42]],
    ['ERR_INVALID_ARG_TYPE', 'write', [undefined]], ['ERR_INVALID_ARG_TYPE', 'write', [[1, 2]]],
    ['ERR_OUT_OF_RANGE', 'write', [text, -1]], ['ERR_OUT_OF_RANGE', 'write', [text, 0.5]],
    ['ERR_OUT_OF_RANGE', 'readInto', [Buffer.alloc(1), NaN]],
    ['ERR_OUT_OF_RANGE', 'readInto', [Buffer.alloc(1), '0']],
    ['ERR_OUT_OF_RANGE', 'read', [-1]], ['ERR_OUT_OF_RANGE', 'read', [1.5]],
    ['ERR_OUT_OF_RANGE', 'read', [1, -1]], ['ERR_OUT_OF_RANGE', 'seek', [-1]],
    ['ERR_OUT_OF_RANGE', 'seek', [2 ** 53]], ['ERR_OUT_OF_RANGE', 'skip', ['1']],
    ['ERR_OUT_OF_RANGE', 'truncate', [-1]], ['ERR_OUT_OF_RANGE', 'truncate', []],
  ]
  const calls: string[] = []
  during((syscall, _args, proceed) => { calls.push(syscall); return proceed() }, () => {
    for (const [code, method, args] of wrong) {
      assert.is(caught(() => any[method]!(...args))['code'], code, `${method}(${args.join()})`)
    }
    for (const bad of ['rw', 'x', '', null, true]) {
      const error = caught(() => open(String(file.path), bad as never))
      assert.is(error['code'], 'ERR_INVALID_ARG_VALUE', String(bad))
    }
    for (const bad of [undefined, null, 7, {}]) {
      assert.is(caught(() => open(bad as never))['code'], 'ERR_INVALID_ARG_TYPE', String(bad))
    }
    assert.is(caught(() => open('ba\0d'))['code'], 'ERR_INVALID_ARG_VALUE')
  })
  assert.equal(calls, [])
  file.close()
})

// On Windows: names are 16-bit units and not bytes.
test('FILES-23 a name is any bytes, and an error shows those that are no text', () => {
  const names = [Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('naïve 字 🎈'), Buffer.from([0xed, 0xa0, 0x80])]
  for (const name of names) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), name])
    writeFile(path, 'found')
    assert.is(fs.readFileSync(path, 'utf8'), 'found')
    assert.is(readString(path), 'found')
    assert.throws(() => open(path, 'wx'), /^EEXIST/)
  }
  const missing = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])])
  assert.is(caught(() => open(missing)).message,
    `ENOENT: no such file or directory, open '${folder}/f\\xff'`)
  const file = open(Buffer.concat([Buffer.from(`${folder}/`), names[0]!]))
  file.close()
  assert.is(caught(() => file.read())['path'], `${folder}/\\xff\\xfe\n`)
})

// On Windows: there is no /proc, where the test counts descriptors.
test('no descriptor leaked from any of these tests', () => {
  const open = fs.readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
  assert.equal(open.filter(path => path.startsWith(folder)), [])
})

test.run()
