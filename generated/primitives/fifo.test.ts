// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_NONBLOCK, O_RDONLY } from '../foundations/file.ts'
import { mkfifo } from '../foundations/name.ts'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable, waitReadable } from '../foundations/wait.ts'
import {
  Bell, ENDS, openFifoReader, openFifoWriter, PIPE_BUF, pipeCapacity, ringAt, writeWhole,
} from './fifo.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/fifo-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let count = 0
function fresh(): string {
  const path = `${folder}/${count++}`
  mkfifo(path)
  return path
}
const text = (size: number) => Buffer.alloc(size, 'x')

test('BOOK-3 neither end waits to open, and a writer without readers is told so', () => {
  const path = fresh()
  assert.is(openFifoWriter(path), null)
  const reader = openFifoReader(path)
  const writer = openFifoWriter(path)!
  writeWhole(writer, Buffer.from('hello'))
  const buffer = Buffer.alloc(10)
  assert.is(buffer.toString('utf8', 0, reader.read(buffer)), 'hello')
  writer.close()
  assert.is(isReadable(reader), false, 'no end when the writer is gone')
  assert.throws(() => reader.read(buffer), /EAGAIN/)
  reader.close()
})

test('what is no FIFO is refused', () => {
  fs.writeFileSync(`${folder}/file`, 'x')
  for (const opening of [openFifoReader, openFifoWriter]) {
    assert.throws(() => opening(`${folder}/file`), /EINVAL: invalid argument, open/)
  }
  assert.throws(() => openFifoWriter(`${folder}/nothing`), /ENOENT/)
})

test('BOOK-3 a write of PIPE_BUF is whole or not at all, and a longer one is refused', () => {
  const path = fresh()
  const [reader, writer] = [openFifoReader(path), openFifoWriter(path)!]
  assert.is(pipeCapacity(writer), 65_536)
  assert.throws(() => writeWhole(writer, text(PIPE_BUF + 1)), /EMSGSIZE/)
  let written = 0
  while (writeWhole(writer, text(PIPE_BUF))) written += PIPE_BUF
  assert.is(written, 65_536)
  reader.read(Buffer.alloc(100))
  assert.is(writeWhole(writer, text(PIPE_BUF)), false, 'not even the part that fits')
  let left = 0
  while (isReadable(reader)) left += reader.read(Buffer.alloc(65_536))
  assert.is(left, written - 100)
  assert.is(pipeCapacity(writer, 100_000), 131_072)
  reader.close()
  writer.close()
})

test('BOOK-3 four processes write 4096 bytes at a time, and no block is torn', async () => {
  const path = fresh()
  const reader = openFifoReader(path)
  for (const letter of 'wxyz') fs.writeFileSync(`${folder}/${letter}`, Buffer.alloc(PIPE_BUF * 200, letter))
  const writers = spawn('sh', ['-c', `cd ${folder}
    for letter in w x y z; do dd if=$letter of=${path} bs=4096 status=none & done; wait`])
  const gone = once(writers, 'exit')
  const [all, wanted] = [Buffer.alloc(PIPE_BUF * 800), PIPE_BUF * 800]
  for (let got = 0; got < wanted;) {
    await waitReadable(reader, { timeoutMs: 5000 })
    got += reader.read(all.subarray(got))
  }
  await gone
  for (let at = 0; at < wanted; at += PIPE_BUF) {
    const block = all.subarray(at, at + PIPE_BUF)
    assert.ok(block.every(byte => byte === block[0]))
  }
  reader.close()
})

test('BOOK-3 when the last reader is killed, the writer is told at once', async () => {
  const path = fresh()
  const cat = spawn('cat', [path], { stdio: 'ignore' })
  let writer = null
  while (writer === null) {
    writer = openFifoWriter(path)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  writeWhole(writer, text(1))
  cat.kill('SIGKILL')
  await once(cat, 'exit')
  assert.throws(() => writeWhole(writer, text(1)), /EPIPE/)
  writer.close()
})

test('BOOK-3 a bell is heard by one who waits, wherever it was rung, and however often', async () => {
  const path = `${folder}/bell`
  const bell = new Bell(path)
  const waiting = bell.wait({ timeoutMs: 5000 })
  assert.is(spawnSync('sh', ['-c', `printf . >> ${path}`]).status, 0)
  assert.is(await waiting, 1)
  for (let i = 0; i < 70_000; i++) bell.ring()
  assert.is(await bell.wait(), 65_536)
  assert.is(bell.answer(), 0)
  assert.is(ringAt(path), true)
  assert.is(await bell.wait(), 1)
  const error = await bell.wait({ timeoutMs: 20 }).catch(error => error)
  assert.is(error.code, 'ETIMEDOUT')
  bell.close()
  assert.is(ringAt(path), false)
})

test('BOOK-3 without the other side of one\'s own, an empty FIFO reads as ended', () => {
  const reader = open(fresh(), O_RDONLY | O_NONBLOCK)
  assert.is(reader.read(Buffer.alloc(1)), 0)
  reader.close()
})

test('BOOK-1 the five questions, asked of a FIFO that is held both ways', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'by its name',
    alone: 'lost', readers: 'one of two', writers: 'merged' })
})

test.run()
