// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR, tap } from 'filesystem-communication-space/foundations'
import { failOnce } from './solution.ts'

const file = open(`${mkdtempSync(`${tmpdir()}/fail-once-`)}/file`, O_RDWR | O_CREAT)
const sync = () => file.sync()

test('the first call of that name fails with the code, and the next one succeeds', () => {
  failOnce('fsync', 'EIO')
  assert.throws(sync, /^EIO: i\/o error, fsync/)
  assert.not.throws(sync, undefined, 'the second fsync must reach the kernel')
})

test('calls of other names go through meanwhile', () => {
  failOnce('fdatasync', 'ENOSPC')
  assert.is(file.write(Buffer.from('page')), 4)
  assert.throws(() => file.datasync(), /^ENOSPC/)
})

test('two of them let two calls fail', () => {
  failOnce('ftruncate', 'EIO')
  failOnce('ftruncate', 'ENOSPC')
  assert.throws(() => file.truncate(0))
  assert.throws(() => file.truncate(0))
  assert.not.throws(() => file.truncate(0), undefined, 'the third call must reach the kernel')
})

test('a caller that tries again after EINTR notices nothing', () => {
  let calls = 0
  const stop = tap((_syscall, _args, proceed) => {
    if (++calls > 9) throw new Error('the call is made again and again')
    return proceed()
  })
  failOnce('fchmod', 'EINTR')
  file.chmod(0o600)
  stop()
  assert.is(calls, 1, 'the kernel was asked once')
})

test.run()
