// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Customer } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/seats-`)}/plan`
let [ann, bob] = [new Customer(path), new Customer(path)]
test.before.each(() => {
  ann.leave()
  bob.leave()
  ;[ann, bob] = [new Customer(path), new Customer(path)]
})

test('a seat that is held is refused to others and its neighbours are not', () => {
  assert.is(ann.take(7), true)
  assert.equal([bob.take(7), bob.take(6), bob.take(8)], [false, true, true])
})

test('several seats are taken together or not at all', () => {
  ann.take(3)
  assert.is(bob.take(1, 2, 3, 4), false)
  assert.is(ann.take(1, 2, 4), true)
})

test('a seat is free again when its holder closes', () => {
  ann.take(1, 2)
  ann.leave()
  assert.is(bob.take(1, 2), true)
})

test.run()
