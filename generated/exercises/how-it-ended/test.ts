// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBus } from 'filesystem-communication-space/experiments'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/how-it-ended-`)
const bus = openBus(`${folder}/bus`, { create: true })
function statusOf(...args: string[]): number | null {
  const { status, error } = spawnSync('fcs', ['bus', ...args], { stdio: 'ignore' })
  if (error) throw new Error(`fcs does not start (${error.message}); make dist builds it`)
  return status
}

test('you know how a take from an empty bus ends', () => {
  assert.is(answers.emptyBus, statusOf('take', `${folder}/bus`))
})

test('you know how a take from a folder that is no bus ends', () => {
  assert.is(answers.noBus, statusOf('take', folder))
})

test('you know how a verb that is misspelt ends', () => {
  assert.is(answers.misspelt, statusOf('tkae', `${folder}/bus`))
})

test('you know how a take ends whose command failed, and how many messages are left', () => {
  bus.publish('parcel')
  const status = statusOf('take', `${folder}/bus`, '--exec', 'false')
  const left = readdirSync(`${folder}/bus/inbox`).length
  assert.equal([answers.commandFailed, answers.leftAfterTheCommandFailed], [status, left])
})

test.run()
