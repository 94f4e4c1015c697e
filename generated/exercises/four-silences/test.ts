// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Requests } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const folder = `${mkdtempSync(`${tmpdir()}/four-silences-`)}/requests`
const [ann, bob] = [new Requests(folder), new Requests(folder)]
const endOf = (call: Promise<unknown>) => call.then(() => 'an answer', error =>
  error.wasBegun === undefined ? error.code as string : `${error.code}, ${error.wasBegun}`)
let executions = 0

test('you know how a call ends that nobody serves', async () => {
  assert.is(answers.unserved, await endOf(ann.call('1', { timeoutMs: 20 })))
})

test('you know how often a request was executed that ended in its time', () => {
  while (bob.tryServe(() => `${executions++}`)) { /* all that wait */ }
  assert.is(answers.executions, executions)
})

test('you know how it ends when the server is slow', async () => {
  const call = endOf(ann.call('2', { timeoutMs: 20 }))
  const serving = bob.serve(() => new Promise(resolve => setTimeout(resolve, 300, 'late')))
  assert.is(answers.slow, await call)
  bob.close()
  await serving
})

test('you know how it ends when the client closes', async () => {
  const call = endOf(ann.call('3'))
  ann.close()
  assert.is(answers.closed, await call)
})

test.run()
