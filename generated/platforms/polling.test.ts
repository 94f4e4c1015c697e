// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PollingBackend } from './polling.ts'
import { suite } from './watch-backend-suite.ts'

suite(test, 'FILES-14 polling:', () => new PollingBackend({ intervalMs: 20 }))

test('FILES-14 a change is told within the interval, and a rename only where it was one', async () => {
  const folder = mkdtempSync(`${tmpdir()}/polling-test-`)
  const backend = new PollingBackend({ intervalMs: 10 })
  for (const name of ['moved', 'deleted', 'replaced']) writeFileSync(`${folder}/${name}`, name)
  backend.add(folder)
  const events: string[] = []
  const listening = backend.listen(() => {
    events.push(...backend.take().map(({ kind, name }) => `${kind} ${name}`))
  })
  renameSync(`${folder}/moved`, `${folder}/here`)
  unlinkSync(`${folder}/deleted`)
  writeFileSync(`${folder}/created`, 'deleted')   // often the same number, and the same size
  writeFileSync(`${folder}/new`, 'other')
  renameSync(`${folder}/new`, `${folder}/replaced`)
  for (let i = 0; i < 100 && events.length === 0; i++) await sleep(10)
  assert.equal(events.sort(),
    ['changed replaced', 'created created', 'deleted deleted', 'moved from moved', 'moved to here'])
  listening.close()
  backend.close()
  rmSync(folder, { recursive: true })
})

test.run()
