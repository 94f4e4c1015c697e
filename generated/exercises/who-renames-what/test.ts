// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Maildir } from 'filesystem-communication-space/patterns'
import * as primitives from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const { Inotify, IN_CLOSE_WRITE, IN_CREATE, IN_MOVED_FROM, IN_MOVED_TO } = primitives
const box = new Maildir(`${mkdtempSync(`${tmpdir()}/who-renames-what-`)}/box`)
const watch = (name: string) => {
  const inotify = new Inotify()
  inotify.add(`${box.folder}/${name}`, IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE)
  return inotify
}
const [arrivals, current] = [watch('new'), watch('cur')]
const key = box.deliver('x')
const came = arrivals.take()
box.letters({ take: true })
current.take()
const before = statSync(`${box.folder}/cur`).mtimeMs
await new Promise(resolve => setTimeout(resolve, 30))
box.mark(key, 'S')

test('you know which event tells a reader that a letter has come', () => {
  assert.is(primitives[answers.hasCome as 'IN_CREATE'], came[0]!.mask)
})
test('you know how many events in cur a mark makes', () => {
  assert.is(answers.eventsOfAMark, current.take().length)
})
test('you know whether marking changes the folder\'s modification time', () => {
  assert.is(answers.changesTheTime, statSync(`${box.folder}/cur`).mtimeMs > before)
})

test.run()
