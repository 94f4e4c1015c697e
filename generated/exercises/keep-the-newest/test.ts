// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AppendLog, Cursor } from 'filesystem-communication-space/patterns'
import { keepNewest } from './solution.ts'

async function kept(bytes: number): Promise<{ segments: number, first: number, next: number }> {
  const folder = `${mkdtempSync(`${tmpdir()}/keep-the-newest-`)}/log`
  const log = new AppendLog(folder, { sync: 'here', segmentBytes: 4096, durability: 'os' })
  for (let i = 0; i < 200; i++) await log.append(Buffer.alloc(200))
  keepNewest(log, bytes)
  const cursor = new Cursor(folder)
  const first = cursor.next()!.sequence
  while (cursor.next() !== undefined);
  const next = cursor.sequence
  cursor.close()
  await log.close()
  return { segments: readdirSync(folder).length - 1, first, next }
}

test('segments beyond the bytes are removed, the oldest first', async () => {
  assert.is((await kept(3 * 4096)).segments, 3)
  assert.is((await kept(4 * 4096 - 1)).segments, 3)
})

test('the last segment stays, however little is allowed', async () => {
  assert.is((await kept(1)).segments, 1)
})

test('what is kept can be read from its first record on', async () => {
  const { first, next } = await kept(3 * 4096)
  assert.ok(first > 1 && next === 201)
})

test.run()
