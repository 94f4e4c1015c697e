// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Inotify, IN_CREATE, IN_DELETE } from 'filesystem-communication-space/primitives'
import { settled } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/a-cookie-of-your-own-`)
const inotify = new Inotify()
inotify.add(folder, IN_CREATE | IN_DELETE)

test('every event of before is told, and the cookie is not', async () => {
  for (let i = 0; i < 3; i++) {
    writeFileSync(`${folder}/file${i}`, '')
    assert.equal(await settled(inotify, folder), [`file${i}`])
  }
  assert.is(readdirSync(folder).length, 3)
})

test('it does not wait when there is nothing to wait for', async () => {
  const begin = performance.now()
  for (let i = 0; i < 20; i++) await settled(inotify, folder)
  assert.ok(performance.now() - begin < 400, 'twenty barriers take no second')
})

test.run()
