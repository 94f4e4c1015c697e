// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Election } from 'filesystem-communication-space/patterns'
import { whileLeading } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/while-leading-`)}/election`
let [nowMs, count] = [0, 0]
let election: Election
test.before.each(() => {
  election = new Election(`${path}${count++}`, { ttlMs: 100, renewMs: 5, nowMs: () => nowMs })
})

test('the action runs as the leader, and its result is returned', async () => {
  assert.is(await whileLeading(election, async () => election.leader()?.token), 1)
})

test('nobody leads afterwards, also when the action fails', async () => {
  assert.is(election.leader(), null)
  await whileLeading(election, () => Promise.reject(new Error('no'))).catch(() => {})
  assert.is(election.leader(), null)
})

test('an action whose term was lost is run again in a new term', async () => {
  const tokens: number[] = []
  await whileLeading(election, async (signal, token) => {
    tokens.push(token)
    if (tokens.length > 1) return
    nowMs += 1000
    const keepAlive = setTimeout(() => {}, 2000)
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    clearTimeout(keepAlive)
  })
  assert.is(tokens.length, 2)
})

test.run()
