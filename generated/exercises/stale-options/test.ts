// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const run = (...lines: string[]) => {
  const { status, stdout } = spawnSync('sh', [script], { input: `${lines.join('\n')}\n`, encoding: 'utf8', timeout: 8000 })
  return [status, ...stdout.split('\n').filter(line => line !== '')]
}

test('an option that exists is not printed', () => {
  assert.equal(run('queue take --repeat', 'bus take --wait'), [0])
})

test('one that does not exist is printed, and the status is 1', () => {
  assert.equal(run('queue take --repeat', 'queue take --rep', 'queue put --priority'), [1, 'queue take --rep', 'queue put --priority'])
})

test('an option of another verb does not count', () => {
  assert.equal(run('queue put --hold'), [1, 'queue put --hold'])
})

test('nouns without a verb work, too', () => {
  assert.equal(run('lock --shared', 'lock --share'), [1, 'lock --share'])
})

test.run()
