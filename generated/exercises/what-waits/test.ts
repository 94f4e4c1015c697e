// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isDeliverable } from 'filesystem-communication-space/patterns'
import { arrivals, delivered, mayGo } from './solution.ts'

test('you know which of the four must wait', () => {
  assert.equal(mayGo, arrivals.map(each => isDeliverable(each, delivered)))
})

test.run()
