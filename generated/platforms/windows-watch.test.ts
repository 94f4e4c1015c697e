// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BackendEvent } from './watch-backend.ts'
import { suite } from './watch-backend-suite.ts'
import { wine } from './win32.ts'
import { changesIn, WindowsBackend } from './windows-watch.ts'

const isWindows = process.platform === 'win32'
const onWindows: typeof test = isWindows ? test : Object.assign(() => {}, test) as never

test('FILES-14 a buffer of changes is taken apart, and the halves of a rename have one cookie', () => {
  const change = (action: number, name: string) => {
    const bytes = Buffer.alloc(12 + name.length * 2 + 2 & ~3)
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeUInt32LE(action, 4)
    bytes.writeUInt32LE(name.length * 2, 8)
    bytes.write(name, 12, 'utf16le')
    return bytes
  }
  const last = change(2, 'sub\\gone')
  last.writeUInt32LE(0, 0)
  const records = Buffer.concat([change(1, 'new'), change(3, '\ud800'), change(4, 'a'), change(5, 'b'), last])
  let cookie = 6
  const events = changesIn(records, 2, () => ++cookie)
  assert.equal(events.map(({ kind, name, cookie }) => [kind, name, cookie]), [
    ['created', 'new', 0], ['changed', '\ud800', 0], ['moved from', 'a', 7], ['moved to', 'b', 7],
    ['deleted', 'sub/gone', 0],
  ])
  assert.ok(events.every(({ watch, isFolder }) => watch === 2 && isFolder === null))
})

// Wine 8 keeps a removed folder until its last handle is closed, and so the watch itself keeps it.
const silent = 'a removed watch is silent, and a folder that is gone says so'
const forWine = (name: string, run: () => Promise<void>) => {
  if (wine === null || !name.includes(silent)) return test(name, run)
  test(`${name}: not under Wine ${wine}`, async () => {
    const failed = await run().then(() => undefined, error => error as Error)
    assert.match(String(failed?.message), /deeply equal/)
  })
}
if (isWindows) suite(forWine, 'FILES-14 ReadDirectoryChangesW:', () => new WindowsBackend())

onWindows('FILES-14 folders below are covered, also those that are made during the watch', async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'watch-'))
  const backend = new WindowsBackend()
  assert.ok(backend.tells(folder))
  backend.add(folder)
  const taken: BackendEvent[] = []
  const listening = backend.listen(() => { taken.push(...backend.take()) })
  const told = async (name: string) => {
    for (let i = 0; i < 100 && !taken.some(event => event.name === name); i++) {
      await backend.sync()
      await sleep(5)
    }
    return taken.filter(event => event.name === name).map(({ kind }) => kind)
  }
  fs.mkdirSync(join(folder, 'sub'))
  assert.equal(await told('sub'), ['created'])
  fs.mkdirSync(join(folder, 'sub', 'deep'))
  assert.ok((await told('sub/deep')).includes('created'))
  fs.writeFileSync(join(folder, 'sub', 'deep', 'file'), 'text')
  assert.ok((await told('sub/deep/file')).includes('created'))
  listening.close()
  backend.close()
  fs.rmSync(folder, { recursive: true })
})

onWindows('FILES-14 when the loop is blocked and too much happens, an overflow says so', async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'watch-'))
  const backend = new WindowsBackend()
  backend.add(folder)
  const taken: BackendEvent[] = []
  const listening = backend.listen(() => { taken.push(...backend.take()) })
  const count = 600   // names of 200 units: more than 64 KiB of changes
  const name = (i: number) => `${'n'.repeat(190)}${i}`
  for (let i = 0; i < count; i++) fs.writeFileSync(join(folder, name(i)), '')
  await backend.sync()
  const overflows = taken.filter(({ kind }) => kind === 'overflow').length
  const created = new Set(taken.filter(({ kind }) => kind === 'created').map(({ name }) => name)).size
  assert.ok(overflows > 0 || created === count, `${created} created, ${overflows} overflows`)
  listening.close()
  backend.close()
  fs.rmSync(folder, { recursive: true })
})

test.run()
