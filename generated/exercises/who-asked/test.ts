// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { platform } from 'filesystem-communication-space/platforms'
import { watched } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/who-asked-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const list: string[] = []
const mine = watched(platform, list)
test.before.each(() => { list.length = 0 })

test('a change by a name is on the list, with its paths', () => {
  mine.mkdir(`${folder}/a`)
  mine.rename(`${folder}/a`, `${folder}/b`)
  mine.rmdir(`${folder}/b`)
  assert.equal(list, [`mkdir ${folder}/a`, `rename ${folder}/a ${folder}/b`, `rmdir ${folder}/b`])
})

test('a question is not', () => {
  mine.stat(folder)
  assert.equal([[...mine.list(folder)], mine.statIfThere(`${folder}/no`), mine.isMount(folder), list],
    [[], null, false, []])
})

test('a write through an open file is on the list, with the path that it was opened by', () => {
  const path = `${folder}/file`
  const file = mine.open(path, { read: true, write: true, create: true })
  list.length = 0
  file.write(Buffer.from('hello'))
  file.read(Buffer.alloc(5), 0)
  file.truncate(2)
  file.close()
  assert.equal(list, [`write ${path}`, `truncate ${path}`])
})

test('everything still works as before', () => {
  const path = `${folder}/works`
  const file = mine.open(path, { read: true, write: true, create: true })
  assert.is(file.write(Buffer.from('hello')), 5)
  assert.is(file.seek(1), 1)
  const buffer = Buffer.alloc(4)
  assert.equal([file.read(buffer), buffer.toString(), file.stat().size], [4, 'ello', 5])
  assert.ok(file.handle > 0)
  file.close()
  assert.is(file.handle, -1)
  assert.throws(() => mine.unlink(`${folder}/no`), /^ENOENT/)
  mine.unlink(path)
})

test.run()
