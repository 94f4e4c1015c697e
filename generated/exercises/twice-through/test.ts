// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { barrier } from './solution.ts'

function scene(buffered: string[]) {
  const queue: (string | (() => void))[] = ['answer']
  const seen: string[] = []
  const drain = () => {
    const item = queue.shift()
    if (typeof item === 'function') item()
    if (item === 'answer') queue.push(...buffered)   // the next question is answered at once
    if (typeof item === 'string') seen.push(item)
    if (queue.length > 0) setImmediate(drain)
  }
  setImmediate(drain)
  return { seen, mark: (drained: () => void) => { queue.push(drained) } }
}

test('what was in the queue has come out', async () => {
  const { seen, mark } = scene([])
  await barrier(mark)
  assert.equal(seen, ['answer'])
})

test("what waited in the source's buffer has come out as well", async () => {
  const { seen, mark } = scene(['one', 'two'])
  await barrier(mark)
  assert.equal(seen, ['answer', 'one', 'two'])
})

test.run()
