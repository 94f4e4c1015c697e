// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isReadable } from 'filesystem-communication-space/foundations'
import { EventCount } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

test('you know what three additions of 1, 0 and 5 give to one take', () => {
  const count = new EventCount()
  for (const each of [1, 0, 5]) count.add(each)
  assert.is(answers.takeAfterOneNothingAndFive, count.take())
})

test('you know whether adding 0 makes it readable', () => {
  const count = new EventCount()
  count.add(0)
  assert.is(answers.zeroMakesReadable, isReadable(count))
})

test('you know whether a duplicate has a count of its own', () => {
  const count = new EventCount()
  const copy = new EventCount({ fd: count.duplicate().fd })
  count.add()
  assert.is(answers.duplicateCountsForItself, copy.take() === 0n)
})

test.run()
