// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LamportClock } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/larger-is-later-`)
const [ann, bob] = ['ann', 'bob'].map(node => new LamportClock(`${folder}/${node}`, node)) as
  [LamportClock, LamportClock]
const events = [1, 2, 3].map(() => ann.tick())
const first = bob.tick()
const receipt = bob.observe(events[1]!)

test("you know the time of Bob's receipt", () => {
  assert.is(answers.bobsReceipt, receipt.time)
})

test('you know whether a smaller time means an earlier event', () => {
  const isSmaller = first.time < events[2]!.time   // and neither has heard of the other
  assert.is(answers.smallerMeansHappenedBefore, !isSmaller)
})

test.run()
