// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { isMainThread } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explore, type Here, type Scene } from 'filesystem-communication-space/patterns'
import { takeNumber } from './solution.ts'

const take = ({ folder }: Here) => takeNumber(folder)
export const takers: Scene = {
  actors: { ann: take, bob: take, carol: take },
  check({ ends, folder }) {
    const numbers = Object.values(ends).filter(end => end.how === 'returned').map(end => end.value)
    assert.is(new Set([...numbers, takeNumber(folder)]).size, numbers.length + 1, numbers.join())
  },
}
if (isMainThread) {
  test('nobody shares a number, whatever the order', async () => {
    const { failure } = await explore(import.meta.url, 'takers', { deaths: 0, preemptions: 2 })
    assert.is(failure, null, `${failure?.trace}`)
  })
  test('a death does not stop the others', async () => {
    const { failure } = await explore(import.meta.url, 'takers', { preemptions: 1 })
    assert.is(failure, null, `${failure?.trace}`)
  })
  test.run()
}
