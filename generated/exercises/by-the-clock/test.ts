// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { byTheClock } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/by-the-clock-`)
byTheClock.create(folder)
const line = byTheClock.open(0, folder, [])
const other = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
  import { byTheClock } from '${new URL('./solution.ts', import.meta.url)}'
  const line = byTheClock.open(1, '${folder}', [])
  console.log('ready')
  for (;;) {
    const note = Buffer.alloc(4)
    await line.receive(note)
    note.writeUInt32LE((note.readUInt32LE() + 1) >>> 0)   // so that an echo is not one's own note
    await line.send(note)
  }`], { stdio: ['ignore', 'pipe', 'inherit'] })
await once(other.stdout!, 'data')
test.after(() => { other.kill('SIGKILL') })

async function there(number: number): Promise<number> {
  const note = Buffer.alloc(4)
  note.writeUInt32LE(number)
  await line.send(note)
  const back = Buffer.alloc(4)
  const isLate = new Promise<never>((_, reject) => setTimeout(reject, 5000, new Error('nothing came')).unref())
  await Promise.race([line.receive(back), isLate])
  return back.readUInt32LE()
}

test('notes go to another process and back', async () => {
  for (const number of [7, 1, 0, 0x7fffffff, 0xfffffff0]) {
    assert.is(await there(number), number + 1)
  }
})

test('two equal notes in a row are two', async () => {
  assert.equal([await there(5), await there(5), await there(5)], [6, 6, 6])
})

test('the files stay empty', async () => {
  assert.is(await there(1), 2)
  const sizes = readdirSync(folder).map(name => statSync(`${folder}/${name}`).size)
  assert.ok(sizes.length > 0 && sizes.every(size => size === 0), String(sizes))
})

test.run()
