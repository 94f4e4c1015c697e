// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { watchBackend, type BackendEvent } from 'filesystem-communication-space/platforms'
import { visible } from './solution.ts'

const event = (kind: BackendEvent['kind'], name: string | null, cookie = 0): BackendEvent =>
  ({ watch: 1, kind, name, cookie, isFolder: false })
const moved = (from: string, to: string) => [event('moved from', from, 7), event('moved to', to, 7)]

test('events of hidden names are dropped, and all others stay as they are', () => {
  const plain = [event('created', 'a'), event('written', 'a.b'), event('deleted', 'a')]
  assert.equal(visible([...plain, event('created', '.a'), event('changed', '..b')]), plain)
})

test('a rename out of hiding is an arrival, and one into hiding a departure', () => {
  assert.equal(visible(moved('.a', 'a')), [event('created', 'a')])
  assert.equal(visible(moved('a', '.a')), [event('deleted', 'a')])
  const [from, to] = moved('.a', 'a')
  assert.equal(visible([from!, event('changed', 'b'), to!]), [event('changed', 'b'), event('created', 'a')])
})

test('a rename among plain names keeps both halves, and one among hidden names is nothing', () => {
  assert.equal(visible(moved('a', 'b')), moved('a', 'b'))
  assert.equal(visible([...moved('.a', '.b'), event('moved from', 'gone', 9)]), [event('moved from', 'gone', 9)])
})

test('what is not about a name passes', () => {
  const others = [event('overflow', null), event('gone', null)]
  assert.equal(visible(others), others)
})

test('an atomic write in a real folder is one arrival', async () => {
  const folder = mkdtempSync(`${tmpdir()}/hide-the-hidden-`)
  const backend = watchBackend()
  backend.add(folder)
  writeFileSync(`${folder}/.file.tmp`, 'text')
  renameSync(`${folder}/.file.tmp`, `${folder}/file`)
  const syncing = backend.sync()
  const events = backend.take()
  await syncing
  assert.equal(visible([...events, ...backend.take()]).map(({ kind, name }) => `${kind} ${name}`), ['created file'])
  backend.close()
})

test.run()
