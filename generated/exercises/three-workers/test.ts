// Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const script = fileURLToPath(new URL('./solution.sh', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/three-workers-`)
const sh = (text: string) => spawnSync('bash', ['-c', text], { cwd: folder, encoding: 'utf8', timeout: 20_000 })
const drain = (command: string) => sh(`sh ${script} q 3 sh -c '${command}'`).status

test('each message was given to the command once', () => {
  sh('seq 7 | fcs queue put q --lines')
  assert.is(drain('read n || true; echo $n >> done'), 0)
  assert.equal(readFileSync(`${folder}/done`, 'utf8').trim().split('\n').sort(), ['1', '2', '3', '4', '5', '6', '7'])
})

test('so many run at a time', () => {
  sh('seq 3 | fcs queue put q --lines')
  assert.is(drain('read n; fcs barrier meeting --parties 3 --timeout 10'), 0)
})

test('a message that fails does not keep the others from being done, stays in the queue, and the status is 1', () => {
  sh('seq 4 | fcs queue put q --lines')
  assert.is(drain('read n || true; echo $n >> tried; test "$n" != 2'), 1)
  assert.equal(new Set(readFileSync(`${folder}/tried`, 'utf8').trim().split('\n')), new Set(['1', '2', '3', '4']))
  assert.is(sh('fcs queue peek q').stdout, '2')
})

test.run()
