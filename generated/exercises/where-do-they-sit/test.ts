// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Semaphore } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/where-do-they-sit-`)}/licence`
const semaphore = new Semaphore(path, 3)
const permits = [1, 2, 3].map(() => semaphore.tryAcquire())

test('you know whether one process can take all permits by asking several times', () => {
  assert.is(answers.oneProcessCanTakeAll, permits.every(permit => permit !== null))
})

test('you know how large the file is when all permits are taken', () => {
  assert.is(answers.sizeWhenFull, statSync(path).size)
})

test('you know what is taken after the file was made shorter under the holders', () => {
  semaphore.resize(1)
  assert.is(answers.takenAfterShrink, new Semaphore(path).state().taken)
  for (const permit of permits) permit?.release()
})

test.run()
