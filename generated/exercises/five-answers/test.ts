// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PRIMITIVES, probe } from 'filesystem-communication-space/foundations'
import { directoryEntry, eventfd } from './solution.ts'

const [first, second] = await Promise.all(['eventfd', 'directory entry'].map(name =>
  probe(PRIMITIVES.find(each => each.name === name)!)))

test('an eventfd behaves as you say', () => {
  assert.equal(eventfd, first)
})

test('a directory entry behaves as you say', () => {
  assert.equal(directoryEntry, second)
})

test.run()
