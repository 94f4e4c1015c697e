// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { countVotes } from './solution.ts'

let folder = ''
const long = (i: number) => `${i}`.padStart(200, '-')
test.before.each(() => {
  folder = fs.mkdtempSync(`${tmpdir()}/count-the-votes-`)
  for (let i = 0; i < 600; i++) fs.writeFileSync(`${folder}/${i < 400 ? 'red' : 'blue'}.${long(i)}`, '')
})

test('votes are counted by colour', async () => {
  assert.equal(await countVotes(folder, 5000), { red: 400, blue: 200 })
})

test('a voter who changes the vote meanwhile counts once', async () => {
  let reads = 0
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'getdents64' && reads++ === 1) {
      for (let i = 0; i < 400; i++) fs.renameSync(`${folder}/red.${long(i)}`, `${folder}/blue.${long(i)}`)
    }
    return proceed()
  })
  const votes = await countVotes(folder, 5000).finally(stop)
  assert.is((votes!['red'] ?? 0) + votes!['blue']!, 600)
})


test('a ballot that never keeps still is not counted: null', async () => {
  const stop = tap((_syscall, _args, proceed) => {
    fs.rmSync(`${folder}/red.nobody`, { force: true })
    fs.writeFileSync(`${folder}/red.nobody`, '')
    return proceed()
  })
  const votes = await countVotes(folder, 50).finally(stop)
  assert.is(votes, null)
})

test.run()
