// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, stat, O_CREAT, O_RDWR, O_TMPFILE } from './file.ts'
import { tap, type Path } from './kernel.ts'
import {
  exchange, Folder, link, list, mkdir, mkfifo, readlink, rename, renameIfThere, renameNoReplace, rmdir, split,
  symlink,
  unlink,
} from './name.ts'

const root = fs.mkdtempSync(`${tmpdir()}/name-test-`)
let folder = ''
let count = 0
test.before.each(() => { folder = `${root}/${count++}`; fs.mkdirSync(folder) })
test.after(() => fs.rmSync(root, { recursive: true }))

const at = (name: string) => `${folder}/${name}`
const put = (name: string, text = name) => { fs.writeFileSync(at(name), text); return at(name) }
const text = (name: string) => fs.readFileSync(at(name), 'utf8')
const descriptors = () => fs.readdirSync('/proc/self/fd').length

test('BOOK-1 two names are one file until one of them is taken away', () => {
  link(put('plan'), at('final'))
  assert.is(stat(at('plan')).ino, stat(at('final')).ino)
  fs.appendFileSync(at('final'), '!')
  assert.is(text('plan'), 'plan!')
  unlink(at('plan'))
  assert.is(stat(at('final')).nlink, 1)
})

test('BOOK-2 no call that creates a name takes it from its holder', () => {
  put('taken')
  put('mine')
  const calls: [string, (path: string) => void][] = [
    ['link', path => link(at('mine'), path)], ['mkdir', path => mkdir(path)],
    ['symlink', path => symlink('x', path)], ['mkfifo', path => mkfifo(path)],
    ['renameat2', path => renameNoReplace(at('mine'), path)],
  ]
  for (const [name, call] of calls) {
    assert.throws(() => call(at('taken')), (error: NodeJS.ErrnoException) => {
      assert.equal([error.code, error.errno], ['EEXIST', -17], name)
      return error.message.startsWith(`EEXIST: file already exists, ${name.replace('fifo', '')}`)
    })
  }
  assert.equal([text('taken'), text('mine')], ['taken', 'mine'])
})

test('rename takes the name, exchange swaps it, and both need what they name', () => {
  rename(put('a'), put('b'))
  assert.equal([text('b'), fs.existsSync(at('a'))], ['a', false])
  put('c')
  exchange(at('b'), at('c'))
  assert.equal([text('b'), text('c')], ['c', 'a'])
  renameNoReplace(at('b'), at('free'))
  assert.equal([renameIfThere(at('b'), at('c')), renameIfThere(at('free'), at('b'))], [false, true])
  assert.throws(() => renameIfThere(at('b'), folder), /^EISDIR|^ENOTEMPTY|^EEXIST/)
  rename(at('b'), at('free'))
  assert.is(text('free'), 'c')
  assert.throws(() => exchange(at('c'), at('none')), /^ENOENT: .*, renameat2 '.*c' -> '.*none'/)
})

test('rename of a file to another of its own names leaves both, as POSIX wants', () => {
  link(put('one'), at('two'))
  rename(at('one'), at('two'))
  assert.equal(fs.readdirSync(folder).sort(), ['one', 'two'])
})

test('a file without a name gets one, and a file that lost its last name does not', () => {
  const nameless = open(folder, O_TMPFILE | O_RDWR, 0o600)
  nameless.writeAll(Buffer.from('born open'))
  assert.is(nameless.stat().nlink, 0)
  link(nameless, at('named'))
  assert.is(text('named'), 'born open')
  unlink(at('named'))
  assert.throws(() => link(nameless, at('again')),
    /^ENOENT.*linkat '\/proc\/self\/fd\/\d+' -> '.*again'/)
  nameless.close()
})

