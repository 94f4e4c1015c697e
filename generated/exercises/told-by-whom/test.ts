// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  Fanotify, FAN_CREATE, FAN_DELETE, FAN_RENAME, Inotify, IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO,
} from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/told-by-whom-`)
const [inotify, mask] = [new Inotify(), FAN_CREATE | FAN_DELETE | FAN_RENAME]
inotify.add(folder, IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
const fanotify = new Fanotify(folder, mask, { scope: 'folder', processes: true })
test.before.each(() => {
  inotify.take()
  for (const { process } of fanotify.take()) process?.close()
})
const counts = () => ({ inotify: inotify.take().length, fanotify: fanotify.take().length })

test('you know how many events a file makes that is created and removed at once', () => {
  writeFileSync(`${folder}/x`, '')
  unlinkSync(`${folder}/x`)
  assert.equal(answers.createdAndRemoved, counts())
})

test('you know how many events a rename is', () => {
  writeFileSync(`${folder}/a`, '')
  counts()
  renameSync(`${folder}/a`, `${folder}/b`)
  assert.equal(answers.renamed, counts())
})

test('you know what fanotify says of a process that has ended', () => {
  const { pid } = spawnSync('touch', [`${folder}/y`])
  const [event] = fanotify.take()
  assert.equal(answers.ofTheDead, { pid: event!.pid === pid, process: event!.process !== null })
})

test.run()
