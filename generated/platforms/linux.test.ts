// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
// Runs on Linux only: its calls are Linux' own.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Path } from '../foundations/kernel.ts'
import { linux } from './linux.ts'
import type { OpenOptions } from './platform.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/linux-test-`)
/** The open files in the folder. One whose path cannot even be told is deep in it. */
const descriptors = () => fs.readdirSync('/proc/self/fd').filter(fd => {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
  } catch (error) {
    return (error as { code: string }).code === 'ENAMETOOLONG'
  }
}).length
test.after(() => { execFileSync('rm', ['-rf', folder]) })
const bytes = (text: string) => Buffer.from(text)
const create = (name: string, text = '', options: OpenOptions = {}) => {
  const file = linux.open(`${folder}/${name}`, { read: true, write: true, create: true, ...options })
  if (text !== '') file.writeAll(bytes(text))
  file.seek(0)
  return file
}

const deep = [folder, ...Array.from({ length: 30 }, () => 'x'.repeat(200))].join('/')

test('FILES-23 a path may be longer than the kernel takes', () => {
  for (let end = folder.length; end <= deep.length; end += 201) {
    if (end > folder.length) linux.mkdir(deep.slice(0, end))
  }
  assert.throws(() => fs.statSync(deep), /ENAMETOOLONG/)
  const [note, other] = [`${deep}/note`, Buffer.from(`${deep}//other`)]
  const file = linux.open(note, { write: true, exclusive: true })
  file.writeAll(bytes('deep'))
  linux.chmod(note, 0o640)
  linux.chown(note, -1, -1)
  linux.setTimes(note, { mtimeNs: 1n })
  const { size, mode, mtimeNs } = linux.stat(note)
  assert.equal([size, mode & 0o777, mtimeNs], [4, 0o640, 1n])
  linux.link(note, other)
  linux.rename(other, `${folder}/out`)
  linux.rename(`${folder}/out`, other, { replace: false })
  linux.symlink('note', `${deep}/link`)
  assert.is(linux.readlink(`${deep}/link`), 'note')
  assert.equal([...linux.list(deep)].map(({ name }) => name).sort(), ['link', 'note', 'other'])
  const opened = linux.folder(deep)
  assert.is(opened.stat('other').ino, file.stat().ino)
  opened.close()
  assert.equal([linux.isMount(deep), linux.diskstat(deep).type], [false, linux.diskstat(folder).type])
  linux.unlink(other)
  assert.is(linux.statIfThere(other), null)
  file.close()
})

test('FILES-22 an error has the path that the caller gave, however it was cut', () => {
  const [missing, below] = [`${deep}/missing`, `${deep}/note/${'y'.repeat(200)}`]
  const uses: [(path: Path) => unknown, string][] = [
    [path => linux.open(path), 'open'], [path => linux.stat(path), 'statx'],
    [path => [...linux.list(path)], 'open'], [path => linux.unlink(path), 'unlink'],
    [path => linux.realpath(path), 'realpath'], [path => linux.chmod(path, 0), 'fchmodat'],
    [path => linux.chdir(path), 'chdir'], [path => linux.rmdir(path), 'rmdir'],
  ]
  for (const [use, syscall] of uses) {
    assert.throws(() => use(missing), `ENOENT: no such file or directory, ${syscall} '${missing}'`)
    assert.throws(() => use(below), `ENOTDIR: not a directory, ${syscall} '${below}'`)
  }
  const two = `ENOENT: no such file or directory, rename '${missing}' -> '${deep}/new'`
  assert.throws(() => linux.rename(missing, `${deep}/new`), two)
  assert.throws(() => linux.link('/no', missing), `ENOENT: no such file or directory, link '/no' -> '${missing}'`)
  const early = `${folder}/no${deep}`
  assert.throws(() => linux.open(early), `ENOENT: no such file or directory, openat '${early}'`)
  assert.throws(() => linux.open('z'.repeat(5000)), /^ENAMETOOLONG: name too long, open 'z{5000}'$/)
  assert.is(descriptors(), 0)
})

