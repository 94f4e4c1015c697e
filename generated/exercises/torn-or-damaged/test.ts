// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AppendLog } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

async function opening(isClosed: boolean, spoil: (path: string) => void): Promise<string> {
  const folder = `${mkdtempSync(`${tmpdir()}/torn-or-damaged-`)}/log`
  const log = new AppendLog(folder, { sync: 'here', segmentBytes: 4096 })
  for (const record of ['first', 'middle', 'last']) await log.append(Buffer.from(record))
  if (isClosed) await log.close()
  else log.abandon()
  spoil(`${folder}/0000000000000001.log`)
  try {
    const again = new AppendLog(folder, { sync: 'here' })
    again.abandon()
    return again.recovery.cut === undefined ? 'nothing' : 'cut'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const flip = (record: string) => (path: string) => {
  const bytes = readFileSync(path)
  bytes[bytes.indexOf(record)]! ^= 1
  writeFileSync(path, bytes)
}

test('you know what becomes of the last record of a log that was abandoned', async () => {
  assert.is(answers.lastOfAbandoned, await opening(false, flip('last')))
})

test('you know what becomes of the last record of a log that was closed', async () => {
  assert.is(answers.lastOfClosed, await opening(true, flip('last')))
})

test('you know what becomes of the first record of a log that was abandoned', async () => {
  assert.is(answers.firstOfAbandoned, await opening(false, flip('first')))
})

test('you know what becomes of a segment that is a byte too short', async () => {
  assert.is(answers.tooShort, await opening(false, path => truncateSync(path, 4095)))
})

test.run()