test('a name that is no text is listed, opened, renamed and removed by its bytes', () => {
  const odd = Buffer.concat([Buffer.from(at('caf')), Buffer.of(0xe9)])
  fs.writeFileSync(odd, '1998')
  const [entry] = list(folder)
  assert.equal(entry!.name, Uint8Array.from(odd.subarray(folder.length + 1)))
  symlink(entry!.name, at('note'))
  assert.equal(readlink(at('note')), entry!.name)
  const other: Path = Buffer.concat([odd, Buffer.of(0xff)])
  rename(odd, other)
  assert.throws(() => open(odd), /^ENOENT.*caf\\xe9'/)
  unlink(other)
  assert.equal([...list(folder)].map(each => each.name), ['note'])
})

test('folders, FIFOs and links are made and told apart, and readlink is exact', () => {
  mkdir(at('d'), 0o700)
  mkfifo(at('p'), 0o600)
  symlink('no such\nplace ✓', at('s'))
  put('f')
  const types = Object.fromEntries([...list(folder)].map(({ name, type }) => [name, type]))
  assert.equal(types, { d: 'directory', p: 'fifo', s: 'symlink', f: 'file' })
  assert.is(stat(at('d')).mode & 0o777, 0o700)
  assert.is(readlink(at('s')), 'no such\nplace ✓')
  assert.throws(() => readlink(at('f')), /^EINVAL/)
  assert.throws(() => unlink(at('d')), /^EISDIR/)
  assert.throws(() => rmdir(folder), /^ENOTEMPTY/)
  rmdir(at('d'))
  assert.not(fs.existsSync(at('d')))
})

test('a large folder is listed whole in many reads, and leaving early leaks nothing', () => {
  const names = Array.from({ length: 600 }, (_, i) => `${i}`.padEnd(3 + i % 250, '-'))
  for (const name of names) fs.closeSync(fs.openSync(at(name), 'w'))
  let reads = 0
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'getdents64') reads++
    return proceed()
  })
  assert.equal([...list(folder)].map(entry => entry.name).sort(), names.sort())
  assert.ok(reads > 2, `${reads} reads`)
  reads = 0
  const before = descriptors()
  for (const _entry of list(folder)) break
  assert.is(reads, 1)
  assert.ok(descriptors() <= before)
  stop()
})

test('an open folder answers for its names after it was moved, and follows no link out', () => {
  mkdir(at('inside'))
  symlink('..', at('inside/out'))
  const inside = new Folder(at('inside'))
  rename(at('inside'), at('moved'))
  mkdir(at('inside'))
  inside.mkdir('sub')
  inside.open('file', O_RDWR | O_CREAT).close()
  inside.link(inside, 'file', 'twin')
  inside.mkfifo('fifo')
  inside.chmod('fifo', 0o640)
  inside.setTimes('out', { mtimeNs: 1n })
  assert.equal([inside.stat('twin').nlink, inside.stat('fifo').mode & 0o777], [2, 0o640])
  assert.equal([inside.readlink('out'), inside.stat('out').mtimeNs], ['..', 1n])
  assert.throws(() => inside.folder('out'), /^ENOTDIR/)
  assert.equal(fs.readdirSync(at('inside')), [])
  inside.unlink('twin')
  inside.rmdir('sub')
  const now = inside.folder('.')
  const { names, types } = now.read()!
  const found = Object.fromEntries(names.map((name, i) => [name, types[i]]))
  assert.equal(found, { out: 'symlink', file: 'file', fifo: 'fifo' })
  assert.is(now.read(), null)
  now.close()
  inside.close()
})

test('names in ASCII, in UTF-8 and in neither come out of one folder as they went in', () => {
  const odd = [Buffer.from([0x61, 0xff]), Buffer.from([0xe9])]
  const given = ['plain', '..x', '...', '.x', 'grün', '日本', ...odd.map(name => Uint8Array.from(name))]
  for (const name of given) fs.writeFileSync(Buffer.concat([Buffer.from(at('')), Buffer.from(name)]), '')
  const open = new Folder(folder)
  const key = (name: Path) => Buffer.from(name).toString('hex')
  assert.equal(open.read()!.names.map(key).sort(), given.map(key).sort())
  open.close()
})

test('a path is split at its last name, in text and in bytes', () => {
  const cases = {
    '/a/b': ['/a', 'b'], 'b': ['.', 'b'], '/b': ['/', 'b'], 'a//b//': ['a/', 'b'],
    './b/': ['.', 'b'], '..': ['.', '..'], '/a/é': ['/a', 'é'],
  }
  for (const [path, parts] of Object.entries(cases)) {
    assert.equal(Object.values(split(path)), parts, path)
  }
  const { folder, name } = split(Buffer.from('d/caf\xe9', 'latin1'))
  assert.equal([folder, name], ['d', Uint8Array.from([99, 97, 102, 0xe9])])
})

test('a listing fails before its first name where there is no folder', () => {
  assert.throws(() => list(put('file')).next(), /^ENOTDIR: not a directory, open '/)
  assert.throws(() => list(at('none')).next(), /^ENOENT: no such file or directory, open '/)
})

test.run()
