// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/what-is-`)
const sh = (script: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}

/** What is told between two files that mark beginning and end. */
function told(prepare: string, action: string): string {
  sh('rm -rf f out events; mkdir -p f/below out')
  const { out } = sh(`${prepare}; fcs watch f --ready > events & until [ -s events ]; do sleep 0.01; done
    ${action}; mkdir f/end; until grep -q 'f/end' events; do sleep 0.01; done; kill $!
    grep -v -e ready -e f/end events | cut -d ' ' -f 1`)
  return out.trim().split('\n').join(',')
}

test('you know what an empty file that is touched for the first time tells', () => {
  assert.is(answers.touched, told(':', 'touch f/a'))
})

test('you know what a rename inside the folder tells', () => {
  assert.is(answers.renamed, told('touch f/a', 'mv f/a f/b'))
})

test('you know what a file tells that is moved out', () => {
  assert.is(answers.movedOut, told('touch f/a', 'mv f/a out/a'))
})

test('you know what a change in a folder below tells', () => {
  assert.is(answers.below, told(':', 'echo x > f/below/a'))
})

test.run()
