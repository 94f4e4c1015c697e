// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { platform } from 'filesystem-communication-space/platforms'
import { copy } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/keep-the-holes-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const MiB = 1 << 20
/** Pieces of a megabyte at these megabytes, in a file of `size` megabytes. */
function scene(pieces: number[], size: number) {
  const [source, target] = [`${folder}/source`, `${folder}/target`]
  fs.rmSync(target, { force: true })
  fs.writeFileSync(source, '')
  fs.truncateSync(source, size * MiB)
  const fd = fs.openSync(source, 'r+')
  for (const piece of pieces) fs.writeSync(fd, Buffer.alloc(MiB, piece + 1), 0, MiB, piece * MiB)
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  const from = platform.open(source)
  const to = platform.open(target, { write: true, exclusive: true })
  copy(from, to)
  to.sync()
  for (const file of [from, to]) file.close()
  return { source, target }
}

test('the copy has the same bytes', () => {
  const { source, target } = scene([1, 5, 6], 9)
  assert.ok(fs.readFileSync(source).equals(fs.readFileSync(target)))
})

test('the copy takes no more room than the original', () => {
  const { source, target } = scene([3], 20)
  const [before, after] = [source, target].map(path => fs.statSync(path).blocks * 512)
  assert.ok(after! <= before! + MiB / 2, `${after} bytes of the disk for ${before}`)
})

test('a hole at the end is there, too', () => {
  const { target } = scene([0], 7)
  assert.is(fs.statSync(target).size, 7 * MiB)
})

test('a file without holes is copied', () => {
  const { source, target } = scene([0, 1, 2], 3)
  assert.ok(fs.readFileSync(source).equals(fs.readFileSync(target)))
})

test.run()
