// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as primitives from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const { Inotify, IN_ATTRIB, IN_CLOSE_WRITE, IN_CREATE, IN_MODIFY, IN_OPEN } = primitives
const folder = mkdtempSync(`${tmpdir()}/what-an-editor-does-`)
const inotify = new Inotify()
inotify.add(folder, IN_CREATE | IN_OPEN | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE)

function masksOf(command: string): number[] {
  execFileSync('sh', ['-c', command], { cwd: folder })
  return inotify.take().map(({ mask }) => mask)
}
const created = masksOf('echo x > f')
const appended = masksOf('echo x >> f')
const touched = masksOf('touch f')

test('you know which event says that a file was written and closed', () => {
  assert.is(primitives[answers.writtenAndClosed as 'IN_CLOSE_WRITE'], created.at(-1))
})

test('you know how many events an echo into a new file makes', () => {
  assert.is(answers.eventsOfANewFile, created.length)
})

test('you know how many events an append makes', () => {
  assert.is(answers.eventsOfAnAppend, appended.length)
})

test('you know whether touch on a file that is there is an IN_MODIFY', () => {
  assert.is(answers.touchIsModify, touched.includes(IN_MODIFY))
})

test.run()
