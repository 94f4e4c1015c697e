// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileBus } from 'filesystem-communication-space/experiments'
import { handle } from './solution.ts'

const bus = new FileBus(`${mkdtempSync(`${tmpdir()}/wait-longer-`)}/bus`)
const consumer = bus.enter('packers', { pattern: '>', deliveriesMax: 9 })
const status = () => {
  const group = bus.group('packers')
  const { waiting, held, dead } = group.status()
  group.close()
  return [waiting, held, dead]
}

test('what works is acknowledged', async () => {
  await bus.publish('a', 'fine')
  await handle(await consumer.take(), () => {}, 40)
  assert.equal(status(), [0, 0, 0])
})

test('what fails comes again, after a longer pause each time', async () => {
  await bus.publish('a', 'later')
  const pauses: number[] = []
  for (let i = 0; i < 3; i++) {
    const delivery = await consumer.take({ timeoutMs: 3000 })
    await handle(delivery, () => { throw new Error('no answer') }, 40)
    pauses.push(Date.now())
  }
  await handle(await consumer.take({ timeoutMs: 3000 }), () => {}, 40)
  pauses.push(Date.now())
  const [first, second, third] = pauses.slice(1).map((each, i) => each - pauses[i]!) as [number, number, number]
  assert.ok(first >= 38 && second >= 78 && third >= 158, `${first}, ${second}, ${third} ms`)
})

test('what is wrong by itself is rejected at once, with its reason', async () => {
  await bus.publish('a', 'nonsense')
  await handle(await consumer.take(), () => { throw new TypeError('no number') }, 40)
  assert.equal(status(), [0, 0, 1])
  const group = bus.group('packers')
  assert.match(group.deadLetters()[0]!.why, 'no number')
  group.close()
})

test.run()
