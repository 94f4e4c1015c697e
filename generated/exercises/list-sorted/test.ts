// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { listSorted } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/list-sorted-`)
const put = (name: string | Uint8Array) =>
  fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name as string)]), '')

test('names come in the order of their bytes', () => {
  const names = ['B', 'a', 'é', '～', '🎈']
  for (const name of [...names].reverse()) put(name)
  assert.equal(listSorted(folder), names)
})

test('a name that is not UTF-8 keeps its bytes and its place', () => {
  const odd = Uint8Array.of(0x61, 0xff)
  put(odd)
  const sorted = listSorted(folder)
  assert.is(sorted.length, 6)
  const third = Buffer.from(sorted[2] as Uint8Array)
  assert.equal(third, Buffer.from(odd), 'it comes after a and before é')
})

test.run()
