// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { trymkpidlock, type Pidlock } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/read-the-pidfile-`)}/pid`
const take = () => trymkpidlock(path, { mode: 0o644 })
const isTaken = () => {
  const lock = take()
  return lock !== false && (lock.close(), true)
}
let lock: Pidlock
test.before.each(() => {
  rmSync(path, { force: true })
  lock = take() as Pidlock
  chmodSync(path, 0o644)
})
test.after.each(() => { lock.close() })

test('you know whether another can take it when the text names a process that does not exist', () => {
  writeFileSync(path, '4194304 nowhere')
  assert.is(answers.takenWhenTheTextIsWrong, isTaken())
})

test('you know whether closing removes a file that somebody has put in its place', () => {
  writeFileSync(`${path}.other`, '1')
  renameSync(`${path}.other`, path)
  lock.close()
  assert.is(answers.closeRemovesAStranger, !existsSync(path))
})

test('you know what trymkpidlock finds when the file was only removed', () => {
  rmSync(path)
  assert.is(answers.takenWhenRemoved, isTaken())
})

test('you know whether a file with the same text, but without the lock, is taken over', () => {
  writeFileSync(`${path}.copy`, readFileSync(path))
  renameSync(`${path}.copy`, path)
  assert.is(answers.takenWhenUnlocked, isTaken())
})

test.run()
