// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileBus } from 'filesystem-communication-space/experiments'
import { answers } from './solution.ts'

const bus = new FileBus(`${mkdtempSync(`${tmpdir()}/who-gets-it-`)}/bus`)
const [ann, bob] = [bus.enter('packers', { pattern: 'orders.*' }), bus.enter('packers')]

test('you know who has the messages when one consumer asked first, for one of three', async () => {
  for (const text of ['1', '2', '3']) await bus.publish('orders.new', text)
  ann.tryTake()
  let left = 0
  while (bob.tryTake() !== undefined) left++
  assert.is(answers.leftForTheSecond, left)
})

test('you know the delivery count after a consumer left with a message in its hands', async () => {
  await ann.close()
  assert.is(answers.countAfterLeaving, bob.tryTake()?.deliveries)
})

test('you know how many groups get a message that matches two of them', async () => {
  const second = bus.enter('accountants', { pattern: '>', from: 'end' })
  const third = bus.enter('dashboards', { pattern: 'orders.>', from: 'end' })
  await bus.publish('orders.new', '4')
  assert.is(answers.groupsThatGetIt, [bob, second, third].filter(each => each.tryTake() !== undefined).length)
  await bus.close()
})

test.run()
