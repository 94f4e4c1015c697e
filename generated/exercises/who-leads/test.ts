// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Election, type Term } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/who-leads-`)}/election`
let nowMs = 0
const [ann, bob] = ['Ann', 'Bob'].map(name => new Election(path, { name, nowMs: () => nowMs })) as [Election, Election]
let term: Term

test('you know whether the same program may lead twice in a row', () => {
  ann.tryCampaign()!.resign()
  term = ann.tryCampaign()!
  assert.is(answers.twiceInARow, term !== null)
})

test('you know whether a leader without a time is replaced when it is silent', () => {
  nowMs += 1e9
  assert.is(answers.silentIsReplaced, bob.tryCampaign() !== null)
})

test('you know which token the third term has', () => {
  term.resign()
  assert.is(answers.thirdToken, bob.tryCampaign()?.token)
})

test.run()
