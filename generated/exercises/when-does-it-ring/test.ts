// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { Inotify, IN_CLOSE_NOWRITE, IN_CLOSE_WRITE } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/when-does-it-ring-`)}/lock`
const file = open(path, O_RDWR | O_CREAT)
const bell = new Inotify()
bell.add(path, IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)
const rings = (action: () => void) => {
  bell.take()
  action()
  return bell.take().length > 0
}

test('you know whether it rings when one of two descriptors of an open file is closed', () => {
  const copy = file.duplicate()
  assert.is(answers.closeOfADuplicate, rings(() => copy.close()))
})

test('you know whether it rings when a lock is given back and the file stays open', () => {
  file.tryLock()
  assert.is(answers.unlockWithoutClose, rings(() => file.unlock()))
})

test('you know whether it rings when the file is only looked at and closed', () => {
  assert.is(answers.closeByAReader, rings(() => open(path).close()))
})

test('you know whether it rings when the holder is killed', () => {
  assert.is(answers.deathOfTheHolder, rings(() => {
    spawnSync('sh', ['-c', 'exec 3> "$0"; kill -9 $$', path])
  }))
})

test.run()
