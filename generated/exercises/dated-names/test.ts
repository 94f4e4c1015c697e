// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HybridClock } from 'filesystem-communication-space/patterns'
import { nameFor } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/dated-names-`)
const clock = (name: string, ms: number) => new HybridClock(`${folder}/${name}`, { physical: () => ms })

test('an answer sorts after its question, also from a slower machine', () => {
  const question = nameFor('ann', clock('a', 10_500), [])
  const answer = nameFor('bob', clock('b', 10_000), [question])
  assert.ok(answer > question, `${answer} ${question}`)
})

test('names of two machines are never equal', () => {
  assert.is.not(nameFor('ann', clock('c', 10_000), []), nameFor('bob', clock('d', 10_000), []))
})

test.run()
