// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBus } from 'filesystem-communication-space/experiments'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/empty-the-bus-`)
const bus = openBus(`${folder}/bus`, { create: true })
const run = (at: string) => spawnSync('sh', [script, at], { encoding: 'utf8', timeout: 8000 })

test('all messages are printed, and the end is 0', () => {
  for (const text of ['one', 'two', 'three']) bus.publish(text)
  const { stdout, status, stderr } = run(`${folder}/bus`)
  assert.equal([stdout.trim().split('\n'), status], [['one', 'two', 'three'], 0], stderr)
})

test('an empty bus prints nothing, and the end is 0', () => {
  const { stdout, status } = run(`${folder}/bus`)
  assert.equal([stdout.trim(), status], ['', 0])
})

test('a folder that is no bus ends with the status of fcs, which says why', () => {
  const { status, stderr } = run(folder)
  assert.is(status, 1, 'the exit status')
  assert.match(stderr, 'is not a message bus')
})

test.run()
