// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-hears-`)
const sh = (script: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}
sh('for topic in orders.new orders.old parcels.new; do fcs topic publish bus $topic text; done')

test('you know how many messages a second reader of another name gets', () => {
  sh('fcs topic tail bus --name ann')
  assert.is(answers.secondReader, Number(sh('fcs topic tail bus --name bob | wc -l').out))
})

test('you know how many messages a second worker of the same group gets', () => {
  sh("fcs topic take bus packers '>' --repeat")
  assert.is(answers.secondWorker, Number(sh('fcs topic take bus packers --repeat | wc -l').out))
})

test('you know the number of deliveries after a worker was killed with a message', () => {
  sh("fcs topic take bus others '>' -- sh -c 'kill -9 $PPID'")
  const { deliveries } = JSON.parse(sh('fcs topic take bus others --wait=5 --json').out)
  assert.is(answers.deliveriesAfterAKill, deliveries)
})

test('you know how a take ends when the group has had all', () => {
  assert.is(answers.statusWhenAllIsDone, sh('fcs topic take bus packers').status)
})

test.run()
