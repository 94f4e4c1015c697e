// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare } from './solution.ts'

const names = (record: Record<string, number>) =>
  new Map(Object.entries(record).map(([name, number]) => [name, BigInt(number)]))

test('a file that came and one that went are told', () => {
  assert.equal(compare(names({ a: 1, b: 2 }), names({ b: 2, c: 3 })), ['created c', 'deleted a'])
})

test('another file under the same name is told as both', () => {
  assert.equal(compare(names({ a: 1 }), names({ a: 2 })), ['created a', 'deleted a'])
})

test('the same file under another name is told as a move', () => {
  assert.equal(compare(names({ a: 1, b: 2 }), names({ b: 1 })), ['deleted b', 'moved a b'])
  assert.equal(compare(names({ a: 1, b: 2 }), names({ a: 2, b: 1 })), ['moved a b', 'moved b a'])
})

test.run()
