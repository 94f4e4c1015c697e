// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { present } from 'filesystem-communication-space/namespace'
import { takeSeat } from './solution.ts'

let table = ''
test.before.each(() => { table = mkdtempSync(`${tmpdir()}/take-a-seat-`) })
const sit = (times: number) => Array.from({ length: times }, () => takeSeat(table, 3))

test('each who comes gets a seat of their own, from the first on', () => {
  assert.equal(sit(3).map(seat => seat?.number), [1, 2, 3])
  assert.is([...present(table)].length, 3, 'three names are held')
})

test('a full table has no seat', () => {
  assert.is(sit(4)[3], null)
})

test('a seat whose sitter has left is taken again', () => {
  sit(3)[1]!.file.close()
  assert.equal(sit(2).map(seat => seat?.number), [2, undefined])
})

test('a table that is not there is told as the kernel tells it', () => {
  assert.throws(() => takeSeat(`${table}/nowhere`, 3), /^ENOENT: no such file or directory, open/)
})

test.run()
