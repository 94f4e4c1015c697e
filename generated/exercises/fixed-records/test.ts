// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open } from 'filesystem-communication-space/files'
import { get, put, RECORD } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/fixed-records-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const file = open(`${folder}/table`, 'w+')

test('what was put at an index is got there', () => {
  put(file, 0, 'zero')
  put(file, 3, 'drei größer')
  put(file, 3, 'three')
  assert.equal([get(file, 0), get(file, 3), get(file, 1)], ['zero', 'three', ''])
})

test('two that take turns do not disturb each other, nor who reads on from the place', () => {
  file.seek(RECORD * 3)
  put(file, 1, 'one')
  assert.equal([get(file, 0), get(file, 1), file.position()], ['zero', 'one', RECORD * 3])
  assert.is(file.read(5).toString(), 'three')
})

test('an index beyond the end is null, and a record that was cut is an error', () => {
  assert.is(get(file, 4), null)
  file.truncate(RECORD * 3 + 10)
  assert.throws(() => get(file, 3))
})

test('a value that is too long is refused and nothing is written', () => {
  const before = fs.readFileSync(`${folder}/table`)
  assert.throws(() => put(file, 0, 'ü'.repeat(RECORD / 2 + 1)))
  assert.ok(fs.readFileSync(`${folder}/table`).equals(before))
})

test.run()
