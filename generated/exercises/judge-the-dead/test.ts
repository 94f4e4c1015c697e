// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/judge-the-dead-`)
const sh = (text: string) => {
  const { status, stdout } = spawnSync('bash', ['-c', text], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return { status, out: stdout }
}
sh('for text in mended broken "mended too"; do fcs topic publish bus x "$text"; done')
sh("fcs topic take bus packers x --deliveries 1 --repeat -- false")
const judge = () => sh(`sh ${script} bus packers grep -q mended`).status

test('a letter that the command accepts is revived', () => {
  judge()
  assert.equal(sh('fcs topic take bus packers --repeat').out.trim().split('\n').sort(), ['mended', 'mended too'])
})

test('one that it refuses stays a dead letter', () => {
  judge()
  assert.is(sh('fcs topic dead bus packers --json | jq -r .text').out, 'broken\n')
})

test('a group without dead letters ends with 0', () => {
  sh('fcs topic dead bus packers --discard')
  assert.is(judge(), 0)
})

test('what is no bus ends with 1', () => {
  assert.is(sh(`sh ${script} nowhere packers true`).status, 1)
})

test.run()
