// Told in chapters/03-patterns-and-idioms/17-barrier.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from 'filesystem-communication-space/patterns'
import { inStep } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/in-step-`)}/barrier`
const log: number[] = []

test('every round runs after all have finished the one before', async () => {
  const step = async (round: number) => { log.push(round) }
  const barrier = new Barrier(`${path}1`, 2)
  await Promise.all(['Ann', 'Bob'].map(name => inStep(barrier, name, 3, step)))
  assert.equal(log, [1, 1, 2, 2, 3, 3])
})

test('one that fails leaves, and the others are told', async () => {
  const barrier = new Barrier(`${path}2`, 2)
  const ann = barrier.join('Ann')
  await inStep(barrier, 'Bob', 3, () => Promise.reject(new Error('no'))).catch(() => {})
  const told = await ann.meet({ timeoutMs: 500 }).catch(error => error.code)
  assert.is(told, 'EOWNERDEAD')
  ann.leave()
})

test.run()
