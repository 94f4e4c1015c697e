// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { isMainThread } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explore, type Here, type Scene } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const speak = ({ note }: Here) => { for (const word of ['one', 'two', 'three']) note(word) }
export const speakers: Scene = { actors: { ann: speak, bob: speak }, check: () => {} }
const count = async (preemptions?: number) =>
  (await explore(import.meta.url, 'speakers', { deaths: 0, preemptions })).endings.length

if (isMainThread) {
  test('you know how many orders there are', async () => {
    assert.is(answers.all, await count())
  })
  test('you know how many there are in which nobody is interrupted', async () => {
    assert.is(answers.withoutInterruption, await count(0))
  })
  test('you know how many there are with one interruption at most', async () => {
    assert.is(answers.withOne, await count(1))
  })
  test.run()
}
