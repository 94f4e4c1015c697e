// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bind, open, O_CREAT, O_RDWR, SystemError } from 'filesystem-communication-space/foundations'
import { Attributes } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const path = `${fs.mkdtempSync(`${tmpdir()}/where-a-note-stays-`)}/file`
const file = open(path, O_RDWR | O_CREAT)
new Attributes(file).set('user.note', 'hello')

test('you know whether truncating the file loses it', () => {
  file.truncate(0)
  assert.is(answers.truncatingLosesIt, new Attributes(file).get('user.note') === null)
})

test('you know whether a second hard link shows it', () => {
  fs.linkSync(path, `${path}2`)
  assert.is(answers.hardLinkShowsIt, new Attributes(open(`${path}2`)).get('user.note') !== null)
})

test('you know whether a symbolic link to the file can have one of its own', () => {
  fs.symlinkSync(path, `${path}3`)
  const set = bind('int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)')
  let could = true
  try {
    set(`${path}3`, 'user.note', Buffer.alloc(1), 1, 0)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    could = false
  }
  assert.is(answers.symbolicLinkCanHaveOne, could)
})

test.run()
