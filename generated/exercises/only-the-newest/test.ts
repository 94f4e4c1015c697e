// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const file = `${mkdtempSync(`${tmpdir()}/only-the-newest-`)}/list`
const write = (token: number, input: string) =>
  spawnSync('sh', [script, file], { input, env: { ...process.env, FCS_TOKEN: String(token) }, timeout: 8000 }).status

test('the file has what the newest holder wrote', () => {
  assert.equal([write(1, 'one'), write(3, 'three')], [0, 0])
  assert.is(readFileSync(file, 'utf8'), 'three')
})

test('an older holder is refused, and the file stays as it is', () => {
  assert.is.not(write(2, 'two'), 0)
  assert.is(readFileSync(file, 'utf8'), 'three')
})

test('a reader never sees half of it', () => {
  const before = statSync(file).ino
  assert.is(write(4, 'four'), 0)
  assert.is.not(statSync(file).ino, before, 'the file was written in place')
})

test.run()
