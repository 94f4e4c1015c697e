// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFolder } from 'filesystem-communication-space/patterns'
import { countOne } from './solution.ts'

test('each visitor is counted, also when another turnstile was quicker', () => {
  const path = `${mkdtempSync(`${tmpdir()}/count-the-visitors-`)}/museum`
  countOne(path)
  let calls = 0
  countOne(path, () => { if (calls++ < 2) countOne(path) })
  const view = openFolder(path)!
  assert.is(String(view.read('visitors')), '4')
  assert.is(calls, 3)
})
test.run()
