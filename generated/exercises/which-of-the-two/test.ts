// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareVectors } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

test('you know how each pair stands', () => {
  assert.equal(answers, [
    compareVectors({ ann: 1 }, { ann: 1, bob: 1 }),
    compareVectors({ ann: 2 }, { ann: 1, bob: 1 }),
    compareVectors({ ann: 2, bob: 3 }, { ann: 2 }),
    compareVectors({ bob: 1 }, { ann: 1 }),
  ])
})

test.run()
