// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PollingBackend, watchBackend } from 'filesystem-communication-space/platforms'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-tells-`)
const [one, other, polling] = [watchBackend(), watchBackend(), new PollingBackend()]
test.after(() => { for (const each of [one, other, polling]) each.close() })

test('you know whether two calls of watchBackend give the same backend', () => {
  assert.is(answers.isOneBackend, one === other)
})

test("you know whether this system's backend hears of everything in /proc", () => {
  assert.is(answers.tellsOfProc, one.tells('/proc'))
})

test('you know whether one that polls would', () => {
  assert.is(answers.pollingTellsOfProc, polling.tells())
})

test('you know whether adding a folder twice gives two watches', () => {
  const [first, second] = [one.add(folder), one.add(folder)]
  assert.is(answers.isWatchedTwice, first !== second)
})

test('you know whether what happened is there to be taken at once, or after a sync, from one that polls', async () => {
  polling.add(folder)
  writeFileSync(`${folder}/file`, '')
  const atOnce = polling.take().length
  await polling.sync()
  const later = polling.take().length
  assert.is(answers.pollingKnowsWhen, atOnce > 0 ? 'at once' : later > 0 ? 'after a sync' : 'never')
})

test.run()
