// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MessageQueue, unlinkQueue } from 'filesystem-communication-space/primitives'
import { freshQueue } from './solution.ts'

const name = `/fresh-queue-${process.pid}`
const old = new MessageQueue(name, { create: true, messagesMax: 3, messageSize: 16 })
test.after(() => unlinkQueue(name))

test('the queue is empty and has the sizes that were asked for', () => {
  old.send(Buffer.from('of yesterday'))
  assert.equal(freshQueue(name, 4, 32).state, { messagesMax: 4, messageSize: 32, waiting: 0 })
})

test('one who has the old queue open does not reach the new one', () => {
  const queue = freshQueue(name, 3, 16)
  old.send(Buffer.from('late'))
  assert.is(queue.receive(), null)
  new MessageQueue(name).send(Buffer.from('in time'))
  assert.is(String(queue.receive()?.bytes), 'in time')
})

test.run()
