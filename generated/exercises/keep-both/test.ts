// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { put } from './solution.ts'

const milk = { content: 'milk', vector: { ann: 1 } }
const bread = { content: 'bread', vector: { ann: 1, bob: 1 } }
const eggs = { content: 'eggs', vector: { ann: 2 } }

test('a version that was known to the writer goes', () => {
  assert.equal(put([milk], bread), [bread])
})

test('two that did not know of each other stay', () => {
  assert.equal(put([bread], eggs), [bread, eggs])
})

test('who has read both replaces both', () => {
  const all = { content: 'all', vector: { ann: 2, bob: 1, carol: 1 } }
  assert.equal(put([bread, eggs], all), [all])
})

test.run()
