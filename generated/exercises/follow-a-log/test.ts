// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { appendFileSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { follow } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/follow-a-log-`)}/log`
writeFileSync(path, 'old\n')
const controller = new AbortController()
const lines: [string, number][] = []
const following = (async () => {
  for await (const text of follow(path, controller.signal)) lines.push([text, performance.now()])
})()
const textOf = () => lines.map(([text]) => text).join('')

test('what is appended comes within 100 ms', async () => {
  await sleep(100)
  const begin = performance.now()
  appendFileSync(path, 'one\n')
  await sleep(400)
  assert.is(textOf(), 'one\n')
  assert.ok(lines[0]![1] - begin < 100)
})

test('a rotated log goes on with the new file', async () => {
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'two\n')
  await sleep(400)
  assert.is(textOf(), 'one\ntwo\n')
  controller.abort()
  await Promise.race([following, sleep(1000)])
})

test.run()
