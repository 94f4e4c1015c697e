// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/where-is-the-place-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
function ann() {
  fs.writeFileSync(`${folder}/file`, '0123456789')
  const file = open(`${folder}/file`, 'r+')
  file.read(4)
  return file
}

test('you know the place of a duplicate', () => {
  assert.is(answers.placeOfADuplicate, ann().duplicate().position())
})

test('you know the place after a read with a position', () => {
  const file = ann()
  file.read(1, 8)
  assert.is(answers.placeAfterAReadAtEight, file.position())
})

test('you know the place after the file was cut to nothing', () => {
  assert.is(answers.placeAfterTruncate, ann().truncate(0).position())
})

test('you know where the next bytes of an appending handle go after a seek to 0', () => {
  ann().close()
  const file = open(`${folder}/file`, 'a')
  file.seek(0).write('!')
  assert.is(answers.anAppendAfterSeekZeroIsWrittenAt, fs.readFileSync(`${folder}/file`).indexOf('!'))
})

test.run()
