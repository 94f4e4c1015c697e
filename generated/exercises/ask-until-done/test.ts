// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask } from './solution.ts'

/** A caller whose calls end as the list says, each after some time. */
function caller(ends: (string | Error)[], tookMs = 0) {
  const timeouts: number[] = []
  return { timeouts, async call(_request: string, { timeoutMs }: { timeoutMs: number }): Promise<Buffer> {
    timeouts.push(timeoutMs)
    const end = ends[timeouts.length - 1]!
    await new Promise(resolve => setTimeout(resolve, Math.min(tookMs, timeoutMs)))
    if (tookMs > timeoutMs) throw Object.assign(new Error('too late'), { code: 'ETIMEDOUT' })
    if (typeof end === 'string') return Buffer.from(end)
    throw end
  } }
}
const died = () => Object.assign(new Error('dead'), { code: 'EOWNERDEAD' })
const codeOf = (promise: Promise<string>) => promise.catch((error: { code?: string, message: string }) => error.code ?? error.message)

test('a dead server is followed by another question', async () => {
  assert.is(await codeOf(ask(caller([died(), died(), '9']), 'Oslo', 3, 1000)), '9')
})

test('the server\'s own error is told at once', async () => {
  const one = caller([new Error('no'), '9'])
  assert.is(await codeOf(ask(one, 'Oslo', 3, 1000)), 'no')
  assert.is(one.timeouts.length, 1)
})

test('the deadline is for all of it, and the number of times is kept', async () => {
  const many = caller([died(), died(), died(), '9'])
  assert.is(await codeOf(ask(many, 'Oslo', 3, 1000)), 'EOWNERDEAD')
  assert.is(many.timeouts.length, 3)
  const slow = caller([died(), died(), died(), '9'], 40)
  assert.is(await codeOf(ask(slow, 'Oslo', 9, 100)), 'ETIMEDOUT')
  assert.ok(slow.timeouts[1]! <= 65 && slow.timeouts[2]! < slow.timeouts[1]!, String(slow.timeouts))
})

test.run()
