// Told in chapters/10-files/13-overlapped.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

test('you know it of reading and writing', () => {
  assert.equal([answers['read'], answers['write']], ['port', 'port'])
})

test('you know it of opening and listing', () => {
  assert.equal([answers['open'], answers['list']], ['thread', 'thread'])
})

test('you know it of making a file durable', () => {
  assert.is(answers['flush'], 'thread')
})

test.run()
