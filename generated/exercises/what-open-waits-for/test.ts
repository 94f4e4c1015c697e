// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkfifo, open, O_NONBLOCK, O_RDONLY, O_WRONLY } from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/what-open-waits-for-`)}/fifo`
mkfifo(path)
function saying(act: () => number): number | string {
  try {
    return act()
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('you know what a writer is told when nobody reads', () => {
  assert.is(answers.openToWriteAlone, saying(() => open(path, O_WRONLY | O_NONBLOCK).fd))
})

test('you know what a reader reads before a writer came and while one is there', () => {
  const reader = open(path, O_RDONLY | O_NONBLOCK)
  assert.is(answers.readBeforeAWriterCame, saying(() => reader.read(Buffer.alloc(9))))
  const writer = open(path, O_WRONLY | O_NONBLOCK)
  assert.is(answers.readWhileAWriterIsThere, saying(() => reader.read(Buffer.alloc(9))))
  writer.close()
  reader.close()
})

test('you know the size of a FIFO with ten bytes in it', () => {
  const reader = open(path, O_RDONLY | O_NONBLOCK)
  open(path, O_WRONLY | O_NONBLOCK).write(Buffer.alloc(10))
  assert.is(answers.sizeWithTenBytes, reader.stat().size)
})

test.run()
