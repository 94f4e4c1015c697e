// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { catches, shows } from './every-order-shows.stage.ts'
import { countNotes, neverTwo } from './every-order.ts'

const said = (...lines: string[]) => ({ notes: lines.map(line => ({ who: line.split(' ')[0]!, text: line.split(' ')[1]! })) })

test('two are inside only if the first has neither left nor died', () => {
  assert.throws(() => neverTwo(said('ann in', 'bob dies', 'carol in')), /carol comes in while ann is inside/)
  for (const leave of ['ann out', 'ann dies']) neverTwo(said('ann in', leave, 'bob in'))
  assert.is(countNotes(said('ann in', 'bob dies', 'carol in'), 'in'), 2)
})

shows('lockFile', 2, 1, Infinity)
shows('pidfile', 2, 1, 1)
for (const name of ['lockFile', 'pidfile']) {
  shows(name, 3, 1, 0)
  catches(name, 2, 3)
}
test.run()
