// Told in chapters/10-files/07-lock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onceOnly } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/once-only-`)

test('the job runs and its result comes back', async () => {
  assert.equal(await onceOnly(`${folder}/a`, async () => 17), { ran: true, result: 17 })
})

test('while it runs, a second call does not wait and does not run', async () => {
  const path = `${folder}/b`
  const first = onceOnly(path, () => sleep(100, 'first'))
  await sleep(10)
  assert.equal(await onceOnly(path, async () => 'second'), { ran: false })
  assert.equal(await first, { ran: true, result: 'first' })
})

test('after a job that threw, the next one runs', async () => {
  const path = `${folder}/c`
  await onceOnly(path, async () => { throw new Error('no') }).catch(() => {})
  assert.equal(await onceOnly(path, async () => 'again'), { ran: true, result: 'again' })
})

test.run()
