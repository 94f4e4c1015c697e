// Told in chapters/10-files/13-overlapped.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SystemError } from '../foundations/kernel.ts'
import { openAsync } from './asynchrony-file.ts'
import { engine } from './asynchrony.ts'
import { ask } from './overlapped-ask.ts'
import { OverlappedEngine } from './overlapped.ts'

const isWindows = process.platform === 'win32'
const onWindows: typeof test = isWindows ? test : Object.assign(() => {}, test) as never
const folder = fs.mkdtempSync(join(tmpdir(), 'overlapped-engine-'))
const at = (name: string) => join(folder, name)
const rejected = (promise: Promise<unknown>): Promise<Partial<SystemError>> =>
  promise.then(() => ({}), error => error)

test('FILES-19 on Windows it is the engine of the process, and elsewhere it is not', () => {
  assert.is(engine().name === 'overlapped', isWindows)
  if (!isWindows) assert.throws(() => ask(1, { readable: true, writable: true, append: false }, 'stat', []), /not Windows/)
})

for (const name of ['overlapped', 'threads'] as const) onWindows(`FILES-19 ${name}: a file is read and written in order, at positions, and by threads for the rest`, async () => {
  const by = new OverlappedEngine(name)
  const file = await openAsync(at('file'), 'w+', { by })
  assert.is(await file.write('hello '), 6)
  await Promise.all([file.write('big '), file.write('world')])
  assert.is((await file.read(5, 10)).toString(), 'world')
  assert.is((await file.stat()).size, 15)
  await file.sync()
  await file.truncate(5)
  assert.is(fs.readFileSync(at('file'), 'utf8'), 'hello')
  await file.close()
  assert.is((await rejected(file.read(1))).code, 'EBADF')
  assert.is((await rejected(openAsync(at('none'), 'r', { by }))).code, 'ENOENT')
  await by.end()
})

onWindows('FILES-18 operations on names are done by threads, and the loop runs meanwhile', async () => {
  const by = new OverlappedEngine()
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await by.call('folder-operations', 'mkpath', [at('a/b/c')])
  const stat = await by.call('metadata', 'stat', [at('a/b')]) as { type: string }
  assert.is(stat.type, 'directory')
  assert.is((await rejected(by.call('metadata', 'stat', [at('none')]))).code, 'ENOENT')
  clearInterval(timer)
  assert.ok(turns > 0)
  await by.end()
})

onWindows('FILES-20 a signal that was aborted begins nothing, and a reader who may not write is refused', async () => {
  const by = new OverlappedEngine()
  fs.writeFileSync(at('text'), 'text')
  const file = await openAsync(at('text'), 'r', { by })
  const reason = new Error('enough')
  const limits = { signal: AbortSignal.abort(reason) }
  assert.is(await rejected(file.read(1, 0, limits)), reason as never)
  assert.is((await rejected(file.write('x'))).code, 'EBADF')
  await file.close()
  await by.end()
})

test.after(() => fs.rmSync(folder, { recursive: true, force: true }))
test.run()
