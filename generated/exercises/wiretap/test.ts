// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, pipe, O_CREAT, O_RDWR, type OpenFile } from 'filesystem-communication-space/foundations'
import { step } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/wiretap-`)
let count = 0
function scene() {
  const [source, target] = [pipe({ nonblocking: true }), pipe({ nonblocking: true })]
  const log = open(`${folder}/${count++}`, O_RDWR | O_CREAT)
  const said = () => {
    log.seek(0)
    return String(log.readAll())
  }
  return { source, target, log, said, step: () => step(source.reader, target.writer, log) }
}
function take(from: OpenFile): string {
  const buffer = Buffer.alloc(65_536)
  return buffer.toString('utf8', 0, from.read(buffer))
}

test('what arrives is what was sent, and the log says the same', () => {
  const { source, target, said, step } = scene()
  let arrived = ''
  for (const text of ['hello', ' ', 'world']) {
    source.writer.write(Buffer.from(text))
    assert.is(step(), text.length)
    arrived += take(target.reader)
  }
  assert.equal([arrived, said()], ['hello world', 'hello world'])
})

test('a full target loses nothing, and the log has nothing twice', () => {
  const { source, target, said, step } = scene()
  const pages = Array.from('abcdefgh', letter => letter.repeat(4096))
  target.writer.write(Buffer.alloc(12 * 4096, 'x'))   // four places are left
  source.writer.write(Buffer.from(pages.join('')))
  assert.is(step(), 4 * 4096)
  assert.is(step(), 0, 'nothing fits')
  assert.is(take(target.reader), 'x'.repeat(12 * 4096) + pages.slice(0, 4).join(''))
  assert.is(step(), 4 * 4096)
  assert.is(take(target.reader), pages.slice(4).join(''))
  assert.is(said(), pages.join(''))
})

test('an empty source is 0', () => {
  const { said, step } = scene()
  assert.is(step(), 0)
  assert.is(said(), '')
})

test.run()
