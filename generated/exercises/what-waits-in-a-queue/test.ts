// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MessageQueue, unlinkQueue } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const name = `/what-waits-${process.pid}`
const queue = new MessageQueue(name, { create: true, messagesMax: 4, messageSize: 8 })
unlinkQueue(name)

test('you know whether an empty note is a note', () => {
  queue.send(Buffer.alloc(0))
  assert.is(answers.emptyNoteArrives, queue.receive() !== null)
})

test('you know what comes out of 1a, 2b, 1c, 2d, where the digit is the urgency', () => {
  for (const [digit, letter] of ['1a', '2b', '1c', '2d'].map(each => [...each])) {
    queue.send(Buffer.from(letter!), Number(digit))
  }
  let order = ''
  for (let note; (note = queue.receive()) !== null;) order += String(note.bytes)
  assert.is(answers.order, order)
})

test('you know whether a full queue takes a note that is more urgent than all', () => {
  for (let i = 0; i < 4; i++) queue.send(Buffer.from('x'))
  assert.is(answers.fullTakesUrgent, queue.send(Buffer.from('x'), 9))
})

test.run()