test('FILES-1 options of open become flags, each its own', () => {
  const flags = (options: OpenOptions) => {
    const file = linux.open(`${folder}/flags`, options)
    const text = /flags:\t(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${file.fd}`, 'utf8'))![1]!
    file.close()
    return parseInt(text, 8) & 0o7403
  }
  const { O_APPEND, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants
  assert.is(flags({ write: true, exclusive: true, mode: 0o600 }), O_WRONLY)
  assert.is(fs.statSync(`${folder}/flags`).mode & 0o777, 0o600)
  assert.is(flags({}), O_RDONLY)
  assert.is(flags({ read: true, write: true }), O_RDWR)
  assert.is(flags({ append: true }), O_WRONLY | O_APPEND)
  assert.is(flags({ read: true, append: true }), O_RDWR | O_APPEND)
  assert.is(flags({ nonblocking: true }), O_NONBLOCK)
  fs.writeFileSync(`${folder}/flags`, 'x')
  flags({ write: true, truncate: true })
  assert.is(fs.statSync(`${folder}/flags`).size, 0)
  assert.throws(() => flags({ exclusive: true }), /^EEXIST/)
  assert.throws(() => flags({ directory: true }), /^ENOTDIR/)
  fs.symlinkSync('flags', `${folder}/to-flags`)
  assert.throws(() => linux.open(`${folder}/to-flags`, { follow: false }), /^ELOOP/)
})

function copyAll(from: ReturnType<typeof create>, to: ReturnType<typeof create>): string {
  while (linux.copyRange(from, to, 5) > 0);
  from.close()
  to.close()
  return fs.readFileSync(`${folder}/copy`, 'utf8')
}

test('FILES-7 copyRange copies from place to place, and 0 is the end and nothing else', () => {
  assert.is(copyAll(create('from', 'thirteen bytes'), create('copy')), 'thirteen bytes')
  const [from, to] = [create('from'), create('copy', 'old text that is longer')]
  from.seek(9)
  to.seek(4)
  assert.is(copyAll(from, to), 'old bytesthat is longer')
  assert.is(copyAll(create('from'), create('copy', '', { append: true })),
    'old bytesthat is longerthirteen bytes')
  const status = linux.open('/proc/self/status')
  assert.match(copyAll(status, create('copy', '', { truncate: true })), /^Name:.*ctxt_switches/s)
  const memory = linux.open('/dev/shm', { read: true, directory: true })
  memory.close()
  const shared = `/dev/shm/linux-test-${process.pid}`
  fs.writeFileSync(shared, 'from another filesystem')
  assert.is(copyAll(linux.open(shared), create('copy', '', { truncate: true })), 'from another filesystem')
  fs.unlinkSync(shared)
  assert.throws(() => linux.copyRange(status, memory, 1), /^EBADF/)
})

test('FILES-7 clone shares the blocks where the filesystem has shared ones, and says no elsewhere', () => {
  const [from, to] = [create('from'), create('clone')]
  const sharing = ['btrfs', 'bcachefs'].includes(linux.diskstat(folder).type)
  const shared = linux.clone(from, to)
  if (linux.diskstat(folder).type !== 'xfs') assert.is(shared, sharing)   // xfs: as it was made
  assert.is(fs.readFileSync(`${folder}/clone`, 'utf8'), shared ? 'thirteen bytes' : '')
  from.close()
  to.close()
})

test('FILES-10 diskstat says what Node says', () => {
  const [ours, theirs] = [linux.diskstat(folder), fs.statfsSync(folder)]
  assert.equal([ours.blockSize, ours.total, ours.files],
    [theirs.bsize, theirs.blocks * theirs.bsize, theirs.files])
  assert.ok(Math.abs(ours.free - theirs.bfree * theirs.bsize) < 1e9)
  assert.ok(ours.available <= ours.free && ours.filesFree <= ours.files)
  assert.is(linux.diskstat('/proc').type, 'proc')
})

test('FILES-8 realpath resolves links, dots and bytes', () => {
  const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff)])
  linux.mkdir(odd)
  linux.symlink(odd, `${folder}/to-odd`)
  assert.equal(Buffer.from(linux.realpath(`${folder}/to-odd/../to-odd`)), odd)
  assert.is(linux.realpath('/proc/self/../self'), `/proc/${process.pid}`)
  linux.rmdir(odd)
})

test('FILES-7 chdir moves the process, and Node knows; a worker may not', async () => {
  const home = process.cwd()
  const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xfe)])
  linux.mkdir(odd)
  linux.chdir(folder)
  assert.equal([linux.cwd(), process.cwd()], [fs.realpathSync(folder), fs.realpathSync(folder)])
  linux.chdir(odd)
  assert.equal(linux.cwd(), Uint8Array.from(odd))
  const before = linux.open('/', { directory: true })
  linux.chdir(before)
  assert.is(linux.cwd(), '/')
  before.close()
  linux.chdir(home)
  assert.throws(() => linux.chdir(`${folder}/missing`), /^ENOENT: .*, chdir '/)
  const built = new URL('../../dist/platforms/linux.js', import.meta.url).href
  const worker = new Worker(`const { parentPort } = require('node:worker_threads')
    import('${built}').then(({ linux }) => linux.chdir('/'))
      .catch(error => parentPort.postMessage(error.message + ': ' + error.hint))`, { eval: true, execArgv: [] })
  const words = await new Promise(resolve => worker.once('message', resolve))
  assert.match(String(words), /^ENOTSUP: .*, chdir: the folder belongs to all threads/)
  await worker.terminate()
  assert.is(process.cwd(), home)
})

test('no descriptor leaked from any of these tests', () => {
  assert.is(descriptors(), 0)
})

test.run()
