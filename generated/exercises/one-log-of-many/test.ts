// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LamportClock } from 'filesystem-communication-space/patterns'
import { hear, merge, write, type Line } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/one-log-`)
const [ann, bob] = ['ann', 'bob'].map(node => new LamportClock(`${folder}/${node}`, node)) as
  [LamportClock, LamportClock]
const [anns, bobs]: [Line[], Line[]] = [[], []]
const question = write(ann, anns, 'question')
hear(bob, question)
const answer = write(bob, bobs, 'answer')
hear(ann, answer)
write(ann, anns, 'thanks')
write(bob, bobs, 'aside')

test('an answer never stands before its question', () => {
  const all = merge([bobs, anns])
  assert.ok(all.indexOf('question') < all.indexOf('answer'))
  assert.ok(all.indexOf('answer') < all.indexOf('thanks'))
})

test('the order does not depend on the order of the journals', () => {
  assert.equal(merge([bobs, anns]), merge([anns, bobs]))
})

test.run()
