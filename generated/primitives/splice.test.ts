// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_APPEND, O_CREAT, O_RDWR, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { bind, tap } from '../foundations/kernel.ts'
import { probe } from '../foundations/taxonomy.ts'
import { pipe } from '../foundations/wait.ts'
import { copyRange, ENDS, lend, relay, sendFile, splice, tee } from './splice.ts'
import { socketPair } from './unix-socket.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/splice-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let count = 0
const file = (text = '', flags = O_RDWR) => {
  const path = `${folder}/${count++}`
  fs.writeFileSync(path, text)
  return open(path, flags | O_CREAT)
}
function take(from: OpenFile, size = 65_536): string {
  const buffer = Buffer.alloc(size)
  return buffer.toString('utf8', 0, from.read(buffer))
}
const close = (...files: OpenFile[]) => { for (const each of files) each.close() }

const numbers = (count: number) => `process.stdout.write(
  Array.from({ length: ${count} }, (_, i) => String(i).padStart(9) + '\\n').join(''))`

test('BOOK-3 a relay carries all from one process to another, and reads none of it', async () => {
  const [[ours, bobs], [carols, oursToo]] = [socketPair('stream'), socketPair('stream')]
  const bob = spawn(process.execPath, ['--eval', numbers(1_000_000)],
    { stdio: ['ignore', bobs.fd, 'inherit'] })
  const carol = spawn('sha256sum', { stdio: [carols.fd, 'pipe', 'inherit'] })
  close(bobs, carols)
  const read: string[] = []
  const stop = tap((syscall, args, proceed) => {
    if (['read', 'write', 'recvfrom', 'sendto'].includes(syscall)) read.push(`${syscall} ${args[0]}`)
    return proceed()
  })
  const said = once(carol.stdout!, 'data')
  assert.is(await relay(ours, oursToo), 10_000_000)
  stop()
  close(ours, oursToo)
  const hash = createHash('sha256')
  for (let i = 0; i < 1_000_000; i++) hash.update(`${String(i).padStart(9)}\n`)
  assert.is(String(await said).slice(0, 64), hash.digest('hex'))
  assert.equal(read, [])
  assert.is(bob.exitCode ?? 0, 0)
})

test('BOOK-3 a relay waits for a slow reader on the loop, and tells of a dead one', async () => {
  const [source, target] = [pipe({ nonblocking: true }), pipe({ nonblocking: true })]
  source.writer.write(Buffer.alloc(65_536))
  target.writer.write(Buffer.alloc(65_536))   // no room
  let isOver = false
  const moving = relay(source.reader, target.writer).finally(() => { isOver = true })
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.is(isOver, false)
  assert.is(take(target.reader).length, 65_536)
  source.writer.close()
  assert.is(await moving, 65_536)
  assert.is(take(target.reader).length, 65_536)
  const again = pipe({ nonblocking: true })
  again.writer.write(Buffer.from('x'))
  target.reader.close()
  assert.match(String(await relay(again.reader, target.writer).catch(error => error)), /EPIPE/)
  close(source.reader, target.writer, again.reader, again.writer)
})

test('BOOK-3 splice says null when it would wait, and 0 at the end', () => {
  const [source, target] = [pipe({ nonblocking: true }), pipe({ nonblocking: true })]
  assert.is(splice(source.reader, target.writer), null)
  source.writer.write(Buffer.from('hello'))
  assert.is(splice(source.reader, target.writer, { size: 2 }), 2)
  assert.is(splice(source.reader, target.writer), 3)
  assert.is(take(target.reader), 'hello')
  source.writer.close()
  assert.is(splice(source.reader, target.writer), 0)
  close(source.reader, target.writer, target.reader)
})

test('BOOK-3 tee gives both the same, and takes nothing', () => {
  const [source, target] = [pipe({ nonblocking: true }), pipe({ nonblocking: true })]
  source.writer.write(Buffer.from('hello'))
  assert.is(tee(source.reader, target.writer), 5)
  assert.is(tee(source.reader, target.writer, 2), 2)
  assert.equal([take(target.reader), take(source.reader)], ['hellohe', 'hello'])
  assert.is(tee(source.reader, target.writer), null)
  close(source.reader, source.writer, target.reader, target.writer)
})

test('BOOK-3 positions are of the file, and leave the offset of the open file alone', () => {
  const [from, to, { reader, writer }] = [file('0123456789'), file('abcdef'), pipe()]
  assert.is(splice(from, writer, { size: 3, fromPosition: 5 }), 3)
  assert.is(splice(reader, to, { toPosition: 1 }), 3)
  assert.is(sendFile(from, writer, { size: 2 }), 2)
  assert.equal([take(reader), take(to), take(from)], ['01', 'a567ef', '23456789'])
  assert.is(splice(from, writer), 0)
  close(from, to, reader, writer)
})

