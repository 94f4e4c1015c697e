// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sendSignal, SignalInbox } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const inbox = new SignalInbox(['SIGUSR2', 34, 35, 36])
test.before.each(() => { inbox.take() })
test.after(() => inbox.close())
const throwAll = (...signals: (number | 'SIGUSR2')[]) => {
  for (const signal of signals) sendSignal(process.pid, signal)
}

test('you know how many arrive of five standard and five real-time signals', () => {
  for (let i = 0; i < 5; i++) throwAll('SIGUSR2', 34)
  const caught = inbox.take().map(({ signal }) => signal)
  const standard = caught.filter(signal => signal < 34).length
  assert.equal(answers.arrived, { standard, realTime: caught.length - standard })
})

test('you know in which order 36, 34 and 35 are taken', () => {
  throwAll(36, 34, 35)
  assert.equal(answers.order, inbox.take().map(({ signal }) => signal))
})

test('you know what is left for a second inbox when the first one has taken', () => {
  const second = new SignalInbox([34])
  throwAll(34)
  inbox.take()
  assert.is(answers.leftForTheSecond, second.take().length)
  second.close()
})

test('you know whether a signal 0 arrives', () => {
  throwAll(0)
  assert.is(answers.zeroArrives, inbox.take().length > 0)
})

test.run()
