// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Bus, BusLog } from 'filesystem-communication-space/experiments'
import { dashboard } from './solution.ts'

const bus = new BusLog(`${mkdtempSync(`${tmpdir()}/last-known-`)}/bus`)
const shown: string[] = []
let isFirst = true
const until = async (count: number) => {
  const end = Date.now() + 3000
  while (shown.length < count && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 5))
}

test('the newest of each topic comes first', async () => {
  for (const [topic, text] of [['a', '1'], ['b', '1'], ['a', '2']]) await bus.publish(topic!, text!)
  void dashboard(bus as unknown as Bus, '>', message => {
    if (isFirst) void bus.publish('c', 'in between')
    isFirst = false
    shown.push(`${message.topic}${message.text()}`)
  })
  await until(2)
  assert.equal(shown.slice(0, 2).sort(), ['a2', 'b1'])
})

test('what is published afterwards follows', async () => {
  await until(3)
  await bus.publish('a', '3')
  await until(4)
  assert.is(shown.at(-1), 'a3')
})

test('nothing is lost or repeated in between', () => {
  assert.equal(shown.slice(2), ['cin between', 'a3'])
})

test.run()
