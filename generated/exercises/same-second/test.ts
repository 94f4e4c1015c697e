// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
import { mkdtempSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/same-second-`)}/file`
writeFileSync(path, 'first')
utimesSync(path, 1000, 1000)
const before = statSync(path)
await sleep(50)
writeFileSync(path, 'other')
utimesSync(path, 1000, 1000)
const after = statSync(path)
writeFileSync(`${path}~`, 'third')
renameSync(`${path}~`, path)

test('you know whether size and modification time see it', () => {
  const seen = before.size !== after.size || before.mtimeMs !== after.mtimeMs
  assert.is(answers.sizeAndModificationTime, seen)
})

test('you know whether the change time sees it', () => {
  assert.is(answers.changeTime, before.ctimeMs !== after.ctimeMs)
})

test('you know whether the file\'s number sees an atomic replacement', () => {
  assert.is(answers.numberAfterAtomicReplacement, statSync(path).ino !== after.ino)
})

test.run()
