// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { Spool } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const spool = new Spool(`${mkdtempSync(`${tmpdir()}/which-comes-last-`)}/spool`)
let [syncs, before, changed] = [0, 0, '']
const stop = tap((syscall, _args, proceed) => {
  const result = proceed()
  if (/sync/.test(syscall)) syncs++
  if (before >= 0 && /^(open|link|unlink|close)$/.test(syscall)) {
    const now = look()
    if (now !== before) changed = syscall
    before = now
  }
  return result
})
let isLooking = false
function look(): number {
  if (isLooking) return before
  isLooking = true
  const count = spool.jobs().length
  isLooking = false
  return count
}
spool.submit('x')
const [submission, made] = [syncs, changed]
spool.begin()!.done()
stop()

test('you know how many syncs a durable submission makes', () => assert.is(answers.syncs, submission))
test('you know which call makes the job', () => assert.is(answers.makesIt, made))
test('you know which call ends it', () => assert.is(answers.endsIt, changed))

test.run()
