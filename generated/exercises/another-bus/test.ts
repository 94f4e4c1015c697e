// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Bus, FileBus } from 'filesystem-communication-space/experiments'
import { MemoryBus } from './solution.ts'

type Half = Pick<Bus, 'publish' | 'subscribe'>
const inFiles = () => new FileBus(`${mkdtempSync(`${tmpdir()}/another-bus-`)}/bus`)
async function program(bus: Half, from: 'start' | 'end'): Promise<string[]> {
  await bus.publish('orders.new.eu', '1')
  const subscription = await bus.subscribe('orders.*.eu', { from })
  for (const [topic, text] of [['orders.new.us', '2'], ['orders.new.eu', '3'], ['orders.old.eu', '4']]) {
    await bus.publish(topic!, text!)
  }
  const seen: string[] = []
  for (;;) {
    const message = await subscription.take({ timeoutMs: 20 }).catch((error: { code: string }) => error.code)
    if (typeof message === 'string') return [...seen, message]
    seen.push(`${message.topic} ${message.text()} ${message.bytes.length}`)
  }
}

test('a program cannot tell it from the bus in a folder', async () => {
  assert.equal(await program(new MemoryBus(), 'end'), await program(inFiles(), 'end'))
})

test('a subscription from the start hears what was published before', async () => {
  assert.equal(await program(new MemoryBus(), 'start'), await program(inFiles(), 'start'))
})

test('a take that waits is woken, and ends with its time', async () => {
  const bus = new MemoryBus()
  const subscription = await bus.subscribe('a')
  setTimeout(() => void bus.publish('b', 'not this'), 10)
  setTimeout(() => void bus.publish('a', 'this'), 30)
  assert.is((await subscription.take({ timeoutMs: 2000 })).text(), 'this')
  const begin = performance.now()
  const code = await subscription.take({ timeoutMs: 50 }).catch((error: { code: string }) => error.code)
  assert.is(code, 'ETIMEDOUT')
  assert.ok(performance.now() - begin >= 45)
})

test.run()
