// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BusLog } from 'filesystem-communication-space/experiments'
import { answers, canPublishToPattern, topics } from './solution.ts'

const bus = new BusLog(`${mkdtempSync(`${tmpdir()}/which-of-them-`)}/bus`)

test('you know how many of the topics each pattern matches', async () => {
  for (const topic of topics) await bus.publish(topic, '')
  for (const [pattern, guess] of Object.entries(answers)) {
    const subscription = await bus.subscribe(pattern, { from: 'start' })
    let count = 0
    while (await subscription.take({ timeoutMs: 0 }).then(() => true, () => false)) count++
    assert.is(guess, count, pattern)
  }
  assert.is(Object.keys(answers).length, 4)
})

test('you know whether a pattern may be published to', async () => {
  const can = await bus.publish('orders.*', '').then(() => true, () => false)
  assert.is(canPublishToPattern, can)
})

test.run()
