// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EventCount } from 'filesystem-communication-space/primitives'
import { Party } from './solution.ts'

let parties: Party[] = []
test.before.each(() => {
  const [missing, open] = [new EventCount({ semaphore: true, initial: 2 }), new EventCount()]
  parties = [1, 2, 3, 4].map(() => new Party(missing, open))
})
const passing = () => parties.map(({ mayPass }) => mayPass)

test('nobody passes before the last one has arrived', () => {
  parties[0]!.arrive()
  parties[1]!.arrive()
  assert.equal(passing(), [false, false, false, false])
})

test('everybody passes afterwards, also who comes late', () => {
  for (const party of parties.slice(0, 3)) party.arrive()
  assert.equal(passing(), [true, true, true, true])
  assert.equal(passing(), [true, true, true, true])
})

test('who arrives twice counts once', () => {
  for (const each of [0, 0, 0, 1]) parties[each]!.arrive()
  assert.equal(passing(), [false, false, false, false])
})

test.run()
