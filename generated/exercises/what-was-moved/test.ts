// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, pipe, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { splice, tee } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const file = open(`${mkdtempSync(`${tmpdir()}/what-was-moved-`)}/file`, O_RDWR | O_CREAT)
file.truncate(200_000)

test('you know how many bytes a splice of 100,000 from a file into an empty pipe moves', () => {
  assert.is(answers.moved, splice(file, pipe({ nonblocking: true }).writer, { size: 100_000 }))
})

test('you know whether a splice from a position moves the offset of the open file', () => {
  const before = file.seek(0, 'current')
  splice(file, pipe({ nonblocking: true }).writer, { size: 10, fromPosition: 7 })
  assert.is(answers.offsetMoves, file.seek(0, 'current') !== before)
})

test('you know how much is left in a pipe of which 3 of 5 bytes were given to another by tee', () => {
  const [one, other] = [pipe({ nonblocking: true }), pipe({ nonblocking: true })]
  one.writer.write(Buffer.from('hello'))
  tee(one.reader, other.writer, 3)
  assert.is(answers.left, one.reader.read(Buffer.alloc(10)))
})

test.run()
