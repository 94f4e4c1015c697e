// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { changes } from './solution.ts'

function record(action: number, name: string, { last = false, gap = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(12 + name.length * 2 + gap, 0x7a)
  bytes.writeUInt32LE(last ? 0 : bytes.length, 0)
  bytes.writeUInt32LE(action, 4)
  bytes.writeUInt32LE(name.length * 2, 8)
  bytes.write(name, 12, 'utf16le')
  return bytes
}

test('names end where their length says', () => {
  const answer = Buffer.concat([record(1, 'made'), record(2, 'gone'), record(3, 'x', { last: true })])
  assert.equal(changes(answer), [
    { action: 1, name: 'made' }, { action: 2, name: 'gone' }, { action: 3, name: 'x' },
  ])
})

test('the last record ends the chain', () => {
  const answer = Buffer.concat([record(1, 'a', { last: true }), record(1, 'old rubbish')])
  assert.equal(changes(answer), [{ action: 1, name: 'a' }])
})

test('distances are obeyed, whatever lies between', () => {
  const answer = Buffer.concat([record(1, 'abc', { gap: 2 }), record(5, '日', { last: true })])
  assert.equal(changes(answer).map(({ name }) => name), ['abc', '日'])
})

test.run()
