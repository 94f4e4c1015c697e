// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { watchBackend } from './watch-here.ts'

test('FILES-14 every platform has a backend, and Linux has inotify', () => {
  const backend = watchBackend()
  assert.is(backend.name, process.platform === 'linux' ? 'inotify' : backend.name)
  assert.ok(['inotify', 'polling', 'kqueue', 'windows'].includes(backend.name))
  backend.close()
})

test.run()
