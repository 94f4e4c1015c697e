// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  Inotify, IN_MOVED_FROM, IN_MOVED_TO,
} from 'filesystem-communication-space/primitives'
import { sentences } from './solution.ts'

const root = mkdtempSync(`${tmpdir()}/pair-the-renames-`)
for (const name of ['in', 'out']) mkdirSync(`${root}/${name}`)
for (const name of ['in/a', 'in/b', 'out/c']) writeFileSync(`${root}/${name}`, '')
const inotify = new Inotify()
inotify.add(`${root}/in`, IN_MOVED_FROM | IN_MOVED_TO)
const move = (from: string, to: string) => renameSync(`${root}/${from}`, `${root}/${to}`)

test('a rename in the folder is one sentence', () => {
  move('in/a', 'in/d')
  assert.equal(sentences(inotify.take()), ['a -> d'])
})

test('what leaves the folder and what comes in stay two', () => {
  move('in/b', 'out/b')
  move('out/c', 'in/c')
  assert.equal(sentences(inotify.take()), ['- b', '+ c'])
})

test('two renames whose halves are mixed are put together rightly', () => {
  const half = (mask: number, cookie: number, name: string) => ({ watch: 1, mask, cookie, name })
  assert.equal(sentences([
    half(IN_MOVED_FROM, 7, 'a'), half(IN_MOVED_FROM, 8, 'b'),
    half(IN_MOVED_TO, 7, 'c'), half(IN_MOVED_TO, 8, 'd'),
  ]), ['a -> c', 'b -> d'])
})

test.run()
