// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promises } from 'filesystem-communication-space/files'
import { copy } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/deep-copy-`)
let [running, most] = [0, 0]

async function scene(content: Buffer, broken = Infinity) {
  writeFileSync(`${folder}/source`, content)
  const [source, target] = [await promises.open(`${folder}/source`), await promises.open(`${folder}/target`, 'w')]
  ;[running, most] = [0, 0]
  const read = source.readInto.bind(source)
  source.readInto = async (bytes, position, limits) => {
    most = Math.max(most, ++running)
    try {
      if (position! >= broken) throw new RangeError('a bad sector')
      return await read(bytes, position, limits)
    } finally {
      running--
    }
  }
  return { source, target, close: () => Promise.all([source.close(), target.close()]) }
}
const content = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => i * i % 251))

test('the copy has every byte of the original, whatever its length', async () => {
  for (const size of [1, 999, 1000, 1001, 9500]) {
    const { source, target, close } = await scene(content(size))
    await copy(source, target, { depth: 4, pieceSize: 100 })
    await close()
    assert.equal(readFileSync(`${folder}/target`), content(size))
  }
})

test('up to depth reads are on their way at once, and never more', async () => {
  const { source, target, close } = await scene(content(5000))
  await copy(source, target, { depth: 4, pieceSize: 100 })
  await close()
  assert.is(most, 4)
})

test('an empty file becomes an empty file', async () => {
  const { source, target, close } = await scene(Buffer.alloc(0))
  await copy(source, target)
  await close()
  assert.is(readFileSync(`${folder}/target`).length, 0)
})

test('a read that fails ends the copy with its error, after what runs has ended', async () => {
  const { source, target, close } = await scene(content(5000), 1200)
  const error = await copy(source, target, { depth: 4, pieceSize: 100 }).catch(error => error)
  assert.equal([error.message, running], ['a bad sector', 0])
  await close()
})

test.run()
