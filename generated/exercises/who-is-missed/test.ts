// Told in chapters/03-patterns-and-idioms/17-barrier.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const barrier = new Barrier(`${mkdtempSync(`${tmpdir()}/who-is-missed-`)}/barrier`, 2)
const [ann, bob] = [barrier.join('Ann'), barrier.join('Bob')]
const told = (promise: Promise<number>) => promise.then(() => 'met', error => error.code)

test('you know what is told when the first arrived and then left', async () => {
  const arrived = told(ann.meet())
  const answer = await told(bob.meet())
  await arrived
  ann.leave()
  assert.is(answers.arrivedThenLeft, answer)
})

test('you know what is told in the round after that', async () => {
  assert.is(answers.nextRound, await told(bob.meet({ timeoutMs: 2000 })))
})

test('you know whether the seat of one who left is given again', () => {
  let isGiven = true
  try { barrier.join('Carol') } catch { isGiven = false }
  assert.is(answers.seatAgain, isGiven)
  bob.leave()
})

test.run()
