// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkdir, open, stat } from 'filesystem-communication-space/foundations'
import { transcript } from './solution.ts'

test('each call has a line with its result, in the order of the calls', () => {
  const file = open('/dev/zero')
  const lines = transcript(() => {
    file.read(Buffer.alloc(12))
    file.stat()
    file.close()
  })
  assert.equal(lines, ['read = 12', 'statx = 0', 'close = 0'])
})

test('a refused call has the name of its error', () => {
  const lines = transcript(() => {
    try {
      mkdir('/')
    } catch { /* it is in the transcript */ }
  })
  assert.equal(lines, ['mkdir = EEXIST'])
})

test('what comes after the action is not in it', () => {
  const lines = transcript(() => stat('/'))
  stat('/')
  assert.is(lines.length, 1, 'the transcript has one line')
})

test('a transcript inside a transcript has lines of its own', () => {
  const inner: string[][] = []
  const outer = transcript(() => {
    stat('/')
    inner.push(transcript(() => stat('/')))
  })
  assert.equal(outer, ['statx = 0', 'statx = 0'], 'the outer one hears both')
  assert.equal(inner, [['statx = 0']])
})

test('an action that throws lets its error out', () => {
  assert.throws(() => transcript(() => { throw new Error('from the action') }), 'from the action')
})

test.run()
