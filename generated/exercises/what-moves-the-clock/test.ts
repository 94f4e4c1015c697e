// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { post } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/what-moves-the-clock-`)
fs.mkdirSync(`${folder}/inside`)
fs.writeFileSync(`${folder}/file`, 'x')
function rings(act: () => void): boolean {
  fs.utimesSync(folder, 1, 1)
  act()
  return fs.statSync(folder).mtimeMs !== 1000
}

test('you know whether a write to a file in the folder changes the folder\'s time', () => {
  assert.is(answers.writeToFile, rings(() => fs.appendFileSync(`${folder}/file`, 'y')))
})

test('you know whether a second name for a file in it does', () => {
  assert.is(answers.secondName, rings(() => fs.linkSync(`${folder}/file`, `${folder}/twin`)))
})

test('you know whether a file in a folder inside it does', () => {
  assert.is(answers.fileInSubfolder, rings(() => fs.writeFileSync(`${folder}/inside/file`, '')))
})

test('you know whether an attempt that failed does', () => {
  assert.is(answers.failedPost, rings(() => { post(folder, 'file') }))
})

test.run()
