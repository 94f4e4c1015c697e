// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fullSync, F_FULLFSYNC, type SyncCalls } from './platform-full-sync.ts'

/** Calls that note what is asked; `fcntl` fails with `code`. */
function scripted(code?: string): { seen: string[], calls: SyncCalls } {
  const seen: string[] = []
  return { seen, calls: {
    fsync: fd => { seen.push(`fsync ${fd}`) },
    fcntl: (fd, command) => {
      seen.push(`fcntl ${fd} ${command}`)
      if (code !== undefined) throw Object.assign(new Error(code), { code })
    },
  } }
}

test('FILES-3 on macOS a sync is F_FULLFSYNC, number 51, and nothing else', () => {
  const { seen, calls } = scripted()
  assert.is(fullSync(7, calls), 'disk')
  assert.equal([seen, F_FULLFSYNC], [['fcntl 7 51'], 51])
})

test('FILES-3 a filesystem that does not know it gets an fsync, and the caller is told', () => {
  for (const code of ['ENOTSUP', 'EINVAL', 'ENOTTY']) {
    const { seen, calls } = scripted(code)
    assert.is(fullSync(7, calls), 'drive', code)
    assert.equal(seen, ['fcntl 7 51', 'fsync 7'])
  }
})

test('FILES-3 a failed sync is thrown and not tried in another way', () => {
  for (const code of ['EIO', 'EBADF', 'ENOSPC', 'EINTR']) {
    const { seen, calls } = scripted(code)
    assert.throws(() => fullSync(7, calls), code)
    assert.equal(seen, ['fcntl 7 51'])
  }
})

test.run()
