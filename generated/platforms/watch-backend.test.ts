// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
// Runs on Linux only: inotify.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InotifyBackend } from './watch-backend-inotify.ts'
import { suite } from './watch-backend-suite.ts'

suite(test, 'FILES-13 inotify:', () => new InotifyBackend())

test('FILES-13 the kernel does not tell of everything in /proc and /sys, and does in memory', () => {
  const backend = new InotifyBackend()
  assert.equal(['/proc', '/sys', '/dev/shm'].map(each => backend.tells(each)), [false, false, true])
  backend.close()
})

test('FILES-13 a barrier holds back until all that was before it is taken, also over an overflow', async () => {
  const folder = mkdtempSync(`${tmpdir()}/watch-backend-`)
  const backend = new InotifyBackend()
  backend.add(folder)
  let [created, overflows] = [0, 0]
  const listening = backend.listen(() => {
    for (const { kind } of backend.take()) {
      if (kind === 'created') created++
      if (kind === 'overflow') overflows++
    }
  })
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  for (const count of [10, Math.ceil(limit / 2)]) {
    execFileSync('sh', ['-c', `cd ${folder} && seq ${count} | xargs touch && rm -f *`])
    await Promise.all([backend.sync(), backend.sync()])
    if (count === 10) assert.equal([created, overflows], [10, 0])
    else assert.ok(overflows === 1 && created > 10, `${created} created, ${overflows} overflows`)
  }
  writeFileSync(`${folder}/last`, '')
  const before = created
  await backend.sync()
  assert.is(created, before + 1)
  listening.close()
  backend.close()
  rmSync(folder, { recursive: true })
})

test.run()
