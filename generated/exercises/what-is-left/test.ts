// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Debouncer, type WatchEvent } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const at = (kind: 'created' | 'changed' | 'deleted', path: string): WatchEvent => ({ kind, path, isFolder: false })
const moved = (from: string, to: string, replaced = false): WatchEvent =>
  ({ kind: 'renamed', from, to, isFolder: false, replaced })
function left(...events: WatchEvent[]): string[] {
  const debouncer = new Debouncer()
  for (const each of events) debouncer.add(each, 0)
  return debouncer.flush().map(({ kind }) => kind)
}

test('you know what is left of a file that was created and removed', () => {
  assert.equal(answers.createdAndRemoved, left(at('created', 'a'), at('deleted', 'a')))
})

test('you know what is left of a file that was removed and created again', () => {
  assert.equal(answers.removedAndCreated, left(at('deleted', 'a'), at('created', 'a')))
})

test('you know what is left of a rename there and back', () => {
  assert.equal(answers.thereAndBack, left(moved('a', 'b'), moved('b', 'a')))
})

test('you know what is left of a new file that was written and renamed', () => {
  assert.equal(answers.newWrittenRenamed, left(at('created', 'a'), at('changed', 'a'), moved('a', 'b')))
})

test('you know what is left of an old file that was written and renamed', () => {
  assert.equal(answers.oldWrittenRenamed, left(at('changed', 'a'), moved('a', 'b')))
})

test('you know what is left of an atomic write: a new file, renamed over an old one', () => {
  assert.equal(answers.atomicWrite, left(at('created', 'a.tmp'), moved('a.tmp', 'a', true)))
})

test('you know what is left of a rename, when another file took the old name', () => {
  assert.equal(answers.nameTaken, left(moved('a', 'b'), at('created', 'a')))
})

test.run()
