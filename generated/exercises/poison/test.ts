// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBus } from 'filesystem-communication-space/experiments'
import { workOff } from './solution.ts'

let folder = ''
test.before.each(() => { folder = mkdtempSync(`${tmpdir()}/poison-`) })

function scene(texts: string[], failures: Record<string, number> = {}) {
  const bus = openBus(folder, { create: true })
  for (const text of texts) bus.publish(text)
  const left = { ...failures }
  const done: string[] = []
  const tried: string[] = []
  const givenUp = workOff(bus, text => {
    tried.push(text)
    if ((left[text] ?? 0) > 0) {
      left[text]!--
      throw new Error(`${text} cannot be packed`)
    }
    done.push(text)
  })
  return { done, tried, givenUp }
}

test('what can be done is done, each once', () => {
  const { done, givenUp } = scene(['a', 'b', 'c'])
  assert.equal([done.sort(), givenUp], [['a', 'b', 'c'], []])
})

test('a message that fails twice and then works is done', () => {
  const { done, givenUp } = scene(['a', 'b'], { b: 2 })
  assert.equal([done.sort(), givenUp], [['a', 'b'], []])
})

test('a message that fails three times is given up, and is told', () => {
  const { done, tried, givenUp } = scene(['a', 'poison', 'c'], { poison: 100 })
  assert.equal(givenUp, ['poison'])
  assert.is(tried.filter(text => text === 'poison').length, 3, 'it is tried three times')
  assert.equal(done.sort(), ['a', 'c'])
})

test('nothing stays claimed', () => {
  scene(['a', 'poison'], { poison: 100 })
  assert.equal(readdirSync(`${folder}/processing`), [])
  assert.is(openBus(folder).tryTake(), undefined, 'nothing is left for another worker')
})

test.run()
