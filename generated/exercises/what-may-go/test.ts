// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { removable } from './solution.ts'

test('what one member lacks stays', () => {
  assert.equal(removable([{ ann: 5, bob: 2 }, { ann: 3 }, { ann: 4, bob: 9 }]), { ann: 3 })
})

test('what all members have may go', () => {
  assert.equal(removable([{ ann: 5, bob: 2 }, { ann: 5, bob: 2 }]), { ann: 5, bob: 2 })
})

test.run()
