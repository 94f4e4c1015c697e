// Told in chapters/10-files/07-lock.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promises, tryLockFile } from 'filesystem-communication-space/files'
import { groups } from './solution.ts'

test('the sets of those who ran together are right', async () => {
  const path = `${mkdtempSync(`${tmpdir()}/in-which-order-`)}/lock`
  const holder = tryLockFile(path)!
  const seen: string[][] = []
  let now: string[] = []
  const run = (name: string, shared: boolean) => promises.withFileLock(path, async () => {
    if (now.length === 0) seen.push(now = [])
    now.push(name)
    await sleep(50)
    now = []
  }, { shared })
  const all = []
  for (const name of ['reader 1', 'writer', 'reader 2']) {
    all.push(run(name, name !== 'writer'))
    await sleep(20)
  }
  holder.release()
  await Promise.all(all)
  assert.equal(groups, seen)
})

test.run()
