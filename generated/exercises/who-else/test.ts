// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openTrusted } from 'filesystem-communication-space/namespace'
import { answers } from './solution.ts'

const folder = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/who-else-`))
function isOpened(mode: number, make: (folder: string) => string): boolean {
  const outer = fs.mkdtempSync(`${folder}/outer-`)
  const path = make(outer)
  fs.chmodSync(outer, mode)
  try {
    openTrusted(path).close()
    return true
  } catch {
    return false
  }
}
const file = (mode: number) => (folder: string) => {
  fs.writeFileSync(`${folder}/file`, '')
  fs.chmodSync(`${folder}/file`, mode)
  return `${folder}/file`
}
const inner = (mode: number, then: (folder: string) => string) => (folder: string) => {
  fs.mkdirSync(`${folder}/inner`)
  const path = then(`${folder}/inner`)
  fs.chmodSync(`${folder}/inner`, mode)
  return path
}

test('you know about a file in a folder that your group may write', () => {
  assert.is(answers.fileInGroupsFolder, isOpened(0o770, file(0o600)))
})

test('you know about a file in a sticky folder that all may write', () => {
  assert.is(answers.fileInStickyFolder, isOpened(0o1777, file(0o600)))
})

test('you know about a closed folder in a sticky folder that all may write', () => {
  assert.is(answers.closedFolderInStickyFolder, isOpened(0o1777, inner(0o700, folder => folder)))
})

test('you know about a file that all may write, in a closed folder', () => {
  assert.is(answers.openFileInClosedFolder, isOpened(0o700, file(0o666)))
})

test('you know about a closed file in an open folder in a closed folder', () => {
  assert.is(answers.closedFileInOpenFolder, isOpened(0o700, inner(0o777, file(0o600))))
})

test.run()
