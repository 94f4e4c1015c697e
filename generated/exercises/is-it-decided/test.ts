// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { TwoPhaseFolder } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

function die(when: 'before' | 'behind'): string {
  const own = new TwoPhaseFolder(mkdtempSync(`${tmpdir()}/is-it-decided-`))
  own.publish({ rules: 'old' })
  let isDead = false
  const stop = tap((syscall, _args, proceed) => {
    if (isDead || (syscall === 'renameat2' && when === 'before')) throw new Error('dead')
    isDead = syscall === 'renameat2'
    return proceed()
  })
  try { own.publish({ rules: 'new' }) } catch { /* as it should */ }
  stop()
  return String(own.read(['rules'])['rules'])
}
test('you know what is read after a death before the commit', () => {
  assert.is(answers.before, die('before'))
})
test('you know what is read after a death behind the commit', () => {
  assert.is(answers.behind, die('behind'))
})
test.run()
