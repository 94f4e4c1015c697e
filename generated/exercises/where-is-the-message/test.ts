// Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/where-is-`)
const sh = (script: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}

const waiting = (queue: string) => Number(sh(`fcs queue count ${queue}`).out)

test('you know how many wait after a command failed', () => {
  sh('fcs queue put a parcel; fcs queue take a -- false')
  assert.is(answers.afterFailure, waiting('a'))
})

test('you know how many wait while a message is held', () => {
  sh('fcs queue take a --hold 60 --json > told')
  assert.is(answers.whileHeld, waiting('a'))
})

test('you know the status of a second ack', () => {
  const name = `"$(sed 's/.*"name":"\\([^"]*\\)".*/\\1/' told)"`
  assert.is(sh(`fcs queue ack a ${name}`).status, 0)
  assert.is(answers.secondAck, sh(`fcs queue ack a ${name}`).status)
})

test('you know how many wait after a reader has left', () => {
  sh('head -c 1000000 /dev/zero | fcs queue put b; fcs queue take b | true')
  assert.is(answers.afterTheReaderLeft, waiting('b'))
})

test.run()
