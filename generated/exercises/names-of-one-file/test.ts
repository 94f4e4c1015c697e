// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SystemError, tap } from 'filesystem-communication-space/foundations'
import { namesMax } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/names-max-`)
test.after(() => rmSync(folder, { recursive: true }))

/** Makes a filesystem of this one on which a file has no more than `most` names. */
function withAtMost<T>(most: number, action: () => T): T {
  let names = 1
  const stop = tap((syscall, _args, proceed) => {
    if (!syscall.startsWith('link')) return proceed()
    if (names >= most) return -31   // EMLINK
    names++
    return proceed()
  })
  try {
    return action()
  } finally {
    stop()
  }
}

test('it is the number that the filesystem allows, when that is below the limit', () => {
  assert.is(withAtMost(40, () => namesMax(folder, 100)), 40)
  assert.is(withAtMost(1, () => namesMax(folder, 100)), 1)
})

test('it is null when the limit is reached', () => {
  assert.is(namesMax(folder, 50), null)
  assert.is(withAtMost(50, () => namesMax(folder, 50)), null)
})

test('nothing is left behind', () => {
  namesMax(folder, 20)
  withAtMost(7, () => namesMax(folder, 20))
  assert.throws(() => withAtMost(20, () => {
    const stop = tap((syscall, _args, proceed) => syscall.startsWith('link') ? -28 : proceed())
    try {
      namesMax(folder, 20)
    } finally {
      stop()
    }
  }), (error: unknown) => error instanceof SystemError && error.code === 'ENOSPC')
  assert.equal(readdirSync(folder), [])
})

test.run()
