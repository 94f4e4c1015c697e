// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { behaves } from './asynchrony-behaviour.stage.ts'
import { Desk, LEAVING } from './asynchrony-desk.ts'
import type { Limits } from './asynchrony.ts'
import { promises } from './asynchrony-promises.ts'
import { eachLine, readable, readableStream, writableStream } from './asynchrony-stream.ts'
import { startThread } from './asynchrony-threads.ts'

process.env['FCS_ENGINE'] = 'threads'   // Windows knows a better one, too
// On Windows the threads come with an engine that is told later, and makes itself known.
const later = './overlapped.ts'
await import(later)
behaves('threads', ['asynchrony-threads', 'overlapped'].map(name => new URL(`./${name}.ts`, import.meta.url).href))

const folder = fs.mkdtempSync(`${tmpdir()}/asynchrony-`)
const path = `${folder}/file`
const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'resolved', error => typeof error.code === 'string' ? error.code : error.name)
test.after(() => { fs.rmSync(folder, { recursive: true }) })

test('FILES-18 the promises do what the functions do, and their errors are theirs', async () => {
  assert.is(await promises.mkpath(`${folder}/a/b`), `${folder}/a/b`)
  await promises.writeFile(path, 'hello')
  const { size, mtimeNs, type } = await promises.stat(path)
  assert.equal([size, typeof mtimeNs, type], [5, 'bigint', 'file'])
  assert.is(await promises.rename(path, `${folder}/a/f`), `${folder}/a/f`)
  assert.equal(await promises.cp(`${folder}/a/f`, path), path)
  assert.equal((await promises.readdir(`${folder}/a`)).map(String).sort(), ['b', 'f'])
  await promises.rm(`${folder}/a`, { recursive: true })
  await promises.chmod(await promises.touch(path), 0o444)
  assert.is(await promises.filemode(path) & 0o777, 0o444)
  await promises.chmod(path, 0o666)
  assert.equal([await promises.isDir(`${folder}/a`), await promises.isFile(path)], [false, true])
  const error = await promises.rename(`${folder}/x`, path).catch(error => error)
  assert.equal([error.name, error.code, error.path, error.dest],
    ['SystemError', 'ENOENT', `${folder}/x`, path])
  const bad = await promises.stat(5 as never).catch(error => error)
  assert.equal([bad.constructor, bad.code], [TypeError, 'ERR_INVALID_ARG_TYPE'])
})

test('FILES-20 limits stand in the last argument, and an argument that cannot cross is refused', async () => {
  const limits: Limits = { signal: AbortSignal.abort(new Error('no')) }
  assert.is(await promises.stat(path, limits).catch(error => error.message), 'no')
  assert.is(await promises.rm(`${folder}/none`, { force: true, timeoutMs: 5000 }), undefined)
  assert.match(await promises.stat((() => {}) as never).catch(error => error.message), 'not be cloned')
})

test('FILES-21 a file comes in pieces of the asked size, from and up to where one likes', async () => {
  fs.writeFileSync(path, '0123456789')
  const pieces = async (options: object) => {
    const all: string[] = []
    for await (const piece of readable(path, options)) all.push(String(piece))
    return all
  }
  assert.equal(await pieces({ chunkSize: 4 }), ['0123', '4567', '89'])
  assert.equal(await pieces({ start: 3, end: 8, chunkSize: 4 }), ['3456', '7'])
  assert.equal(await pieces({ start: 8 }), ['89'])
  assert.equal(await pieces({ start: 10 }), [])
  assert.is(await codeOf(readable(`${folder}/none`).next()), 'ENOENT')
})

// On Windows: there is no /proc, where the test counts descriptors.
test('FILES-21 who leaves early leaves nothing open', async () => {
  fs.writeFileSync(path, '0123456789')
  for await (const _ of readable(path, { chunkSize: 2 })) break
  const targetOf = (fd: string) => fs.readlinkSync(`/proc/self/fd/${fd}`)
  const open = fs.readdirSync('/proc/self/fd').filter(fd => fs.existsSync(`/proc/self/fd/${fd}`))
  assert.not(open.map(targetOf).includes(path))
})

