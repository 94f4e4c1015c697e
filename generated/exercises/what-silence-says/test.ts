// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
import { mkdtempSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { feelPulse, Heart } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/what-silence-says-`)}/heart`

test('you know what is said when no heart was ever there', () => {
  assert.is(answers.neverThere, feelPulse(path)?.state ?? null)
})

test('you know what is said of a heart whose file was given an old time', () => {
  const heart = new Heart(path)
  utimesSync(path, 0, 0)
  assert.is(answers.oldFile, feelPulse(path)?.state)
  heart.stop()
})

test('you know what is said of a heart that has stopped a moment ago', () => {
  new Heart(path).stop()
  assert.is(answers.justStopped, feelPulse(path)?.state)
})

test.run()
