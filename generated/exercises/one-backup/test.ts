// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const lock = `${mkdtempSync(`${tmpdir()}/one-backup-`)}/lock`
const run = (...command: string[]) => {
  const { status, stdout } = spawnSync('sh', [script, lock, ...command], { encoding: 'utf8', timeout: 8000 })
  return [status, stdout.trim()]
}

test('it runs the command and ends as the command does', () => {
  assert.equal(run('sh', '-c', 'echo done; exit 75'), [75, 'done'])
})

test('a second one says "already running" and ends with 0', () => {
  assert.equal(run('sh', script, lock, 'echo', 'twice'), [0, 'already running'])
})

test('after a kill it runs again', () => {
  run('sh', '-c', 'kill -9 $PPID $$')
  assert.equal(run('echo', 'again'), [0, 'again'])
})

test.run()
