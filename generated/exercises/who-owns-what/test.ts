// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { tryFlock } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/who-owns-what-`)}/file`
const [ann, bob] = [open(path, O_RDWR | O_CREAT), open(path, O_RDWR)]
test.before.each(() => [ann, bob].forEach(file => file.unlock()))

test('you know what is left of ten locked bytes when the middle two are unlocked', () => {
  ann.tryLock({ start: 0, length: 10 })
  ann.unlock({ start: 4, length: 2 })
  const locked = Array.from({ length: 20 }, (_, start) => bob.isLocked({ start, length: 1 }))
  assert.is(answers.lockedAfterUnlockingTheMiddle, locked.filter(Boolean).length)
})

test('you know whether flock and range locks exclude each other', () => {
  ann.tryLock()
  assert.is(answers.flockSeesRanges, !tryFlock(bob))
})

test('you know whether two ranges that touch exclude each other', () => {
  ann.tryLock({ start: 0, length: 10 })
  assert.is(answers.touchingRangesExclude, !bob.tryLock({ start: 10, length: 10 }))
})

test('you know whether a lock at a terabyte makes the file longer', () => {
  ann.tryLock({ start: 2 ** 40, length: 1 })
  assert.is(answers.sizeAfterLockingAtATerabyte, ann.stat().size)
})

test.run()
