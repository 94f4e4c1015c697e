// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { AppendLog } from 'filesystem-communication-space/patterns'
import { consume } from './solution.ts'

async function scene(records: number) {
  const folder = mkdtempSync(`${tmpdir()}/a-place-of-its-own-`)
  const log = new AppendLog(`${folder}/log`, { sync: 'here', durability: 'os' })
  const add = async (count: number) => {
    for (let i = 0; i < count; i++) await log.append(Buffer.from(String(log.next)))
  }
  await add(records)
  const handled: string[] = []
  const run = (handle = (bytes: Buffer) => { handled.push(bytes.toString()) }) =>
    consume(`${folder}/log`, `${folder}/place`, handle)
  return { log, add, run, handled }
}

test('every record is handled in order, and none again the next time', async () => {
  const { log, add, run, handled } = await scene(3)
  run()
  run()
  await add(2)
  run()
  assert.equal(handled, ['1', '2', '3', '4', '5'])
  await log.close()
})

test('a record whose handler threw is handled again, and those before it are not', async () => {
  const { log, run, handled } = await scene(4)
  assert.throws(() => run(bytes => {
    if (bytes.toString() === '3') throw new Error('no')
    handled.push(bytes.toString())
  }), /no/)
  run()
  assert.equal(handled, ['1', '2', '3', '4'])
  await log.close()
})

test('a place that was written half is never seen', async () => {
  const { log, run } = await scene(1)
  const renamed: unknown[] = []
  const stop = tap((syscall, args, proceed) => {
    if (/^rename/.test(syscall)) renamed.push(args)
    return proceed()
  })
  run()
  stop()
  assert.ok(renamed.length > 0, 'it was replaced in one step')
  await log.close()
})

test.run()
