// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFolder } from 'filesystem-communication-space/patterns'
import { bringIn } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/bring-it-in-`)
const [path, from] = [`${folder}/museum`, `${folder}/made`]
mkdirSync(`${from}/rooms`, { recursive: true })
for (const name of ['hours', 'map', 'rooms/first']) writeFileSync(`${from}/${name}`, 'Monday')
bringIn(path, from)
const before = openFolder(path)!
writeFileSync(`${from}/hours`, 'Tuesday')
rmSync(`${from}/map`)
bringIn(path, from)
const now = openFolder(path)!

test('the folder has what the other has, and nothing more', () => {
  assert.equal(now.list(), ['hours', 'rooms/first'])
  assert.equal([String(now.read('hours')), String(now.read('rooms/first'))], ['Tuesday', 'Monday'])
})
test('a file that is equal keeps its inode', () => {
  assert.is(statSync(`${now.path}/rooms/first`).ino, statSync(`${before.path}/rooms/first`).ino)
})
test('a folder that is equal gets no new version', () => {
  bringIn(path, from)
  const last = openFolder(path)!
  assert.is(last.name, now.name)
})
test.run()
