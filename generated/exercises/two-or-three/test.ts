// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { isMainThread } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkdir, open, O_CREAT, O_WRONLY, statIfThere } from 'filesystem-communication-space/foundations'
import { explore, type Here, type Scene } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const makes = (path: string) => { try { return mkdir(path), true } catch { return false } }
const ways: { [name: string]: (here: Here) => boolean } = {
  make: ({ folder }) => makes(`${folder}/a`),
  look({ folder }) {
    if (statIfThere(`${folder}/a`) !== null) return false
    open(`${folder}/a`, O_WRONLY | O_CREAT).close()
    return true
  },
  another: ({ folder }) => makes(`${folder}/a`) || !makes(`${folder}/b`),
}
const contest = (way: string, size: number): Scene => ({
  actors: Object.fromEntries(['ann', 'bob', 'carol'].slice(0, size).map(name => [name, ways[way]!])),
  check({ ends }) { assert.ok(Object.values(ends).filter(({ value }) => value === true).length < 2) },
})
export const [make2, make3, look2, look3, another2, another3] =
  ['make', 'look', 'another'].flatMap(way => [contest(way, 2), contest(way, 3)])

if (isMainThread) {
  test('you know how many it takes to break each', async () => {
    for (const [way, answer] of Object.entries(answers)) {
      const isRight = async (size: number) => (await explore(import.meta.url, `${way}${size}`, { deaths: 0 })).failure === null
      assert.is(answer, !await isRight(2) ? 2 : !await isRight(3) ? 3 : Infinity, way)
    }
  })
  test.run()
}
