// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HybridClock } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

test('you know all four stamps', () => {
  let time = 0
  const path = `${mkdtempSync(`${tmpdir()}/set-back-`)}/clock`
  const clock = new HybridClock(path, { physical: () => time })
  const stamps = [1000, 400, 400, 1500].map(shown => {
    time = shown
    const { ms, count } = clock.now()
    return [ms, count]
  })
  clock.close()
  assert.equal(answers, stamps)
})

test.run()
