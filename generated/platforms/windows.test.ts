// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { entriesIn } from './windows-folder.ts'
import { renameInfo } from './windows-name.ts'
import { openingOf } from './windows-open.ts'
import { removeLeftovers } from './windows-replace.ts'
import { basicInfo, kindOf, nanoseconds, reparseText, ticks, toStat } from './windows-stat.ts'
import { bytesOf, overlapped } from './windows-file.ts'
import { wine } from './win32.ts'
import { windows } from './windows.ts'

const isWindows = process.platform === 'win32'
const folder = fs.mkdtempSync(join(tmpdir(), 'windows-'))
const at = (name: string) => `${folder}\\${name}`
const text = (name: string) => fs.readFileSync(at(name), 'latin1')
const code = (act: () => unknown): string => {
  try {
    act()
    return 'done'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
/** Behaviour wants Windows; elsewhere only the refusal can be tested, and is, below. */
const onWindows: typeof test = isWindows ? test : Object.assign(() => {}, test) as never

test('four answers of Windows make one stat, field by field', () => {
  const [id, basic, standard, tag] = [24, 40, 24, 8].map(size => Buffer.alloc(size)) as
    [Buffer, Buffer, Buffer, Buffer]
  id.writeUInt32LE(0x1234, 0)
  id.writeBigUInt64LE(77n, 8)
  for (const [i, ns] of [1n, 2n, 3n, 4n].entries()) basic.writeBigInt64LE(ticks(ns * 1000n), i * 8)
  basic.writeUInt32LE(0x21, 32)
  standard.writeBigInt64LE(8192n, 0)
  standard.writeBigInt64LE(5000n, 8)
  standard.writeUInt32LE(3, 16)
  assert.equal(toStat({ id, basic, standard, tag }), {
    type: 'file', mode: 0o100444, nlink: 3, uid: 0, gid: 0, dev: 0x1234, rdev: 0, ino: 77n,
    size: 5000, blocks: 16, blockSize: 4096,
    birthtimeNs: 1000n, atimeNs: 2000n, mtimeNs: 3000n, ctimeNs: 4000n,
  })
  assert.equal([kindOf(0x10, 0), kindOf(0x400, 0xa000000c), kindOf(0x410, 0xa0000003), kindOf(0x420, 9)],
    ['directory', 'symlink', 'symlink', 'file'])
})

test('times are 100 ns since 1601, also before 1970', () => {
  assert.is(nanoseconds(116_444_736_000_000_000n), 0n)
  for (const ns of [0n, 100n, -100n, 1_700_000_000_123_456_700n]) assert.is(nanoseconds(ticks(ns)), ns)
  assert.is(nanoseconds(ticks(-1n)), -100n)
  const info = basicInfo({ mtimeNs: 100n, atimeNs: 'now' }, 5n, 0x20)
  assert.equal([0, 8, 16, 24].map(i => info.readBigInt64LE(i)), [0n, 5n, ticks(100n), 0n])
  assert.is(info.readUInt32LE(32), 0x20)
})

test('a rename, an offset, a lock and an opening have the documented layout', () => {
  const info = renameInfo(3, 0x55, 'ab')
  assert.is(info.toString('hex'), '0300000000000000' + '5500000000000000' + '04000000' + '61006200' + '0000')
  assert.is(overlapped(0x1_0000_0002n, 9).toString('hex'),
    '00'.repeat(16) + '0200000001000000' + '0900000000000000')
  assert.equal(bytesOf({ start: 2, length: 3 }), { start: 2n, end: 5n })
  assert.equal(bytesOf({}), { start: 0n, end: 2n ** 62n - 1n })
  const { access, disposition } = openingOf({ append: true, create: true })
  assert.equal([access, disposition], [0x40000180, 3])
})

test('the text of a link is read out of a reparse point, junction or symbolic link', () => {
  const make = (tag: number, words: number, substitute: string, printed: string) => {
    const [a, b] = [Buffer.from(substitute, 'utf16le'), Buffer.from(printed, 'utf16le')]
    const head = Buffer.alloc(words)
    head.writeUInt32LE(tag, 0)
    head.writeUInt16LE(words - 8 + a.length + b.length, 4)
    head.writeUInt16LE(a.length, 10)
    head.writeUInt16LE(a.length, 12)
    head.writeUInt16LE(b.length, 14)
    return Buffer.concat([head, a, b])
  }
  assert.is(reparseText(make(0xa000000c, 20, '..\\x', '..\\x')), '..\\x')
  assert.is(reparseText(make(0xa0000003, 16, '\\??\\C:\\x', '')), 'C:\\x')
  assert.is(reparseText(make(0xa0000003, 16, '\\??\\UNC\\srv\\x', '')), '\\\\srv\\x')
  assert.is(reparseText(make(0x80000017, 16, 'x', 'x')), null)
})

test('FILES-9 a buffer of entries is taken apart, and dots are left out', () => {
  const entry = (name: string, attributes: number, ino: bigint, tag = 0) => {
    const bytes = Buffer.alloc(104 + name.length * 2 + 6 & ~7)
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeUInt32LE(attributes, 56)
    bytes.writeUInt32LE(name.length * 2, 60)
    bytes.writeUInt32LE(tag, 64)
    bytes.writeBigUInt64LE(ino, 96)
    bytes.write(name, 104, 'utf16le')
    return bytes
  }
  const records = Buffer.concat([entry('.', 0x10, 1n), entry('..', 0x10, 2n), entry('\ud800x', 0x20, 3n),
    entry('link', 0x400, 4n, 0xa000000c)])
  records.writeUInt32LE(0, records.length - entry('link', 0, 4n).length)
  assert.equal(entriesIn(records), [
    { name: '\ud800x', type: 'file', ino: 3n }, { name: 'link', type: 'symlink', ino: 4n },
  ])
})

test('elsewhere the module can be imported, and every call is refused', () => {
  assert.is(windows.name, 'windows')
  if (!isWindows) assert.throws(() => windows.open('C:\\x'), /this is linux, and not Windows/)
})

onWindows('FILES-24 places: a duplicate shares its place, a position leaves it alone', () => {
  const file = windows.open(at('place'), { read: true, write: true, create: true })
  assert.equal([file.write(Buffer.from('hello')), file.write(Buffer.from(' world'))], [5, 6])
  const twin = file.duplicate()
  const buffer = Buffer.alloc(5)
  assert.is(file.read(buffer, 6), 5)
  assert.is(buffer.toString(), 'world')
  assert.is(twin.seek(0, 'current'), 11)
  assert.is(twin.seek(-3, 'end'), 8)
  assert.equal([file.read(buffer), file.read(buffer)], [3, 0])
  twin.close()
  file.truncate(3)
  assert.is(file.stat().size, 3)
  file.close()
  const log = windows.open(at('place'), { append: true })
  log.write(Buffer.from('END'))
  log.write(Buffer.from('!'), 0)   // as O_APPEND has it
  log.close()
  assert.is(text('place'), 'helEND!')
})

onWindows('FILES-4 stat says what Node says, to 100 ns, and so do mode and times that are set', () => {
  fs.writeFileSync(at('stat'), 'x'.repeat(5000))
  for (const name of ['stat', '']) {
    const [own, node] = [windows.stat(at(name)), fs.statSync(at(name), { bigint: true })]
    for (const key of ['mode', 'nlink', 'dev', 'ino', 'size', 'blocks', 'mtimeNs', 'birthtimeNs'] as const) {
      assert.is(BigInt(own[key]!), node[key], `${key} of '${name}'`)
    }
  }
  windows.setTimes(at('stat'), { mtimeNs: 1_234_567_890_123_456_700n, atimeNs: 0n })
  assert.equal([windows.stat(at('stat')).mtimeNs, windows.stat(at('stat')).atimeNs], [1_234_567_890_123_456_700n, 0n])
  windows.chmod(at('stat'), 0o444)
  assert.is(windows.stat(at('stat')).mode, 0o100444)
  // Under Wine it is Unix that looks at the bit, and root may all the same.
  if (wine === null) assert.is(code(() => windows.open(at('stat'), { write: true })), 'EPERM')
  windows.unlink(at('stat'))   // read-only, and gone all the same, as elsewhere
  assert.is(windows.statIfThere(at('stat')), null)
})

onWindows('FILES-22 refusals have POSIX codes, Node\'s words and Node\'s numbers', () => {
  windows.mkdir(at('dir'))
  fs.writeFileSync(at('file'), '')
  fs.writeFileSync(at('dir\\x'), '')
  const cases: [string, () => unknown][] = [
    ['ENOENT', () => windows.open(at('none'))], ['EISDIR', () => windows.open(at('dir'), { write: true })],
    ['ENOTDIR', () => windows.open(at('file'), { directory: true })],
    ['EEXIST', () => windows.open(at('file'), { write: true, exclusive: true })],
    ['EEXIST', () => windows.mkdir(at('dir'))], ['ENOTDIR', () => windows.rmdir(at('file'))],
    ['EISDIR', () => windows.unlink(at('dir'))], ['ENOTEMPTY', () => windows.rmdir(at('dir'))],
    ['ENOENT', () => windows.rename(at('none'), at('other'))], ['EINVAL', () => windows.readlink(at('file'))],
    ['EISDIR', () => windows.rename(at('file'), at('dir'))], ['ENOTDIR', () => windows.rename(at('dir'), at('file'))],
    ['ENOTDIR', () => windows.folder(at('file'))], ['EPERM', () => windows.link(at('dir'), at('more'))],
    ['ERR_INVALID_ARG_VALUE', () => windows.open('a\0b')], ['ECHARSET', () => windows.open(Buffer.of(0xff))],
  ]
  for (const [expected, act] of cases) assert.is(code(act), expected, String(act))
  const words = (open: () => unknown) => {
    try { open() } catch (error) { return [(error as Error).message, (error as { errno: number }).errno] }
    return []
  }
  assert.equal(words(() => windows.open(at('none'))), words(() => fs.openSync(at('none'), 'r')))
  const file = windows.open(at('file'))
  assert.is(code(() => file.write(Buffer.of(1))), 'EBADF')
  file.close()
  file.close()
  assert.is(code(() => file.read(Buffer.alloc(1))), 'EBADF')
})

onWindows('FILES-15 locks keep others off, ranges too, and give way to bytes', () => {
  const [a, b] = [0, 1].map(() => windows.open(at('lock'), { read: true, write: true, create: true }))
  assert.ok(a!.tryLock())
  b!.write(Buffer.from('a lock is advice, as elsewhere'))
  assert.equal([b!.tryLock(), b!.tryLock({ shared: true })], [false, false])
  assert.ok(a!.tryLock({ shared: true }), 'down to a shared one')
  assert.ok(b!.tryLock({ shared: true }))
  assert.not(a!.tryLock(), 'not up while another shares it')
  b!.unlock()
  assert.ok(a!.tryLock())
  a!.unlock({ start: 0, length: 10 })
  assert.ok(b!.tryLock({ start: 2, length: 8 }))
  assert.not(b!.tryLock({ start: 2, length: 9 }))
  const twin = a!.duplicate()
  a!.close()
  assert.not(b!.tryLock({ start: 20 }), 'the duplicate holds it')
  twin.close()
  assert.ok(b!.tryLock({ start: 20 }))
  b!.close()
})

onWindows('FILES-7 names are given, moved, exchanged and taken, and only where they are free', () => {
  fs.writeFileSync(at('one'), 'one')
  for (const name of ['two', 'other']) fs.writeFileSync(at(name), name)
  windows.rename(at('one'), at('two'))
  assert.is(text('two'), 'one')
  windows.link(at('two'), at('three'))
  assert.is(windows.stat(at('three')).nlink, 2)
  assert.is(code(() => windows.rename(at('two'), at('other'), { replace: false })), 'EEXIST')
  assert.is(code(() => windows.link(at('two'), at('three'))), 'EEXIST')
  fs.mkdirSync(at('from'))
  fs.mkdirSync(at('empty'))
  windows.rename(at('from'), at('empty'))
  assert.is(windows.realpath(at('empty\\..\\two')), windows.realpath(at('two')))
  assert.equal([windows.isMount('C:\\'), windows.isMount(folder)], [true, false])
  assert.is(code(() => windows.symlink('two', at('link'))), wine === null ? 'done' : 'ENOTSUP')
  if (wine === null) assert.equal([windows.readlink(at('link')), windows.stat(at('link')).size], ['two', 3])
})

onWindows('FILES-24 a file that is open can be renamed and removed', () => {
  fs.writeFileSync(at('open'), 'old')
  fs.writeFileSync(at('new'), 'new')
  const reader = windows.open(at('open'))
  windows.rename(at('open'), at('moved'))
  assert.not(fs.existsSync(at('open')))
  // Windows 10 gives an open file's name away. Wine 8 does not, and then it is EBUSY.
  assert.is(code(() => windows.rename(at('new'), at('moved'))), wine === null ? 'done' : 'EBUSY')
  windows.unlink(at('moved'))
  assert.is(fs.existsSync(at('moved')), wine !== null, 'Wine 8 keeps the name until the last handle is closed')
  assert.is(reader.read(Buffer.alloc(3)), 3)
  reader.close()
  assert.not(fs.existsSync(at('moved')))
})

onWindows('FILES-17 a file is replaced in one step, once, or in exchange, and leftovers go', () => {
  windows.replace(at('whole'), 'one')
  windows.replace(at('whole'), 'two', { durability: 'disk and folder' })
  assert.is(text('whole'), 'two')
  assert.is(code(() => windows.replace(at('whole'), 'three', { replace: false })), 'EEXIST')
  const { previous } = windows.replace(at('whole'), 'four', { replace: 'exchange', previous: 'kept' })
  assert.equal([text('whole'), text('kept')], ['four', 'two'])
  assert.ok(String(previous).endsWith('\\kept'))
  assert.is(code(() => windows.replace(folder, 'x')), 'EISDIR')
  assert.is(code(() => windows.replace(at('none\\x'), 'x')), 'ENOENT')
  const names = ['1', '2'].map(end => `.atomic-write.0123456789abcdef-${end}`)
  for (const name of names) fs.writeFileSync(at(name), '')
  const living = windows.open(at(names[1]!))
  assert.equal(removeLeftovers(folder, fs.readdirSync(folder)).sort(), names)
  living.close()
  assert.equal(fs.readdirSync(folder).filter(name => name.startsWith('.atomic')), [])
})

onWindows('FILES-9 an open folder answers for its names, and after it was moved as well', () => {
  windows.mkdir(at('stand'))
  const open = windows.folder(at('stand'))
  open.mkdir('in')
  open.open('file', { write: true, create: true }).close()
  const inner = open.folder('in')
  inner.link(open, 'file', 'twin')
  assert.is(open.stat('file').nlink, 2)
  assert.equal(inner.read(), { names: ['twin'], types: ['file'] })
  assert.is(inner.read(), null)
  inner.unlink('twin')
  inner.close()
  open.rename('file', 'renamed')
  open.setTimes('renamed', { mtimeNs: 100n })
  open.chmod('renamed', 0o444)
  assert.equal([open.stat('renamed').mtimeNs, open.stat('renamed').mode], [100n, 0o100444])
  assert.is(code(() => open.mkfifo('fifo')), 'ENOTSUP')
  fs.renameSync(at('stand'), at('moved away'))
  open.mkdir('later')
  assert.ok(fs.existsSync(at('moved away\\later')))
  // Wine 8 looks for the folder under its old name when a name in it is given.
  assert.is(code(() => open.rename('renamed', 'again')), wine === null ? 'done' : 'EBADF')
  for (const name of ['in', 'later']) open.rmdir(name)
  open.close()
})

onWindows('FILES-23 names are any UTF-16, and paths are longer than 260', () => {
  windows.mkdir(at('names'))
  const names = ['ünï', '😀', ' with a space', 'con', 'dot.']
  for (const name of names) windows.open(at(`names\\${name}`), { write: true, create: true }).close()
  assert.equal([...windows.list(at('names'))].map(({ name }) => name).sort(), names.sort())
  // A lone surrogate is a name on Windows. Wine keeps names in UTF-8, which has none.
  const lone = () => windows.open(at('names\\\ud800x'), { write: true, create: true }).close()
  assert.is(code(lone), wine === null ? 'done' : 'ENOENT')
  let path = at('long')
  for (let depth = 0; depth < 5; depth++) {
    windows.mkdir(path)
    path += `\\${'x'.repeat(100)}`
  }
  const file = windows.open(path, { write: true, create: true })
  assert.is(file.write(Buffer.from('far')), 3)
  file.close()
  assert.is(windows.stat(path).size, 3)
  assert.is(code(() => windows.realpath(path)), wine === null ? 'done' : 'UNKNOWN')
})

onWindows('FILES-10 the disk, and the folder that the process stands in', () => {
  const { type, total, free, available } = windows.diskstat(folder)
  assert.is(type, 'NTFS')
  assert.ok(total >= free && free >= available && available > 0)
  const before = windows.cwd()
  windows.chdir(folder)
  assert.is(process.cwd().toLowerCase(), folder.replaceAll('/', '\\').toLowerCase())
  windows.chdir(before)
  assert.is(code(() => windows.chdir(at('none'))), 'ENOENT')
})

test.after(() => {
  try {
    fs.rmSync(folder, { recursive: true, force: true })
  } catch { /* Node under Wine cannot remove what is beyond 260 */ }
})
test.run()
