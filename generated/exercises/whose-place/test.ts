// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_APPEND, O_RDWR } from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/whose-place-`)}/file`
let file = open('/dev/null')
const two = (from: { read(buffer: Uint8Array): number }) => {
  const buffer = Buffer.alloc(2)
  from.read(buffer)
  return String(buffer)
}
test.before.each(() => {
  writeFileSync(path, 'abcdef')
  file = open(path, O_RDWR | O_APPEND)
  two(file)
})

test('you know what a duplicate reads after the first has read two bytes', () => {
  assert.is(answers.duplicateReads, two(file.duplicate()))
})

test('you know what a second open reads after the first has read two bytes', () => {
  assert.is(answers.secondOpenReads, two(open(path)))
})

test('you know where a reader is after its O_APPEND file was written to', () => {
  file.write(Buffer.from('gh'))
  assert.is(answers.offsetAfterAppend, file.seek(0, 'current'))
})

test('you know what a read with a position does to the offset', () => {
  file.read(Buffer.alloc(2), 4)
  assert.is(answers.offsetAfterReadAtFour, file.seek(0, 'current'))
})

test.run()