test('BOOK-3 what is under way is lent: a later change is what another process reads', () => {
  const page = Buffer.alloc(4096, 'a')
  const from = file('a'.repeat(4096))
  for (const fill of [
    (writer: OpenFile) => {
      assert.is(lend(writer, page), 4096)
      page.fill('b')
    },
    (writer: OpenFile) => {
      assert.is(splice(from, writer, { fromPosition: 0 }), 4096)
      from.write(Buffer.alloc(4096, 'b'), 0)
    },
  ]) {
    const { reader, writer } = pipe()
    fill(writer)
    writer.close()
    const { stdout } = spawnSync('cat', { stdio: [reader.fd, 'pipe', 'inherit'] })
    assert.is(String(stdout), 'b'.repeat(4096))
    reader.close()
  }
  assert.is(page.length, 4096)   // kept until here
  from.close()
})

test('BOOK-3 a lent page outlives the process that lent it', () => {
  const { reader, writer } = pipe()
  spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { OpenFile } from '${new URL('../foundations/file.ts', import.meta.url)}'
    import { lend } from '${new URL('./splice.ts', import.meta.url)}'
    lend(new OpenFile(3), Buffer.alloc(8192, 'z'))
    process.kill(process.pid, 'SIGKILL')`], { stdio: ['ignore', 'inherit', 'inherit', writer.fd] })
  assert.is(take(reader), 'z'.repeat(8192))
  close(reader, writer)
})

const ioctlCall = bind('int ioctl(int fd, size_t request, void *argument)')
const [FS_IOC_FIEMAP, FIEMAP_FLAG_SYNC, FIEMAP_EXTENT_SHARED] = [0xc020660b, 1, 0x2000]

/** Whether the first piece of the file has blocks that another file has as well: struct fiemap. */
function isShared(of: OpenFile): boolean {
  const map = Buffer.alloc(32 + 56)
  map.writeBigUInt64LE(2n ** 64n - 1n, 8)
  map.writeUInt32LE(FIEMAP_FLAG_SYNC, 16)
  map.writeUInt32LE(1, 24)
  ioctlCall(of.fd, FS_IOC_FIEMAP, map)
  return (map.readUInt32LE(32 + 40) & FIEMAP_EXTENT_SHARED) !== 0
}

test('BOOK-3 copyRange copies, and where the filesystem can the blocks are shared', () => {
  const text = 'page'.repeat(16_384)
  const [from, to] = [file(text), file()]
  from.sync()
  assert.is(copyRange(from, to), 65_536)
  assert.is(copyRange(from, to), 0)
  to.seek(0)
  assert.is(String(to.readAll()), text)
  const type = fs.statfsSync(folder).type
  if ([0x9123683e, 0x58465342].includes(type)) assert.is(isShared(to), true)      // btrfs, xfs
  if (type === 0xef53) assert.is(isShared(to), false)   // ext4; tmpfs and overlayfs do not tell
  from.write(Buffer.from('PAGE'), 0)
  assert.is(to.read(Buffer.alloc(4), 0), 4)
  const first = Buffer.alloc(4)
  to.read(first, 0)
  assert.is(String(first), 'page', 'a copy, whoever has the blocks')
  close(from, to)
})

test('BOOK-3 what cannot be is refused with a hint', () => {
  const [from, to, log, { reader, writer }] = [file('x'), file(), file('', O_WRONLY | O_APPEND), pipe()]
  const hint = (pattern: RegExp) => (error: Error & { hint?: string }) =>
    pattern.test(error.message) && error.hint !== undefined
  assert.throws(() => splice(from, to), hint(/EINVAL: .*splice/))
  assert.throws(() => tee(from, writer), hint(/EINVAL: .*tee/))
  assert.throws(() => copyRange(from, writer), hint(/EINVAL: .*copy_file_range/))
  writer.write(Buffer.from('x'))
  assert.throws(() => splice(reader, log), hint(/EINVAL/))
  assert.is(take(reader), 'x', 'and nothing is lost')
  reader.close()
  assert.throws(() => splice(from, writer), /EPIPE/)
  assert.throws(() => splice(from, writer, { size: -1 }), RangeError)
  close(from, to, log, writer)
})

test('BOOK-1 the five questions, asked of a lent page', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'through /proc', alone: 'fails (EPIPE)',
    readers: 'one of two', writers: 'merged' })
})

test.run()
