// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { feelPulse, Heart } from 'filesystem-communication-space/patterns'
import { bury } from './solution.ts'

const [, program, role] = process.argv
const path = role ?? `${mkdtempSync(`${tmpdir()}/make-it-true-`)}/heart`
const begin = async () => {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), path], { stdio: 'pipe' })
  await once(child.stdout, 'data')
  return child
}
if (role !== undefined && program === fileURLToPath(import.meta.url)) {
  new Heart(path, { everyMs: 20 })
  console.log('beats')
  setInterval(() => {}, 1000)
} else {
  test('a silent process is killed, and dead when it is called dead', async () => {
    const child = await begin()
    child.kill('SIGSTOP')
    await bury(path, 300)
    const said = feelPulse(path)?.state
    child.kill('SIGKILL')
    assert.is(said, 'dead')
  })

  test('one that dies by itself is not waited for any longer', async () => {
    const child = await begin()
    const buried = bury(path, 60_000)
    child.kill('SIGKILL')
    await buried
    assert.is(feelPulse(path)?.state, 'dead')
  })

  test.run()
}
