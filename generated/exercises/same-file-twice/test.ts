// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFolder, updateFolder } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/same-file-twice-`)}/museum`
updateFolder(path, copy => { for (const name of ['hours', 'index', 'map']) copy.write(name, 'Monday') })
const view = openFolder(path)!
updateFolder(path, copy => copy.write('hours', 'Tuesday'))
updateFolder(path, copy => copy.remove('index'))

test('you know how many names the file has that nobody touched, while the reader reads', () => {
  assert.is(answers.names, statSync(`${view.path}/map`).nlink)
})
test('you know how many versions there are while the reader reads', () => {
  assert.is(answers.versionsHeld, readdirSync(`${path}/versions`).length)
})
test('you know how many versions there are when the reader has closed and nobody has written since', () => {
  view.close()
  assert.is(answers.versionsAfterClose, readdirSync(`${path}/versions`).length)
})
test.run()
