// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import { readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pipe } from 'filesystem-communication-space/foundations'
import { waitAny } from './solution.ts'

const pipes = [pipe(), pipe(), pipe()]
const readers = pipes.map(({ reader }) => reader)
const descriptors = () => readdirSync('/proc/self/fd').length
const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'resolved', error => typeof error.code === 'string' ? error.code : error.name)
const before = descriptors()

test('it resolves to the file that is readable first', async () => {
  setTimeout(() => pipes[1]!.writer.write(Buffer.from('!')), 10)
  assert.is(await waitAny(readers, { timeoutMs: 2000 }), readers[1])
})

test('nothing of the other waits is left', async () => {
  await waitAny(readers, { timeoutMs: 60_000 })
  assert.ok(descriptors() <= before, 'descriptors after the wait')
  readers[1]!.read(Buffer.alloc(1))
})

test('a time-out is ETIMEDOUT and leaves nothing', async () => {
  assert.is(await codeOf(waitAny(readers, { timeoutMs: 10 })), 'ETIMEDOUT')
  assert.ok(descriptors() <= before, 'descriptors after the time-out')
})

test("the caller's own signal still ends it", async () => {
  const signal = AbortSignal.timeout(10)
  assert.is(await codeOf(waitAny(readers, { signal, timeoutMs: 3000 })), 'TimeoutError')
  assert.ok(descriptors() <= before, 'descriptors after the signal')
})

test.run()
