// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Intake } from 'filesystem-communication-space/patterns'
import { patiently } from './solution.ts'

async function outcomeOf(failures: number) {
  let calls = 0
  const enrich = patiently(raw => {
    if (++calls <= failures) throw new Error(`down, ${calls}`)
    return raw
  }, 1)
  const intake = new Intake(`${mkdtempSync(`${tmpdir()}/try-three-times-`)}/intake`, enrich)
  const { sequence } = await intake.accept(Buffer.from('12'))
  await intake.idle()
  const outcome = intake.outcome(sequence)
  await intake.close()
  return { calls, outcome }
}

test('an enrichment that fails twice succeeds', async () => {
  const { calls, outcome } = await outcomeOf(2)
  assert.equal([calls, outcome.state], [3, 'enriched'])
})

test('one that fails three times fails with the last reason', async () => {
  const { calls, outcome } = await outcomeOf(9)
  assert.equal([calls, outcome], [3, { state: 'failed', reason: 'Error: down, 3' }])
})

test('what succeeds at once is asked once', async () => {
  const { calls, outcome } = await outcomeOf(0)
  assert.equal([calls, outcome.state], [1, 'enriched'])
})

test.run()
