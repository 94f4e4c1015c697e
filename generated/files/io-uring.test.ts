// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
// Runs on Linux only: io_uring is a call of its kernel.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkfifo } from '../foundations/name.ts'
import { tap } from '../foundations/kernel.ts'
import { behaves } from './asynchrony-behaviour.stage.ts'
import { openAsync } from './asynchrony-file.ts'
import { promises } from './asynchrony-promises.ts'
import { UringEngine } from './io-uring-engine.ts'

behaves('uring', [new URL('./io-uring-engine.ts', import.meta.url).href])

const folder = fs.mkdtempSync(`${tmpdir()}/io-uring-`)
const path = `${folder}/file`
fs.writeFileSync(path, Buffer.from(Array.from({ length: 1 << 16 }, (_, i) => i >> 8)))
test.after(() => { fs.rmSync(folder, { recursive: true }) })

/** Counts the calls of io_uring_enter while `action` runs. */
async function enters(action: () => Promise<unknown>): Promise<number> {
  let count = 0
  const leave = tap((syscall, _args, proceed) => {
    if (syscall === 'io_uring_enter') count++
    return proceed()
  })
  try {
    await action()
  } finally {
    leave()
  }
  return count
}

test('FILES-19 what is asked for in one turn goes to the kernel in one call', async () => {
  const file = await openAsync(path)
  const ask = (count: number) => () => Promise.all(Array.from({ length: count }, (_, i) =>
    file.readSome(Buffer.alloc(256), i % 256 * 256)))
  assert.is(await enters(ask(1)), 1)
  assert.is(await enters(ask(64)), 1)
  const calls = await enters(ask(3000))
  assert.ok(calls >= 12 && calls < 400, `${calls} calls for 3,000 reads in 256 places`)
  await file.close()
})

test('FILES-20 a turn that changes its mind: what the kernel has not seen is taken back', async () => {
  const file = await openAsync(path, 'r+')
  const [stop, buffer] = [new AbortController(), Buffer.alloc(4, 'x')]
  const limits = { signal: stop.signal }
  const asked = Array.from({ length: 600 }, (_, i) => file.write(buffer, i * 4, i < 5 || i > 300 ? limits : {}))
  stop.abort()
  const ends = await Promise.allSettled(asked)
  assert.is(ends.filter(({ status }) => status === 'rejected').length, 5 + 299)
  const found = await file.read(600 * 4, 0)
  for (let i = 0; i < 600; i++) {
    const isWritten = found.subarray(i * 4, i * 4 + 4).equals(buffer)
    assert.is(isWritten, ends[i]!.status === 'fulfilled', `write ${i}`)
  }
  await file.close()
})

test('FILES-19 where the kernel refuses a ring, threads do the work, unless the ring was asked for', () => {
  const own = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const run = (code: string, wanted?: string) => {
    const script = `import { tap } from ${own('../foundations/kernel.ts')}
      tap((syscall, _args, proceed) => syscall === 'io_uring_setup' ? -${code} : proceed())
      await import(${own('./io-uring-engine.ts')})
      const { engine } = await import(${own('./asynchrony.ts')})
      const { promises } = await import(${own('./asynchrony-promises.ts')})
      try {
        console.log(engine().name, (await promises.stat('/')).type)
      } catch (error) {
        console.log(error.message)
      }`
    const { FCS_ENGINE: _, ...env } = process.env
    const args = [...process.execArgv, '--input-type=module', '--eval', script]
    const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000,
      env: wanted === undefined ? env : { ...env, FCS_ENGINE: wanted } })
    assert.is(child.status, 0, child.stderr)
    return child.stdout.trim()
  }
  assert.is(run('1'), 'threads directory')
  assert.is(run('38', 'threads'), 'threads directory')
  assert.is(run('38', 'uring'), 'ENOSYS: function not implemented, io_uring_setup')
  assert.match(run('38', 'urnig'), /^FCS_ENGINE is 'urnig', and must be one of threads, uring$/)
})

test('a ring that was closed leaves no mapping of the kernel behind, and what still looks sees zeros', async () => {
  const maps = () => fs.readFileSync('/proc/self/maps', 'utf8').match(/io_uring/g)?.length ?? 0
  const before = maps()
  const own = new UringEngine()
  assert.is(maps(), before + 2)
  const file = await own.open(path, {})
  const buffers = [Buffer.alloc(4096), Buffer.alloc(4096)]
  own.register(buffers)
  const counts = buffers.map((bytes, i) => own.read(file, bytes.subarray(96, 352), (100 + i) * 256))
  assert.equal(await Promise.all(counts), [256, 256])
  const edges = buffers.map(bytes => [95, 96, 351, 352].map(at => bytes[at]))
  assert.equal(edges, [[0, 100, 100, 0], [0, 101, 101, 0]])
  await own.close(file)
  await own.end()
  assert.is(maps(), before)
})

test('a worker may leave while its results are on their way, and takes nobody with it', () => {
  const fifo = `${folder}/quiet`
  mkfifo(fifo)
  const own = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const script = `import { startThread } from ${own('./asynchrony-threads.ts')}
    const worker = startThread(new URL(${own('./io-uring-leaver.stage.ts')}), ${JSON.stringify(fifo)})
    worker.on('exit', code => console.log('it left with', code))`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 10_000 })
  assert.equal([child.stdout, child.status], ['it left with 7\n', 0], child.stderr)
})

test('a FIFO that nobody writes to is not open yet, as open(2) has it', async () => {
  const fifo = `${folder}/fifo`
  mkfifo(fifo)
  const opening = openAsync(fifo)
  assert.is(await Promise.race([opening, sleep(100, 'still waiting')]), 'still waiting')
  const writer = fs.openSync(fifo, fs.constants.O_RDWR)
  await (await opening).close()
  fs.closeSync(writer)
})

test('FILES-18 the ring gives and takes names as the functions do', async () => {
  await promises.mkdir(`${folder}/new`)
  assert.is(await promises.rename(`${folder}/new`, `${folder}/newer`), `${folder}/newer`)
  const failed = (promise: Promise<unknown>) =>
    promise.catch(error => error.message.replaceAll(folder, ''))
  assert.equal([
    await failed(promises.unlink(`${folder}/newer`)), await failed(promises.mkdir(`${folder}/newer`)),
    await failed(promises.rename(`${folder}/new`, `${folder}/b`)), await failed(promises.unlink('a\0b')),
  ], [
    "EISDIR: illegal operation on a directory, unlink '/newer'", "EEXIST: file already exists, mkdir '/newer'",
    "ENOENT: no such file or directory, rename '/new' -> '/b'",
    "The argument 'path' must be a path without null bytes. Received 'a\\x00b'",
  ])
})

test.run()
