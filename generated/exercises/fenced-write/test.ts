// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fencedWrite } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/fenced-write-`)}/ledger`
const text = () => readFileSync(path, 'utf8')

test('a newer token replaces what an older one wrote', () => {
  fencedWrite(path, 9, 'nine')
  fencedWrite(path, 10, 'ten')
  assert.is(text(), '10\nten')
})

test('an older token is refused with ESTALE and changes nothing', () => {
  assert.throws(() => fencedWrite(path, 9, 'a ghost'), (error: { code: string }) => error.code === 'ESTALE')
  assert.is(text(), '10\nten')
})

test('the same token may write again', () => {
  fencedWrite(path, 10, 'more')
  assert.is(text(), '10\nmore')
})

test.run()
