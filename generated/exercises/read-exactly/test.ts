// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pipe } from 'filesystem-communication-space/foundations'
import { readExactly } from './solution.ts'

let { reader, writer } = pipe()
const put = (text: string) => writer.write(Buffer.from(text))
test.before.each(() => { ({ reader, writer } = pipe()) })

test('pieces that come apart are put together', async () => {
  put('hello')
  setTimeout(put, 10, ', who')
  setTimeout(put, 20, 'ever')
  assert.is((await readExactly(reader, 14, { timeoutMs: 2000 })).toString(), 'hello, whoever')
})

test('what comes after is left for the next read', async () => {
  put('onetwo')
  assert.is((await readExactly(reader, 3)).toString(), 'one')
  assert.is((await readExactly(reader, 3)).toString(), 'two')
})

test('an end that comes too early gives what there was', async () => {
  put('hel')
  setTimeout(() => writer.close(), 10)
  const got = readExactly(reader, 5)
  assert.is((await got).toString(), 'hel')
  assert.is((await readExactly(reader, 5)).length, 0)
})

test('the time-out is for all of it, and not for each piece', async () => {
  const drip = setInterval(put, 30, '.')
  const begin = performance.now()
  try {
    await readExactly(reader, 50, { timeoutMs: 100 })
    assert.unreachable('50 bytes take 1.5 s')
  } catch (error) {
    assert.is((error as { code?: string }).code, 'ETIMEDOUT')
    assert.ok(performance.now() - begin < 1000, 'it must end after 100 ms')
  } finally {
    clearInterval(drip)
  }
})

test.run()
