// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/whose-lock-`)}/file`
const ann = open(path, O_RDWR | O_CREAT)
const bob = open(path, O_RDWR)
ann.writeAll(Buffer.from('page'))
ann.tryLock()

test('a second open file of one process is refused, or gets the lock, as you say', () => {
  assert.is(answers.secondOpenGetsIt, bob.tryLock())
})

test('a duplicate of the locked file is refused, or gets the lock, as you say', () => {
  const copy = ann.duplicate()
  assert.is(answers.duplicateGetsIt, copy.tryLock())
  copy.close()
})

test('a reader who asks for no lock is stopped, or reads, as you say', () => {
  assert.is(answers.readerIsStopped, bob.read(Buffer.alloc(4), 0) !== 4)
})

test('after one of two duplicates is closed the lock is held, or free, as you say', () => {
  ann.duplicate().close()
  assert.is(answers.heldAfterOneDuplicateIsClosed, bob.isLocked())
})

test.run()
