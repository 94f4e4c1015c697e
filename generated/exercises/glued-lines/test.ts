// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decode, encode } from './solution.ts'

const lines = ['cellar 11', '', 'attic 31 °C', '7 seven', ' ']

test('whole lines are read as they were written', () => {
  assert.equal(decode(lines.map(encode).join('')), lines)
})

test('a piece is not given as a line, wherever it was torn', () => {
  const bytes = Buffer.from(encode('attic 31 °C and more'))
  for (let end = 0; end < bytes.length - 1; end++) {
    assert.equal(decode(encode('one') + bytes.toString('utf8', 0, end)), ['one'], `torn at ${end}`)
  }
})

test('the line behind a piece is not lost', () => {
  const text = encode('cellar 11')
  for (let end = 0; end < text.length - 1; end++) {
    assert.equal(decode(text.slice(0, end) + encode('two') + encode('three')), ['two', 'three'], `torn at ${end}`)
  }
})

test.run()
