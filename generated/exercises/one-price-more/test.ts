// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CurrentPointer } from 'filesystem-communication-space/patterns'
import { setPrice } from './solution.ts'

const pointer = new CurrentPointer(`${mkdtempSync(`${tmpdir()}/one-price-`)}/prices`)
pointer.publish(path => { for (const name of ['bread', 'cakes']) writeFileSync(`${path}/${name}`, '1') })
const price = (name: string) => readFileSync(`${pointer.folder}/current/${name}`, 'utf8')

test('the other prices are still there', () => {
  setPrice(pointer, 'bread', '2')
  assert.equal([price('bread'), price('cakes')], ['2', '1'])
})
test('a change that came in between is not lost', () => {
  let calls = 0
  setPrice(pointer, 'bread', '3', () => { if (calls++ === 0) setPrice(pointer, 'cakes', '4') })
  assert.equal([price('bread'), price('cakes')], ['3', '4'])
})
test.run()
