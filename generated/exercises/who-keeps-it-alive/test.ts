// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_RDWR } from 'filesystem-communication-space/foundations'
import { enrol, returnDead } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const members = mkdtempSync(`${tmpdir()}/who-keeps-it-alive-`)
const dead = () => returnDead(members, () => {})

test('you know whether a member lives when another thread\'s module closes its own copy of the lock file', () => {
  const member = enrol(members)
  closeSync(openSync(`${member.folder}/lock`, 'r+'))
  assert.is(answers.livesWhenAnotherOpenFileIsClosed, dead() === 0)
  member.leave(() => {})
})

async function childOf(inherits: boolean): Promise<boolean> {
  const path = `${members}/${inherits ? 'one' : 'two'}`
  spawn('mkdir', [path])
  const lock = await new Promise<ReturnType<typeof open>>(resolve => setTimeout(() => {
    closeSync(openSync(`${path}/lock`, 'w'))
    resolve(open(`${path}/lock`, O_RDWR))
  }, 200))
  lock.tryLock()
  const child = spawn('sleep', ['5'], { stdio: ['ignore', 'ignore', 'ignore', inherits ? lock.fd : 'ignore'] })
  await once(child, 'spawn')
  lock.close()   // so much for the parent
  const lives = dead() === 0
  child.kill()
  await once(child, 'exit')
  dead()
  return lives
}

test('you know whether a child that inherits the lock\'s descriptor keeps a dead parent\'s claims', async () => {
  assert.is(answers.livesInAChildThatInherits, await childOf(true))
})

test('you know whether an ordinary child does', async () => {
  assert.is(answers.livesInAnOrdinaryChild, await childOf(false))
})

test.run()
