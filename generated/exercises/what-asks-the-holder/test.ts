// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { takeLease } from 'filesystem-communication-space/primitives'
import { asks } from './solution.ts'

const cwd = mkdtempSync(`${tmpdir()}/what-asks-`)
let count = 0

/** Whether the shell's command on $0, a file that is leased, asks the holder. */
async function asksFor(command: string): Promise<boolean> {
  const [name, mode] = [`file${count++}`, O_RDWR | O_CREAT]
  const file = open(`${cwd}/${name}`, mode)
  let isAsked = false
  const lease = takeLease(file, 'exclusive', lease => {
    isAsked = true
    lease.release()
  })!
  await new Promise(resolve => execFile('sh', ['-c', command, name], { cwd }, resolve))
  lease.release()
  return isAsked
}

test('you know whether a stat asks', async () => {
  assert.is(asks.stat, await asksFor('stat "$0"'))
})

test('you know whether a rename and an unlink ask', async () => {
  assert.is(asks.rename, await asksFor('mv "$0" "$0.moved"'))
  assert.is(asks.unlink, await asksFor('rm "$0"'))
})

test('you know whether a new hard link or a new mode asks', async () => {
  assert.is(asks.link, await asksFor('ln "$0" "$0.link"'))
  assert.is(asks.chmod, await asksFor('chmod 600 "$0"'))
})

test('you know whether cutting the file by its path asks', async () => {
  assert.is(asks.truncate, await asksFor('truncate -s 0 "$0"'))
})

test.run()
