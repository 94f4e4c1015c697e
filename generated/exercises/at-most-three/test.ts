// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FileLock } from 'filesystem-communication-space/patterns'
import { enter } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/at-most-three-`)}/licence`
const inside: FileLock[] = []
const code = (promise: Promise<unknown>) => promise.then(() => 'in', error => error.code)

test('three are let in and a fourth is not', async () => {
  for (let i = 0; i < 3; i++) inside.push(await enter(path, 1000))
  assert.is.not(await code(enter(path, 50)), 'in')
})

test('a fourth who waits is let in when one leaves', async () => {
  setTimeout(() => inside[1]!.release(), 50)
  inside[1] = await enter(path, 2000)
  assert.is(inside[1].isHeld, true)
})

test('a time-out is ETIMEDOUT', async () => {
  assert.is(await code(enter(path, 50)), 'ETIMEDOUT')
  for (const each of inside) each?.release()
})

test.run()
