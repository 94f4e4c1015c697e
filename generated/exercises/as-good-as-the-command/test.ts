// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/as-good-`)
const sh = (script: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}

test('you know the status when the command was killed by SIGKILL', () => {
  assert.is(answers.commandKilled, sh("fcs lock p -- sh -c 'kill -KILL $$'").status)
})

test('you know who has the lock after fcs was killed', () => {
  const script = "fcs lock q -- sh -c 'echo $$ > pid; exec sleep 60' & f=$!; until [ -s pid ]; do sleep 0.01; done"
  const { out } = sh(`${script}; kill -KILL $f; wait $f 2> /dev/null; fcs lock q --status; kill $(cat pid)`)
  assert.is(answers.afterFcsWasKilled, out.trim())
})

test('you know the status of a second holder who does not wait', () => {
  assert.is(answers.secondHolder, sh('fcs lock r -- fcs lock r -n -- true').status)
})

test('you know whether a shared lock lets another shared one in', () => {
  assert.is(answers.sharedBesideShared, sh('fcs lock -s t -- fcs lock -sn t -- true').status === 0)
})

test.run()
