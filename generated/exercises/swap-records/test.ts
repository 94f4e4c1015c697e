// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RecordFile } from 'filesystem-communication-space/patterns'
import { swap } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/swap-records-`)}/file`
writeFileSync(path, '')
const file = new RecordFile(path, 3)
const all = async () => (await Promise.all([0, 1, 2].map(i => file.read(i)))).map(String)
test.before.each(async () => {
  for (const [i, text] of ['ann', 'bob', 'eve'].entries()) await file.update(i, () => Buffer.from(text))
})

test('the two records have changed places', async () => {
  await swap(file, 0, 2)
  assert.equal(await all(), ['eve', 'bob', 'ann'])
})

test('swaps in both directions at once all end', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => i % 2 ? swap(file, 0, 1) : swap(file, 1, 0)))
  assert.equal(await all(), ['ann', 'bob', 'eve'])
})

test.run()
