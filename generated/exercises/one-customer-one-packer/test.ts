// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Delivery, FileBus } from 'filesystem-communication-space/experiments'
import { packAll } from './solution.ts'

const bus = new FileBus(`${mkdtempSync(`${tmpdir()}/one-customer-`)}/bus`)
const consumer = bus.enter('packers', { pattern: 'orders.*' })
const log: string[] = []
const running = new Set<string>()
let [most, broken] = [0, 0]

async function pack({ topic, text }: Delivery, words: string): Promise<void> {
  void text
  if (running.has(topic)) broken++
  running.add(topic)
  most = Math.max(most, running.size)
  await new Promise(resolve => setTimeout(resolve, words.endsWith('0') ? 30 : 5))
  running.delete(topic)
  log.push(words)
}

test('one customer\'s orders are worked on in their order, one at a time', async () => {
  for (let i = 0; i < 4; i++) for (const customer of ['ann', 'bob']) await bus.publish(`orders.${customer}`, `${customer} ${i}`)
  await packAll(consumer, 8, order => pack(order, order.text()))
  assert.is(broken, 0)
  for (const customer of ['ann', 'bob']) {
    assert.equal(log.filter(line => line.startsWith(customer)), [0, 1, 2, 3].map(i => `${customer} ${i}`))
  }
})

test('two customers are worked on at the same time', () => {
  assert.is(most, 2)
})

test('all are acknowledged', () => {
  const group = bus.group('packers')
  const { waiting, held } = group.status()
  group.close()
  assert.equal([waiting, held], [0, 0])
})

test.run()
