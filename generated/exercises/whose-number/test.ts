// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toInside, toOutside } from 'filesystem-communication-space/namespace'
import { answers } from './solution.ts'

const map = [{ inside: 0, outside: 1000, count: 1 }, { inside: 1, outside: 100_000, count: 65_536 }]

test('you know who root inside is outside', () => {
  assert.is(answers.rootOutside, toOutside(map, 0))
})

test('you know who user 1000 inside is outside', () => {
  assert.is(answers.user1000Outside, toOutside(map, 1000))
})

test('you know as whom user 1000 outside is seen inside', () => {
  assert.is(answers.user1000Inside, toInside(map, 1000))
})

test('you know as whom root outside is seen inside', () => {
  assert.is(answers.rootInside, toInside(map, 0))
})

test('you know how many users there are inside', () => {
  assert.is(answers.users, map.reduce((sum, { count }) => sum + count, 0))
})

test.run()
