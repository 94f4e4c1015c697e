// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readOverlapped, writeOverlapped } from './windows-overlapped.ts'
import { windows } from './windows.ts'

const isWindows = process.platform === 'win32'
const folder = fs.mkdtempSync(join(tmpdir(), 'overlapped-'))
const at = (name: string) => join(folder, name)
const onWindows: typeof test = isWindows ? test : Object.assign(() => {}, test) as never
const open = (name: string) => windows.open(at(name), { read: true, write: true, create: true })

test('elsewhere the module can be imported, and starts no thread', () => {
  assert.type(readOverlapped, 'function')
  if (!isWindows) assert.throws(() => open('x'), /not Windows/)
})

onWindows('FILES-19 many transfers are on their way at once, and each has its own place', async () => {
  const file = open('many')
  const pages = Array.from({ length: 64 }, (_, i) => Buffer.alloc(4096, i))
  const written = await Promise.all(pages.map((page, i) => writeOverlapped(file, page, i * 4096)))
  assert.ok(written.every(count => count === 4096))
  const buffers = pages.map(() => Buffer.alloc(4096))
  await Promise.all(buffers.map((buffer, i) => readOverlapped(file, buffer, (63 - i) * 4096)))
  assert.ok(buffers.every((buffer, i) => buffer.equals(pages[63 - i]!)))
  assert.is(await readOverlapped(file, Buffer.alloc(1), 64 * 4096), 0)
  assert.is(await readOverlapped(file, Buffer.alloc(9), 64 * 4096 - 4), 4)
  // The synchronous calls of the same handle are not disturbed, nor do they disturb.
  assert.is(file.seek(0, 'current'), 0)
  assert.is(file.read(Buffer.alloc(10)), 10)
  file.close()
})

onWindows('FILES-18 the loop runs while a transfer is on its way', async () => {
  const file = open('big')
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const big = Buffer.alloc(8 * 2 ** 20, 'x')
  for (let i = 0; i < 20; i++) await writeOverlapped(file, big.subarray(0, 65_536), i * 65_536)
  for (let i = 0; i < 20; i++) await readOverlapped(file, big.subarray(0, 65_536), i * 65_536)
  clearInterval(timer)
  assert.ok(turns > 0, `${turns} turns`)
  file.close()
})

onWindows('FILES-20 an abort rejects with its reason, and a closed file with EBADF', async () => {
  const file = open('aborted')
  const reason = new Error('enough')
  const rejected = (promise: Promise<unknown>) => promise.then(() => undefined, error => error)
  assert.is(await rejected(readOverlapped(file, Buffer.alloc(1), 0, { signal: AbortSignal.abort(reason) })), reason)
  file.close()
  assert.is((await rejected(readOverlapped(file, Buffer.alloc(1), 0))).code, 'EBADF')
})

onWindows('FILES-19 appending transfers go to the end, whatever they are told', async () => {
  fs.writeFileSync(at('log'), 'begin ')
  const file = windows.open(at('log'), { append: true })
  await Promise.all([writeOverlapped(file, Buffer.from('one '), 0), writeOverlapped(file, Buffer.from('two '), 0)])
  file.close()
  assert.match(fs.readFileSync(at('log'), 'latin1'), /^begin (one two |two one )$/)
})

onWindows('FILES-20 a process ends while nothing is on its way, thread or no thread', () => {
  const script = at('ends.mjs')
  const from = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  fs.writeFileSync(script, `import { windows } from ${from('./windows.ts')}
import { readOverlapped } from ${from('./windows-overlapped.ts')}
const file = windows.open(${JSON.stringify(fileURLToPath(import.meta.url))})
console.log(await readOverlapped(file, Buffer.alloc(4), 0))`)
  const before = performance.now()
  const args = ['--conditions=source', '--no-warnings', script]
  assert.is(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 }), '4\n')
  assert.ok(performance.now() - before < 10_000)
})

test.after(() => fs.rmSync(folder, { recursive: true, force: true }))
test.run()
