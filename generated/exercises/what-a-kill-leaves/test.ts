// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
import { mkdtempSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { readRange, RecordFile, updateRange } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/what-a-kill-leaves-`)}/file`
test.before.each(() => writeFileSync(path, ''))
async function torn(bytes: number, update: () => Promise<void>): Promise<void> {
  const stop = tap((syscall, args, proceed) => {
    if (syscall !== 'pwrite') return proceed()
    writeSync(args[0] as number, args[1] as Buffer, 0, bytes, args[3] as number)
    return -5
  })
  await update().catch(() => {})
  stop()
}

test('you know what an updateRange leaves that is torn after half of its bytes', async () => {
  writeFileSync(path, 'aaaaaaaaaa')
  await torn(5, () => updateRange(path, 0, 10, bytes => { bytes.fill('b') }))
  assert.is(answers.rangeAfterwards, String(await readRange(path, 0, 10)))
})

test('you know what a RecordFile reads after the same', async () => {
  const file = new RecordFile(path, 10)
  await file.update(0, () => Buffer.alloc(10, 'a'))
  await torn(13, () => file.update(0, () => Buffer.alloc(10, 'b')))
  assert.is(answers.recordAfterwards, String(await file.read(0)))
})

test('you know how long a RecordFile of 10 records of 92 bytes is', async () => {
  const file = new RecordFile(path, 92)
  for (let i = 0; i < 10; i++) {
    for (let twice = 0; twice < 2; twice++) await file.update(i, () => Buffer.alloc(92, 'x'))
  }
  assert.is(answers.bytesOfTenRecords, statSync(path).size)
})

test.run()
