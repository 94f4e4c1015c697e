// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { layout } from './solution.ts'

test('a field stands at the next multiple of its size', () => {
  const { offsets } = layout([{ name: 'a', width: 1 }, { name: 'b', width: 4 }, { name: 'c', width: 2 },
    { name: 'd', width: 8 }])
  assert.equal(offsets, { a: 0, b: 4, c: 8, d: 16 })
})

test('the whole is a multiple of its widest field', () => {
  assert.is(layout([{ name: 'a', width: 8 }, { name: 'b', width: 1 }]).size, 16)
  assert.is(layout([{ name: 'a', width: 1 }, { name: 'b', width: 1 }]).size, 2)
})

test('an array is aligned as one of its elements', () => {
  const { size, offsets } = layout([{ name: 'a', width: 1, count: 3 }, { name: 'b', width: 2, count: 3 },
    { name: 'c', width: 1 }])
  assert.equal([offsets, size], [{ a: 0, b: 4, c: 10 }, 12])
})

test.run()
