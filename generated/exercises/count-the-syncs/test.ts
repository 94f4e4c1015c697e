// Told in chapters/03-patterns-and-idioms/03-write-ahead-log.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { PageFile, type Transaction } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/count-the-syncs-`)
const pages = new PageFile(`${folder}/pages`, { sync: 'here' })
const change = ({ write }: Transaction) => write(0, Buffer.alloc(4096, 'x'))

async function syncs(action: () => Promise<unknown>): Promise<number> {
  let count = 0
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'fdatasync') count++
    return proceed()
  })
  await action()
  stop()
  return count
}

test('you know the syncs of ten transactions that wait together', async () => {
  const ten = () => Promise.all(Array.from({ length: 10 }, () => pages.transact(change)))
  assert.is(answers.together, await syncs(ten))
})

test('you know the syncs of ten that are awaited one by one', async () => {
  assert.is(answers.oneByOne, await syncs(async () => {
    for (let i = 0; i < 10; i++) await pages.transact(change)
  }))
})

test('you know the syncs of a checkpoint', async () => {
  assert.is(answers.checkpoint, await syncs(() => pages.checkpoint()))
})

test('you know the syncs of a transaction that only reads', async () => {
  assert.is(answers.reading, await syncs(() => pages.transact(({ read }) => read(0))))
})

test.after(() => pages.close())
test.run()
