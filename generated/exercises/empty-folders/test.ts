// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { removeEmpty } from './solution.ts'

let top = ''
test.before.each(() => {
  top = `${mkdtempSync(`${tmpdir()}/empty-folders-`)}/top`
  for (const name of ['a/b/c', 'a/d', 'kept/deep', 'e']) mkdirSync(`${top}/${name}`, { recursive: true })
})

test('a folder that has only empty folders goes too', () => {
  removeEmpty(top)
  assert.not(existsSync(top))
})

test('a folder with a file stays, and so do the folders above it', () => {
  writeFileSync(`${top}/kept/deep/file`, '')
  removeEmpty(top)
  assert.equal(['a', 'e', 'kept/deep/file'].map(name => existsSync(`${top}/${name}`)), [false, false, true])
})

test('a symbolic link to an empty folder is something, and stays', () => {
  symlinkSync('../e', `${top}/kept/link`)
  removeEmpty(top)
  assert.equal(['e', 'kept'].map(name => existsSync(`${top}/${name}`)), [false, true])
})

test.run()
