import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lean } from './lean.ts'

test('LIT-11 a straight stroke that was drawn twice as a curve is one line, and strokes that meet are one', () => {
  const path = 'M0 0 C3 0, 6 0, 10 0 M0 0 C2.5 0.01, 5 0, 10 0 M10 0 C10 4, 10 6, 10 9 M10 0 C10 1, 10 2, 10 9'
  assert.is(lean(`<path d="${path}" fill="none"/>`), '<path d="M0 0L10 0L10 9" fill="none"/>')
})

test('LIT-11 a curve stays a curve, a shape that is filled stays as it is, and numbers keep two digits', () => {
  const curve = '<path d="M0 0 C0 5, 5 10, 10 10" fill="none"/>'
  assert.is(lean(curve), curve)
  const filled = '<path d="M0 0 C3 0, 6 0, 10 0" fill="red"/>'
  assert.is(lean(filled), filled)
  assert.is(lean('<rect data-points="W10=" x="1.23456789"/>'), '<rect x="1.23"/>')
})

test.run()
