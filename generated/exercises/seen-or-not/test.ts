// Told in chapters/02-primitives-catalog/12-memory-map.md. Edit it there, or edit here and stitch.
import { mkdtempSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { allocate, Mapping } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/seen-or-not-`)}/file`
const file = open(path, O_RDWR | O_CREAT)
allocate(file, 8192)
const shared = new Mapping(file, { writable: true })
const own = new Mapping(file)

test('you know whether a private page still shows what others store, before and after one writes to it', () => {
  shared.bytes[0] = 1
  assert.is(answers.privateShowsStoresOfOthers, own.bytes[0] === 1)
  own.bytes[1] = 9
  shared.bytes[0] = 2
  assert.is(answers.privateAfterOwnWriteShowsThem, own.bytes[0] === 2)
})

test('you know whether the mapping lives on when the file is closed and unlinked', () => {
  file.close()
  unlinkSync(path)
  shared.bytes[4096] = 5
  assert.is(answers.bytesBehindUnlinkedFile, own.bytes[4096] === 5)
})

test.run()
