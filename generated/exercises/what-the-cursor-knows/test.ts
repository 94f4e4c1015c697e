// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { mkdtempSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Topic } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const folder = `${mkdtempSync(`${tmpdir()}/what-the-cursor-knows-`)}/topic`
const topic = new Topic(folder, { segmentBytes: 30 })
const [first] = topic.publishMany(['one', 'two', 'three'])

function readAll(): string[] {
  const bob = topic.subscribe({ name: 'bob', from: 'start' })
  const seen = []
  for (let message; (message = bob.tryNext()) !== undefined;) seen.push(String(message.bytes))
  bob.commit()
  bob.close()
  return seen
}

test('you know what a subscriber sees after its cursor file was removed under it and it came again with from start', () => {
  readAll()
  unlinkSync(`${folder}/cursors/bob`)
  assert.is(answers.seenAfterRemoval, readAll().length)
})

test('you know where a subscriber stands whose cursor was written by hand into the middle of a message', () => {
  writeFileSync(`${folder}/cursors/bob`, `${String(first! + 5).padStart(16, '0')}\n`)
  assert.is(answers.firstSeenFromTheMiddle, readAll()[0])
})

test('you know how many bytes retention cost a subscriber that had read all', () => {
  const bob = topic.subscribe({ name: 'bob' })
  topic.prune({})
  topic.publish('four')
  assert.is(String(bob.tryNext()?.bytes), 'four')
  assert.is(answers.missedByTheQuick, bob.missed)
})

test.run()
