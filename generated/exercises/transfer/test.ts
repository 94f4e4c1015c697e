// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { transfer } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/transfer-`)
const [ann, bob] = [`${folder}/ann`, `${folder}/bob`]
const has = (path: string) => Number(readFileSync(path, 'utf8'))
test.before.each(() => [ann, bob].forEach(path => writeFileSync(path, '100')))

test('no money is made or lost', async () => {
  await Promise.all(Array.from({ length: 20 }, () => transfer(ann, bob, 3)))
  assert.equal([has(ann), has(bob)], [40, 160])
})

test('transfers in both directions at once all end', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) =>
    i % 2 === 0 ? transfer(ann, bob, 5) : transfer(bob, ann, 2)))
  assert.equal([has(ann), has(bob)], [70, 130])
})

test.run()
