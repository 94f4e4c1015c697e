// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import { unlinkSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { memfd, seal, sealsOf } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const ten = Buffer.alloc(10)
function can(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

test('you know whether one who is sealed against growing may write behind the end', () => {
  const file = memfd('ten')
  file.writeAll(ten)
  seal(file, 'grow')
  assert.is(answers.writesBehindTheEnd, can(() => file.write(ten, 10)))
})

test('you know whether a sealed file\'s mode may still be changed', () => {
  const file = memfd('ten')
  seal(file, 'shrink', 'grow', 'write', 'seal')
  assert.is(answers.modeMayChange, can(() => file.chmod(0o400)))
})

test('you know which seal is there when nobody asked for sealing', () => {
  const path = `/dev/shm/what-a-seal-stops-${process.pid}`
  const file = open(path, O_RDWR | O_CREAT)
  unlinkSync(path)
  assert.equal(answers.sealsOfAFileInShm, sealsOf(file))
})

test.run()
