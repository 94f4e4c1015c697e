// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { memfd, mapSealed, sealsOf } from 'filesystem-communication-space/primitives'
import { frozenCopy } from './solution.ts'

function given() {
  const file = memfd('given')
  file.writeAll(Buffer.from('all of it'))
  file.seek(4)
  return file
}
const text = (file: ReturnType<typeof given>) =>
  Buffer.from(mapSealed(file, 'write', 'grow').bytes).toString()

test('the copy has the file\'s bytes, whatever the offset was', () => {
  const file = given()
  assert.is(text(frozenCopy(file)), 'all of it')
  assert.is(file.seek(0, 'current'), 4)
})

test('the copy stays when the file is changed and cut', () => {
  const file = given()
  const copy = frozenCopy(file)
  file.truncate(0)
  assert.is(text(copy), 'all of it')
})

test('nobody can change the copy, nor add a seal', () => {
  const seals = sealsOf(frozenCopy(given()))
  for (const each of ['seal', 'shrink', 'grow', 'write'] as const) assert.ok(seals.includes(each), each)
})

test.run()
