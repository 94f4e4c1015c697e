// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
import { mkdtempSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/one-time-`)
const path = `${folder}/letter`
writeFileSync(path, 'first')

test('you know whose times change when a file is written', async () => {
  const before = statSync(folder).mtimeMs
  await setTimeout(20)
  writeFileSync(path, 'other')
  assert.is(answers.writingAFileChangesItsFoldersMtime, statSync(folder).mtimeMs !== before)
})

test('you know what a rename does to the times of the file', async () => {
  const before = statSync(path).mtimeMs
  await setTimeout(20)
  renameSync(path, `${path}.moved`)
  assert.is(answers.renamingAFileChangesItsMtime, statSync(`${path}.moved`).mtimeMs !== before)
})

test('you know which time a program can set', () => {
  utimesSync(`${path}.moved`, 0, 0)
  const { mtimeMs, ctimeMs } = statSync(`${path}.moved`)
  const set = [mtimeMs === 0 && 'mtime', ctimeMs === 0 && 'ctime'].filter(Boolean).join(' and ')
  assert.is(answers.utimesCanSet, set)
})

test.run()
