// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Ends } from './solution.ts'

test('ends in another order reach the right promises', async () => {
  const ends = new Ends()
  const both = Promise.all([ends.begin(0x10), ends.begin(0x20)])
  ends.arrive([{ address: 0x20, count: 2 }])
  ends.arrive([{ address: 0x10, count: 1 }])
  assert.equal(await both, [1, 2])
})

test('several ends in one message are all told', async () => {
  const ends = new Ends()
  const all = Promise.all([1, 2, 3].map(address => ends.begin(address)))
  ends.arrive([3, 1, 2].map(address => ({ address, count: address * 10 })))
  assert.equal(await all, [10, 20, 30])
})

test('an end that nobody waits for harms nothing', async () => {
  const ends = new Ends()
  const one = ends.begin(1)
  ends.arrive([{ address: 9, count: 0 }])
  ends.arrive([{ address: 1, count: 5 }])
  assert.is(await one, 5)
})

test.run()
