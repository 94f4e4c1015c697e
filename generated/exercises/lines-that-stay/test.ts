// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { setHost } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/lines-that-stay-`)}/hosts`
const text = '# the house\n127.0.0.1 localhost\n\n10.0.0.2 ann # upstairs\n'
const now = () => readFileSync(path, 'utf8')
test.before.each(() => writeFileSync(path, text))

test('the line of a name is changed in its place', () => {
  setHost(path, 'localhost', '127.0.0.2')
  assert.is(now(), text.replace('127.0.0.1', '127.0.0.2'))
})

test('a new name is added at the end', () => {
  setHost(path, 'bob', '10.0.0.3')
  assert.is(now(), `${text}10.0.0.3 bob\n`)
})

test('comments, blank lines and other lines stay as they are', () => {
  setHost(path, 'house', '10.0.0.9')
  assert.is(now(), `${text}10.0.0.9 house\n`)
})

test('nothing is written when nothing changes', () => {
  assert.is(setHost(path, 'localhost', '127.0.0.1'), false)
})

test.run()
