// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { openAsync, UringEngine } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/count-the-calls-`)}/file`
writeFileSync(path, Buffer.alloc(8 * 512))
const file = await openAsync(path, 'r', { by: new UringEngine() })
const read = (i?: number) => file.readSome(Buffer.alloc(512), i === undefined ? undefined : i * 512)
const eight = [0, 1, 2, 3, 4, 5, 6, 7]

async function calls(action: () => Promise<unknown>): Promise<number> {
  let count = 0
  const leave = tap((syscall, _args, proceed) => {
    if (syscall === 'io_uring_enter') count++
    return proceed()
  })
  await action()
  leave()
  return count
}
const lane = async (pages: number[]) => { for (const i of pages) await read(i) }

test('you know what eight reads in one turn cost', async () => {
  assert.is(answers.allAtOnce, await calls(() => Promise.all(eight.map(read))))
})

test('you know what eight reads one after the other cost', async () => {
  assert.is(answers.oneAfterTheOther, await calls(() => lane(eight)))
})

test('you know what two lanes of four reads each cost', async () => {
  const both = () => Promise.all([lane([0, 1, 2, 3]), lane([4, 5, 6, 7])])
  assert.is(answers.twoLanes, await calls(both))
})

test('you know what eight reads without an offset cost, all asked for in one turn', async () => {
  assert.is(answers.withoutOffsets, await calls(() => Promise.all(eight.map(() => read()))))
})

test.run()
