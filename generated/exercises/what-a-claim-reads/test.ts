// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { FolderQueue } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const queue = new FolderQueue(`${mkdtempSync(`${tmpdir()}/what-a-claim-reads-`)}/queue`, { bucketSize: 1e9 })
for (let i = 0; i < 5; i++) queue.pushMany(Array(1000).fill('x'))
queue.claimMany(0)
queue.claim()!.nack()
queue.close()
const fresh = new FolderQueue(queue.folder, { bucketSize: 1e9 })
const folders = () => {
  let [opened, last] = [0, '']
  const stop = tap((syscall, args, proceed) => {
    if (syscall === 'open' && /waiting/.test(String(args[0]))) opened++
    last = syscall
    return proceed()
  })
  fresh.claim()
  stop()
  return { opened, last }
}
fresh.push('y')   // so that it has enrolled
const [first, second] = [folders(), folders()]

test('you know how many folders the first claim reads', () => assert.is(answers.foldersOfTheFirst, first.opened))
test('you know how many the second reads', () => assert.is(answers.foldersOfTheSecond, second.opened))
test('you know by which call it becomes yours', () => assert.is(answers.call, second.last))

test.run()