test('FILES-21 web streams copy a file, and nothing is read before it is wanted', async () => {
  const content = Buffer.alloc(300_000, 'abcdefg')
  fs.writeFileSync(path, content)
  await readableStream(path).pipeTo(writableStream(`${folder}/copy`))
  assert.equal(fs.readFileSync(`${folder}/copy`), content)
  const file = await promises.open(path)
  const stream = readableStream(file, { chunkSize: 1000 })
  await sleep(20)
  assert.is((await file.read(1)).length, 1)
  const { value } = await stream.getReader().read()
  assert.equal(value, content.subarray(1, 1001), 'the stream began after we had read a byte')
  await file.close()
})

test('FILES-21 lines are cut where they end, and letters are not cut', async () => {
  fs.writeFileSync(path, 'één\r\n\n漢字\nlast')
  for (const chunkSize of [1, 2, 3, 100]) {
    const lines: string[] = []
    for await (const line of eachLine(path, { chunkSize })) lines.push(line)
    assert.equal(lines, ['één', '', '漢字', 'last'])
  }
  const kept: string[] = []
  for await (const line of eachLine(path, { keep: true })) kept.push(line)
  assert.is(kept.join(''), 'één\r\n\n漢字\nlast')
})

test('FILES-20 a lock is waited for, until the time-out or the other lets go', async () => {
  const [ann, bob] = [await promises.open(path, 'r+'), await promises.open(path, 'r+')]
  await ann.lock()
  assert.is(await codeOf(bob.lock({}, { timeoutMs: 20 })), 'ETIMEDOUT')
  const waiting = bob.lock()
  await ann.close()
  await waiting
  await bob.close()
})

test('process.exit waits for a thread that asks for functions of the C library', () => {
  const [slow, asks] = [`${folder}/slow.cjs`, `${folder}/asks`]
  fs.writeFileSync(slow, `const { dlopen } = process
    process.dlopen = (native, ...rest) => {
      dlopen(native, ...rest)
      const { load } = native.exports
      if (load === undefined || require('node:worker_threads').isMainThread) return
      native.exports.load = (...args) => {
        const libc = load(...args)
        require('node:fs').writeFileSync(${JSON.stringify(asks)}, '')
        for (const end = Date.now() + 300; Date.now() < end;) libc.func('int abs(int number)')
        return libc
      }
    }`)
  const code = `
    import { existsSync } from 'node:fs'
    import { openAsync } from ${JSON.stringify(new URL('./asynchrony-file.ts', import.meta.url).href)}
    openAsync(${JSON.stringify(folder)}).catch(() => {})
    setInterval(() => { if (existsSync(${JSON.stringify(asks)})) process.exit(7) }, 5)`
  const { status, signal, stderr } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', code],
    { env: { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(slow)}` }, encoding: 'utf8', timeout: 20_000 })
  assert.equal([status, signal], [7, null], stderr)
})

test('a thread that finds its gate closed is not waited for', async () => {
  const desk = new Desk()
  Atomics.store(desk.words, LEAVING, 1)
  desk.threadIds[0] = 1   // to see that the thread came by
  const module = new URL('./asynchrony-thread.ts', import.meta.url)
  const thread = startThread(module, { memory: desk.memory, index: 0, keep: true })
  thread.unref()
  for (let i = 0; i < 400 && desk.threadIds[0] !== 0; i++) await sleep(25)
  assert.is(desk.threadIds[0], 0)
  await sleep(100)
  assert.is(desk.threadIds[0], 0, 'it went no further')
  await thread.terminate()
})

test('a thread that cannot start is not waited for', () => {
  const broken = `${folder}/broken.cjs`
  fs.writeFileSync(broken, `const { dlopen } = process
    process.dlopen = (...args) => {
      if (!require('node:worker_threads').isMainThread) throw new Error('no library here')
      dlopen(...args)
    }`)
  const code = `
    import { openAsync } from ${JSON.stringify(new URL('./asynchrony-file.ts', import.meta.url).href)}
    const told = await openAsync(${JSON.stringify(folder)}).catch(error => error.message)
    const begin = performance.now()
    process.on('exit', () => console.log(told, performance.now() - begin < 5000 ? 'soon' : 'late'))`
  const { stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', code],
    { env: { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(broken)}` }, encoding: 'utf8', timeout: 20_000 })
  assert.is(stdout, 'no library here soon\n', stderr)
})

test.run()
