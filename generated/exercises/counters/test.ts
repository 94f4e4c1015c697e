// Told in chapters/03-patterns-and-idioms/03-write-ahead-log.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Counters } from './solution.ts'

const fresh = () => `${mkdtempSync(`${tmpdir()}/counters-`)}/table`

test('a thousand increments that wait together are all counted', async () => {
  const counters = new Counters(fresh())
  const values = await Promise.all(Array.from({ length: 1000 }, () => counters.add(3, 1)))
  assert.equal([counters.get(3), new Set(values).size], [1000, 1000])
  await counters.close()
})

test('counters in different pages do not touch each other', async () => {
  const counters = new Counters(fresh())
  await Promise.all([0, 511, 512, 5000].map(index => counters.add(index, index + 1)))
  assert.equal([0, 511, 512, 5000, 513].map(index => counters.get(index)), [1, 512, 513, 5001, 0])
  await counters.close()
})

test('a counter is there when the table is opened again', async () => {
  const folder = fresh()
  const counters = new Counters(folder)
  await counters.add(7, 42)
  await counters.close()
  const again = new Counters(folder)
  assert.is(again.get(7), 42)
  await again.close()
})

test.run()
