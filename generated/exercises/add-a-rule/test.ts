// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { TwoPhaseFolder } from 'filesystem-communication-space/patterns'
import { addRule } from './solution.ts'

test('both files change as one', () => {
  const own = new TwoPhaseFolder(mkdtempSync(`${tmpdir()}/add-a-rule-`))
  own.publish({ rules: '', hosts: '0' })
  let isReading = false
  const stop = tap((_syscall, _args, proceed) => {
    if (!isReading) {
      isReading = true
      const { rules, hosts } = own.read(['rules', 'hosts'])
      isReading = false
      assert.is(String(rules).split('\n').length - 1, Number(hosts))
    }
    return proceed()
  })
  try { for (const rule of ['allow', 'deny']) addRule(own, rule) } finally { stop() }
  assert.equal(own.read(['rules', 'hosts']), { rules: Buffer.from('allow\ndeny\n'), hosts: Buffer.from('2') })
})
test.run()
