// Told in chapters/10-files/06-atomic-write.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { atomicWrite, type WriteOptions } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/name-the-level-`)
const ask = (options: WriteOptions) => {
  try {
    return atomicWrite(`${folder}/file`, 'text', options).durability
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

test('the four answers are those of the program', () => {
  assert.equal(answers, {
    '{}': ask({}),
    '{ fsync: false }': ask({ fsync: false }),
    '{ fsyncDir: true }': ask({ fsyncDir: true }),
    '{ fsync: false, fsyncDir: true }': ask({ fsync: false, fsyncDir: true }),
  })
})

test.run()
