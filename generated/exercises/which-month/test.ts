// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CurrentPointer } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const pointer = new CurrentPointer(`${mkdtempSync(`${tmpdir()}/which-month-`)}/prices`)
const month = (name: string) => pointer.publish(path => writeFileSync(`${path}/month`, name))
month('June')
const version = pointer.open()!
month('July')

test('you know what the open version says after July was published', () => {
  assert.is(answers.openSays, readFileSync(`${version.path}/month`, 'utf8'))
})
test('you know which version is left by going back', () => {
  assert.is(answers.left, pointer.point(version.name))
})
test('you know which names prune removes while June is current and July is the newest', () => {
  version.close()
  assert.is(answers.removed, pointer.prune({ keep: 1 }).length)
})
test.run()
