// Told in chapters/09-cross-platform/09-here.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooser } from './solution.ts'

let calls: string[] = []
const loader = (name: string) => async () => {
  calls.push(name)
  await new Promise(resolve => setTimeout(resolve, 5))
  return { name }
}
const table = () => ({ linux: loader('linux'), windows: loader('windows'), default: loader('default') })
test.before.each(() => { calls = [] })

test('only the loader that is asked for is called, and nothing before somebody asks', async () => {
  const choose = chooser(table())
  assert.equal(calls, [])
  assert.is((await choose('windows')).name, 'windows')
  assert.equal(calls, ['windows'])
})

test('however many ask, and however early, it is called once and all get the same', async () => {
  const choose = chooser(table())
  const early = await Promise.all([choose('linux'), choose('linux')])
  assert.is(early[0], early[1])
  assert.is(await choose('linux'), early[0])
  assert.equal(calls, ['linux'])
})

test("a name that is not in the table gets the one that is called 'default'", async () => {
  const choose = chooser(table())
  assert.is((await choose('beos')).name, 'default')
  assert.is((await choose('toString')).name, 'default')
  assert.equal(calls, ['default'], 'also that one is loaded once')
})

test('a loader that failed is tried again by the next who asks', async () => {
  let fails = true
  const choose = chooser({ default: async () => {
    if (fails) throw new Error('the disk is away')
    return 'loaded'
  } })
  const error = await choose('linux').catch((error: Error) => error.message)
  assert.is(error, 'the disk is away')
  fails = false
  assert.is(await choose('linux'), 'loaded')
})

test.run()
