// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-may-`)
const sh = (script: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}

test('you know which token the third holder gets', () => {
  const { out } = sh("for i in 1 2 3; do fcs lease p -- sh -c 'echo $FCS_TOKEN'; done")
  assert.is(answers.thirdToken, Number(out.trim().split('\n')[2]))
})

test('you know the status of a holder that was stopped for too long', () => {
  const held = 'fcs lease q --status > /dev/null'
  const { status } = sh(`fcs lease q --ttl 0.2 -- sleep 60 & f=$!; until ${held}; do :; done
    kill -STOP $f; while ${held}; do :; done; kill -CONT $f; wait $f`)
  assert.is(answers.stoppedTooLong, status)
})

test('you know the status of a fence for a token that is too old', () => {
  assert.is(answers.tooOld, sh('fcs fence r 7 -- true && fcs fence r 6 -- true').status)
})

test('you know the status of asking who leads when nobody does', () => {
  assert.is(answers.nobodyLeads, sh('fcs elect t --status').status)
})

test.run()
