// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { recordWithLog } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/sync-by-count-`)

test('three pieces of 3 bytes with a sync every 5 become durable at 6 and at 9', () => {
  assert.equal(recordWithLog(`${folder}/a`, ['one', 'two', 'six'], 5), [6, 9])
})

test('the file has its name and all bytes', () => {
  assert.is(readFileSync(`${folder}/a`, 'utf8'), 'onetwosix')
})

test('the limit of one byte makes every piece durable by itself', () => {
  assert.equal(recordWithLog(`${folder}/b`, ['a', 'bc', 'd'], 1), [1, 3, 4])
})

test.run()
