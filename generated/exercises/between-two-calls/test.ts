// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  FileMonitor, FolderMonitor, unwatchFolder, watchFile, watchFolder,
} from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

let folder = ''
test.before.each(() => {
  folder = mkdtempSync(`${tmpdir()}/between-two-calls-`)
  writeFileSync(`${folder}/file`, '')
})
const options = { timeoutMs: 100 }

test('you know whether watchFile hears of what happened before it was called', async () => {
  appendFileSync(`${folder}/file`, 'text')
  const { timedOut } = await watchFile(`${folder}/file`, options)
  assert.is(answers.watchFileHears, !timedOut)
})

async function secondHears(between: () => void): Promise<boolean> {
  await watchFolder(folder, { timeoutMs: 0 })
  writeFileSync(`${folder}/new`, '')
  between()
  const { event } = await watchFolder(folder, options)
  unwatchFolder(folder)
  return !event.timedOut
}

test('you know whether the second watchFolder hears of what happened after the first', async () => {
  assert.is(answers.secondWatchFolderHears, await secondHears(() => {}))
})

test('you know whether it does after unwatchFolder', async () => {
  assert.is(answers.hearsAfterUnwatch, await secondHears(() => unwatchFolder(folder)))
})

/** How often something is told until nothing is. */
async function told(monitor: FileMonitor | FolderMonitor): Promise<number> {
  for (let count = 0; ; count++) {
    if (await monitor.wait(options).then(() => false, () => true)) {
      monitor.close()
      return count
    }
  }
}

test('you know how many events a FileMonitor makes of three writes that nobody waited for', async () => {
  const monitor = new FileMonitor(`${folder}/file`)
  for (let i = 0; i < 3; i++) appendFileSync(`${folder}/file`, 'text')
  assert.is(answers.eventsOfThreeWrites, await told(monitor))
})

test('you know how many names a FolderMonitor tells of three files that nobody waited for', async () => {
  const monitor = new FolderMonitor(folder)
  for (const name of ['a', 'b', 'c']) writeFileSync(`${folder}/${name}`, '')
  assert.is(answers.namesOfThreeFiles, await told(monitor))
})

test.run()
