// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { forget } from 'filesystem-communication-space/primitives'
import { missing, PIECE } from './solution.ts'

const file = open(`${mkdtempSync(`${tmpdir()}/missing-pieces-`)}/file`, O_RDWR | O_CREAT)
const write = (...pieces: number[]) => {
  for (const piece of pieces) file.writeAll(Buffer.alloc(PIECE, 'x'), piece * PIECE)
}
test.before.each(() => file.truncate(0))

test('a piece in the middle that nobody wrote is missing', () => {
  write(0, 1, 5, 3)
  assert.equal(missing(file, 6), [2, 4])
})

test('pieces behind the end of the file are missing', () => {
  assert.equal(missing(file, 2), [0, 1])
  write(1)
  assert.equal(missing(file, 4), [0, 2, 3])
})

test('a piece that was forgotten is missing again', () => {
  write(0, 1, 2)
  forget(file, { start: PIECE, end: 2 * PIECE })
  assert.equal(missing(file, 3), [1])
})

test.run()
