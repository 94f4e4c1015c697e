// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { ftruncateSync, linkSync, mkdirSync, mkdtempSync, openSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { usage } from './solution.ts'

let top = ''
test.before.each(() => { top = mkdtempSync(`${tmpdir()}/disk-usage-`); mkdirSync(`${top}/sub`) })
const occupied = (...names: string[]) =>
  names.reduce((sum, name) => sum + statSync(`${top}/${name}`).blocks * 512, 0)

test('a file with two names is counted once', () => {
  writeFileSync(`${top}/one`, Buffer.alloc(100_000, 'x'))
  linkSync(`${top}/one`, `${top}/sub/two`)
  assert.is(usage(top).bytes, occupied('', 'sub', 'one'))
})

test('a hole occupies nothing', () => {
  ftruncateSync(openSync(`${top}/sparse`, 'w'), 1e9)
  assert.ok(usage(top).bytes < 1e6)
})

test('what vanishes during the walk is told and not thrown', () => {
  writeFileSync(`${top}/sub/gone`, '')
  const stop = tap((syscall, args, proceed) => {
    const isLast = syscall === 'statx' && /sub|gone/.test(String(args[1]))
    if (isLast && statSync(`${top}/sub`, { throwIfNoEntry: false })) renameSync(`${top}/sub`, `${top}.away`)
    return proceed()
  })
  const { unread } = usage(top)
  stop()
  assert.ok(unread.length > 0 && unread.every(path => String(path).startsWith(`${top}/sub`)), String(unread))
})

test.run()
