// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cut } from './solution.ts'

const range = (start: number, end: number) => ({ start, end })

test('bytes out of the middle leave both sides', () => {
  assert.equal(cut(range(0, 10), range(3, 5)), [range(0, 3), range(5, 10)])
})

test('bytes at an edge leave one side', () => {
  assert.equal(cut(range(2, 10), range(0, 5)), [range(5, 10)])
  assert.equal(cut(range(2, 10), range(7, 20)), [range(2, 7)])
})

test('bytes elsewhere leave everything, and all of them nothing', () => {
  assert.equal(cut(range(2, 10), range(10, 12)), [range(2, 10)])
  assert.equal(cut(range(2, 10), range(0, 2)), [range(2, 10)])
  assert.equal(cut(range(2, 10), range(0, 12)), [])
})

test.run()
