// Told in chapters/02-primitives-catalog/12-memory-map.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { allocate, Mapping } from 'filesystem-communication-space/primitives'
import { begin, end, read } from './solution.ts'

const file = open(`${mkdtempSync(`${tmpdir()}/seqlock-`)}/pair`, O_RDWR | O_CREAT)
allocate(file, 4096)
const [ann, bob] = [true, false].map(writable =>
  new Int32Array(new Mapping(file, { writable }).bytes.buffer)) as [Int32Array, Int32Array]
function write(value: number) {
  begin(ann)
  ann.fill(value, 1, 3)
  end(ann)
}

test('a pair that is written is read', () => {
  write(7)
  assert.equal(read(bob), [7, 7])
})

test('a pair that is being written is not read: null', () => {
  begin(ann)
  ann[1] = 8
  assert.is(read(bob), null)
  ann[2] = 8
  end(ann)
  assert.equal(read(bob), [8, 8])
})

test('a reader notices a write that began and ended while it read', () => {
  assert.is(read(bob, () => write(9)), null)
  assert.equal(read(bob), [9, 9])
})

test.run()
