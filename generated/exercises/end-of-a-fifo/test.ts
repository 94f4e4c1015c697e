// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isReadable, mkfifo, open, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY,
} from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

function scene(flags: number) {
  const path = `${mkdtempSync(`${tmpdir()}/end-of-a-fifo-`)}/fifo`
  mkfifo(path)
  const reader = open(path, flags | O_NONBLOCK)
  const before = isReadable(reader)
  const writer = open(path, O_WRONLY | O_NONBLOCK)
  writer.writeAll(Buffer.from('hello'))
  writer.close()
  reader.read(Buffer.alloc(100))
  return { reader, before, after: isReadable(reader) }
}
const lonely = scene(O_RDONLY)

test('you know whether a FIFO without a writer is readable before anybody wrote', () => {
  assert.is(answers.readableBeforeAnyWriter, lonely.before)
})

test('you know whether it is readable after the writer has left and all is read', () => {
  assert.is(answers.readableAfterTheEnd, lonely.after)
})

test('you know what a read returns then', () => {
  assert.is(answers.bytesReadAtTheEnd, lonely.reader.read(Buffer.alloc(100)))
})

test('you know whether that changes when the reader opens it for reading and writing', () => {
  assert.is(answers.readableAfterTheEndWhenOpenedReadWrite, scene(O_RDWR).after)
})

test.run()
