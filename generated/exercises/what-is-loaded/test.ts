// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/what-loads-`)
const sh = (script: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}

const loads = (args: string) => sh(`LD_DEBUG=files fcs ${args} 2>&1 | grep -q koffi.node`).status === 0

test('you know whether --help loads koffi', () => {
  assert.is(answers.help, loads('lock --help'))
})

test('you know whether a completion loads koffi', () => {
  assert.is(answers.completion, loads('completion bash'))
})

test('you know whether a lock loads koffi', () => {
  assert.is(answers.lock, loads('lock p -- true'))
})

test('you know how a misspelt verb ends, and whether it loads koffi', () => {
  assert.equal([answers.misspelt, answers.misspeltStatus], [loads('queue tkae q'), sh('fcs queue tkae q').status])
})

test.run()
