// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AppendLog } from 'filesystem-communication-space/patterns'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/go-on-`)
const log = new AppendLog(`${folder}/log`, { sync: 'here', durability: 'os' })
const append = (from: number, to: number) =>
  Promise.all(Array.from({ length: to - from + 1 }, (_, i) => log.append(Buffer.from(`r${from + i}`))))
function run(path = 'log'): [number | null, number] {
  const { status, stdout } = spawnSync('sh', [script, path, 'cursor'], { cwd: folder, encoding: 'utf8', timeout: 8000 })
  return [status, stdout.split('\n').filter(text => text !== '').length]
}

test('the first time it prints all records', async () => {
  await append(1, 25)
  assert.equal(run(), [0, 25])
})

test('the next time it prints only what is new', async () => {
  await append(26, 28)
  assert.equal(run(), [0, 3])
})

test('when nothing is new it prints nothing and ends with 0', () => {
  assert.equal(run(), [0, 0])
})

test('a log that is not there ends with 1', async () => {
  assert.is(run('none')[0], 1)
  await log.close()
})

test.run()
