// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_RDWR, rename } from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

let folder = ''
test.before.each(() => {
  folder = fs.mkdtempSync(`${tmpdir()}/who-has-the-name-`)
  for (const name of ['a', 'b']) fs.writeFileSync(`${folder}/${name}`, name)
  for (const each of ['a', 'b', '']) fs.utimesSync(`${folder}/${each}`, 1, 1)
})
const swing = () => rename(`${folder}/a`, `${folder}/b`)

test('you know whether a file\'s modification time changes when it is renamed', () => {
  swing()
  assert.is(answers.fileTimeChanges, fs.statSync(`${folder}/b`).mtimeMs !== 1000)
})

test('you know whether the folder\'s modification time changes', () => {
  swing()
  assert.is(answers.folderTimeChanges, fs.statSync(folder).mtimeMs !== 1000)
})

test('you know which file an open descriptor of the replaced file writes to', () => {
  const bob = open(`${folder}/b`, O_RDWR)
  swing()
  bob.write(Buffer.from('!'), 0)
  const isNew = fs.readFileSync(`${folder}/b`, 'utf8') === '!'
  assert.is(answers.writesTo, isNew ? 'the new file' : 'the old file')
})


test('you know what a lock on the replaced file says to those who open the name now', () => {
  const bob = open(`${folder}/b`, O_RDWR)
  bob.tryLock()
  swing()
  assert.is(answers.newFileIsLocked, open(`${folder}/b`, O_RDWR).isLocked())
})

test.run()
