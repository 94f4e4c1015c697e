// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Topic } from 'filesystem-communication-space/patterns'
import { compact } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/newest-of-each-`)
const [from, to] = [new Topic(`${folder}/from`), new Topic(`${folder}/to`)]
const lines = ['a=1', 'b=1', 'a=2', 'c=1', 'b=2=2']
from.publishMany(lines)
const count = compact(from, to)
const texts = (topic: Topic) => [...topic.messages()].map(({ bytes }) => String(bytes))

test('of each key only the newest value is there', () => {
  assert.equal([...texts(to)].sort(), ['a=2', 'b=2=2', 'c=1'])
  assert.is(count, 3)
})

test('they are in the order of their publishing', () => {
  assert.equal(texts(to), ['a=2', 'c=1', 'b=2=2'])
})

test('the old topic is as it was', () => {
  assert.equal(texts(from), lines)
})

test.run()
