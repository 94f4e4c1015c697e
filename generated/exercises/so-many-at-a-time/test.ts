// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Semaphore } from 'filesystem-communication-space/patterns'
import { atMost } from './solution.ts'

const semaphore = new Semaphore(`${mkdtempSync(`${tmpdir()}/at-most-`)}/seats`, 2)
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
let [running, most] = [0, 0]
const task = (i: number) => async () => {
  most = Math.max(most, ++running)
  await sleep(20 - i)
  running--
  return i
}

test('the results are in the order of the tasks', async () => {
  assert.equal(await atMost(semaphore, [0, 1, 2, 3, 4, 5].map(task)), [0, 1, 2, 3, 4, 5])
})

test('never more run than there are permits', () => {
  assert.is(most, 2)
})

test('a task that fails gives its permit back', async () => {
  let mostTaken = 0
  const fails = async () => {
    mostTaken = Math.max(mostTaken, semaphore.state().taken)
    throw new Error('no')
  }
  await atMost(semaphore, [fails]).catch(() => {})
  assert.equal([mostTaken, semaphore.state().taken], [1, 0])
})

test.run()
