// Told in chapters/10-files/13-overlapped.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { atomicWrite } from './atomic-write.ts'
import { openAsync } from './asynchrony-file.ts'
import { engine } from './asynchrony.ts'
import { open, readString, withFile, writeFile } from './file-handle.ts'
import { cp, cptree, mv, sendfile } from './folder-operations-copy.ts'
import { rm } from './folder-operations-remove.ts'
import './overlapped.ts'   // makes itself known, on Windows
import { cd, hardlink, mkdir, mkpath, pwd, realpath, rename, samefile, unlink } from './folder-operations.ts'
import { filesize, isDir, isFile, isPath, mtime, stat, statIfThere } from './metadata.ts'
import { chmod, diskstat, futime, touch } from './temporary-name-touch.ts'
import { readdir, walk } from './walk.ts'

const root = fs.mkdtempSync(join(tmpdir(), 'everywhere-'))
test.after(() => fs.rmSync(root, { recursive: true }))
const at = (...names: string[]) => join(root, ...names)
const codeOf = (act: () => unknown): string => {
  try { act() } catch (error) { return (error as { code: string }).code }
  return 'done'
}

test('FILES-24 FILES-1 a handle reads, writes, seeks, appends and is closed, on every system', () => {
  const file = open(at('handle'), 'w+')
  file.write('hello world')
  file.seek(6)
  assert.is(file.read(5).toString(), 'world')
  assert.is(file.read(5, 0).toString(), 'hello')
  file.truncate(5)
  file.sync()
  assert.is(file.stat().size, 5)
  file.close()
  file.close()
  assert.is(codeOf(() => file.read(1)), 'EBADF')
  withFile(at('handle'), 'a', log => log.write('!'))
  assert.is(readString(at('handle')), 'hello!')
})

test('FILES-24 FILES-7 trees are made, copied, moved and removed, on every system', () => {
  mkpath(at('tree', 'a', 'b'))
  for (const name of ['one', 'a/two', 'a/b/three']) writeFile(at('tree', name), name)
  cptree(at('tree'), at('copy'))
  assert.is(readString(at('copy', 'a', 'b', 'three')), 'a/b/three')
  cp(at('tree', 'one'), at('copy', 'more'))
  mv(at('copy', 'more'), at('copy', 'moved'))
  assert.equal(readdir(at('copy')), ['a', 'moved', 'one'])
  assert.is(codeOf(() => rm(at('copy'))), 'ENOTEMPTY')
  rm(at('copy'), { recursive: true })
  assert.not(isPath(at('copy')))
  const names = [...walk(at('tree'))].map(({ path }) => String(path).slice(at('tree').length + 1).replaceAll('\\', '/'))
  assert.equal(names.filter(Boolean).sort(), ['a', 'a/b', 'a/b/three', 'a/two', 'one'])
})

test('FILES-24 FILES-8 names are given and taken, and two names of a file are known, on every system', () => {
  writeFile(at('first'), 'text')
  hardlink(at('first'), at('second'))
  assert.ok(samefile(at('first'), at('second')))
  assert.is(stat(at('first')).nlink, 2)
  writeFile(at('other'), 'other')
  assert.is(codeOf(() => rename(at('first'), at('other'), { replace: false })), 'EEXIST')
  rename(at('first'), at('other'))
  assert.is(readString(at('other')), 'text')
  unlink(at('other'))
  assert.is(realpath(at('tree', '..', 'second')), realpath(at('second')))
  const before = pwd()
  cd(at('tree'), () => assert.ok(isFile('one')))
  assert.is(pwd(), before)
})

test('FILES-24 FILES-22 refusals have the same codes, on every system', () => {
  const cases: [string, () => unknown][] = [
    ['ENOENT', () => open(at('none'))], ['EEXIST', () => mkdir(at('tree'))], ['EISDIR', () => open(at('tree'), 'w')],
    ['ENOENT', () => readdir(at('none'))], ['ENOTDIR', () => readdir(at('second'))],
    ['EEXIST', () => open(at('second'), 'w', { exclusive: true })], ['ENOENT', () => rename(at('none'), at('x'))],
  ]
  for (const [code, act] of cases) assert.is(codeOf(act), code, String(act))
  assert.is(statIfThere(at('none')), null)
})

test('FILES-24 FILES-10 FILES-17 times, modes, disks and atomic writes, on every system', () => {
  touch(at('touched'))
  futime(at('touched'), { mtimeNs: 1_000_000_000_000_000_000n })
  assert.equal([mtime(at('touched')), filesize(at('touched'))], [1_000_000_000, 0])
  chmod(at('touched'), 0o444)
  assert.is(stat(at('touched')).mode & 0o222, 0)
  chmod(at('touched'), 0o666)
  assert.ok(diskstat(root).available > 0)
  atomicWrite(at('whole'), 'old')
  atomicWrite(at('whole'), 'new')
  assert.is(readString(at('whole')), 'new')
  assert.is(codeOf(() => atomicWrite(at('whole'), 'x', { replace: false })), 'EEXIST')
  const [from, to] = [open(at('whole')), open(at('sent'), 'w')]
  assert.is(sendfile(from, to), 3)
  for (const file of [from, to]) file.close()
  assert.ok(isDir(at('tree')))
})

test('FILES-24 FILES-18 the process\'s own engine reads and writes, on every system', async () => {
  const file = await openAsync(at('async'), 'w+')
  await Promise.all([file.write('one '), file.write('two')])
  assert.is((await file.read(3, 4)).toString(), 'two')
  await file.sync()
  await file.close()
  assert.is(await engine().call('metadata', 'isFile', [at('async')]), true)
})

test.run()
