// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Reader, type Positional } from './solution.ts'

const text = Buffer.from('abcdefghij')
const file: Positional = {
  readAt: (buffer, position) => text.copy(buffer, 0, position, position + buffer.length),
}
interface Wanted {
  read(buffer: Uint8Array, position?: number): number
  seek(place: number): number
  twin(): Wanted
}
const make = () => new (Reader as unknown as new (file: Positional) => Wanted)(file)
const take = (reader: Wanted, length: number, position?: number) => {
  const buffer = Buffer.alloc(length)
  return buffer.toString('latin1', 0, reader.read(buffer, position))
}

test('reads follow one another', () => {
  const reader = make()
  assert.equal([take(reader, 3), take(reader, 3), reader.seek(8), take(reader, 5), take(reader, 5)],
    ['abc', 'def', 8, 'ij', ''])
})

test('a read at a position leaves the place alone', () => {
  const reader = make()
  assert.equal([take(reader, 2), take(reader, 2, 7), take(reader, 2)], ['ab', 'hi', 'cd'])
})

test('a twin has the same place, before and after', () => {
  const reader = make()
  take(reader, 4)
  const twin = reader.twin()
  assert.equal([take(twin, 1), take(reader, 1), twin.seek(0), take(reader, 1)], ['e', 'f', 0, 'a'])
})

test.run()
