// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Ack } from 'filesystem-communication-space/patterns'
import { acceptOnce } from './solution.ts'

function scene() {
  const stored: string[] = []
  const state = { isFull: false }
  const accept = acceptOnce({
    async accept(raw): Promise<Ack> {
      await new Promise(setImmediate)
      if (state.isFull) throw new Error('ENOSPC')
      return { sequence: stored.push(Buffer.from(raw).toString()), durability: 'disk' }
    },
  })
  return { stored, state, give: (text: string) => accept(Buffer.from(text)) }
}

test('a reading that comes again gets the first answer and is stored once', async () => {
  const { stored, give } = scene()
  const first = await give('a:1')
  await give('b:1')
  assert.equal([await give('a:1'), stored], [first, ['a:1', 'b:1']])
})

test('two that come at the same time are stored once', async () => {
  const { stored, give } = scene()
  const [one, other] = await Promise.all([give('a:1'), give('a:1')])
  assert.equal([one, stored], [other, ['a:1']])
})

test('a reading that could not be stored may come again', async () => {
  const { stored, state, give } = scene()
  state.isFull = true
  assert.match(String(await give('a:1').catch(String)), /ENOSPC/)
  state.isFull = false
  await give('a:1')
  assert.equal(stored, ['a:1'])
})

test.run()
