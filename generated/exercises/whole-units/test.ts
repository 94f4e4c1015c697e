// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decode, encode } from './solution.ts'

test('text comes out as it went in', () => {
  for (const name of ['', 'a', 'grün', '日本', '😀 x']) assert.is(decode(encode(name)), name)
})

test('a lone surrogate comes out as it went in', () => {
  for (const name of ['\ud800', 'a\udfffb', '\udc00\ud800', '\ud800😀']) {
    assert.is(decode(encode(name)), name)
  }
})

test('text is written as plain UTF-8', () => {
  assert.equal(encode('grün 😀'), Buffer.from('grün 😀'))
})

test.run()
