// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { list, tap } from 'filesystem-communication-space/foundations'
import { callsToList } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/count-calls-`)
mkdirSync(`${folder}/full`)
mkdirSync(`${folder}/empty`)
for (let i = 0; i < 2000; i++) writeFileSync(`${folder}/full/${i}`, '')

test('a folder of 2,000 names takes as many calls as the door saw', () => {
  let seen = 0
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'getdents64') seen++
    return proceed()
  })
  const names = [...list(`${folder}/full`)]
  stop()
  assert.is(names.length, 2000)
  assert.is(callsToList(`${folder}/full`), seen)
})

test('an empty folder takes two', () => {
  assert.is(callsToList(`${folder}/empty`), 2, 'one brings . and .., one finds the end')
})

test.run()
