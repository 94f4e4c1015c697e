// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/report-what-is-new-`)
const sh = (text: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', text], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return [status, ...stdout.split('\n').filter(line => line !== '')]
}
const report = (to = '') => sh(`sh ${script} bus place ${to}`)

test('the first report counts everything', () => {
  sh('seq 3 | fcs topic publish bus orders.new --lines; fcs topic publish bus orders.old x')
  assert.equal(report(), [0, 'orders.new 3', 'orders.old 1'])
})

test('the next one counts only what is new', () => {
  sh('fcs topic publish bus orders.old y; fcs topic publish bus parcels z')
  assert.equal(report(), [0, 'orders.old 1', 'parcels 1'])
})

test('a report that could not be written is made again', () => {
  sh('seq 2 | fcs topic publish bus parcels --lines')
  assert.is.not(report('> /dev/full')[0], 0)
  assert.equal(report(), [0, 'parcels 2'])
})

test('when nothing is new the report is empty, and the end is 0', () => {
  assert.equal(report(), [0])
})

test.run()
