// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reasons } from './solution.ts'

const scene = () => {
  const calls: string[] = []
  const hold = reasons({ ref: () => { calls.push('ref') }, unref: () => { calls.push('unref') } })
  return { calls, hold }
}

test('the first reason holds it and the last one lets go', () => {
  const { calls, hold } = scene()
  const [a, b] = [hold(), hold()]
  assert.equal(calls, ['ref'])
  a()
  assert.equal(calls, ['ref'])
  b()
  hold()
  assert.equal(calls, ['ref', 'unref', 'ref'])
})

test('a reason that is given back twice counts once', () => {
  const { calls, hold } = scene()
  const [a, b] = [hold(), hold()]
  a()
  a()
  assert.equal(calls, ['ref'])
  b()
  assert.equal(calls, ['ref', 'unref'])
})

test.run()
