// Told in chapters/10-files/06-atomic-write.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeIfChanged } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/only-when-changed-`)}/status`

test('a file that is not there is created', () => {
  assert.is(writeIfChanged(path, 'load 1'), true)
  assert.is(readFileSync(path, 'utf8'), 'load 1')
})

test('the same text again leaves the file alone, with its inode and its time', () => {
  const before = statSync(path, { bigint: true })
  assert.is(writeIfChanged(path, 'load 1'), false)
  const after = statSync(path, { bigint: true })
  assert.equal([after.ino, after.mtimeNs], [before.ino, before.mtimeNs])
})

test('another text of the same length is written', () => {
  assert.is(writeIfChanged(path, 'load 2'), true)
  assert.is(readFileSync(path, 'utf8'), 'load 2')
})

test.run()
