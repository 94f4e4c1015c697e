// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Fence, tryAcquireLease } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/who-protects-`)}/lease`
const fence = new Fence(`${path}.fence`)
const passes = (token: number) => {
  try {
    return fence.passSync(token, () => true)
  } catch { return false }
}
const first = tryAcquireLease(path)!
first.release()

test('you know whether a released token may still pass a fence', () => {
  assert.is(answers.releasedTokenPasses, passes(first.token))
})

test('you know whether the holder of a newer token shuts out an older one before it has written', () => {
  const second = tryAcquireLease(path)!
  assert.is(answers.grantAloneShutsOut, !passes(first.token))
  assert.is(answers.tokenAfterRelease, second.token)
  second.release()
})

test('you know what the next token is after a holder that gave its lease back', () => {
  assert.is(answers.tokenAfterRelease, first.token + 1)
})

test('you know whether an idle holder that renews too late has its lease again', () => {
  let now = 0
  const lease = tryAcquireLease(path, { ttlMs: 10, renewMs: 0, nowMs: () => now })!
  now = 20
  assert.is(answers.lateRenewalWorks, lease.renew())
})

test.run()
