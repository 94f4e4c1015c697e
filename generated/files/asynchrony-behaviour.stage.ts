// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mkfifo } from '../foundations/name.ts'
import { engine, type Engine } from './asynchrony.ts'
import { openAsync } from './asynchrony-file.ts'

/** How many files of this folder are open; threads that start have others open meanwhile. */
const descriptors = (folder: string) => fs.readdirSync('/proc/self/fd')
  .map(fd => { try { return fs.readlinkSync(`/proc/self/fd/${fd}`) } catch { return '' } })
  .filter(name => name.startsWith(folder)).length
const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'resolved', error => typeof error.code === 'string' ? error.code : error.name)

// what a path below a file is: Windows sees no difference to one below nothing
const below = process.platform === 'win32' ? 'ENOENT: no such file or directory' : 'ENOTDIR: not a directory'

/** What every engine must do. `imports` are the modules that make it known, as a child has to. */
export function behaves(name: Engine['name'], imports: readonly string[]): void {
  const test = suite(name)
  const folder = fs.mkdtempSync(`${tmpdir()}/asynchrony-${name}-`)
  const path = `${folder}/file`
  let fifos = 0
  const fifo = () => {
    const made = `${folder}/fifo-${++fifos}`
    mkfifo(made)
    return made
  }
  // run a child that uses the same engine
  const script = (code: string) => {
    const own = JSON.stringify(new URL('./asynchrony-file.ts', import.meta.url).href)
    const text = `${imports.map(url => `import ${JSON.stringify(url)}`).join('\n')}
      import { openAsync } from ${own}
      ${code}`
    return [...process.execArgv, '--input-type=module', '--eval', text]
  }
  const env = { ...process.env, FCS_ENGINE: name }
  const run = (code: string) =>
    spawnSync(process.execPath, script(code), { encoding: 'utf8', timeout: 20_000, env })
  test.before(() => { assert.is(engine().name, name) })
  test.after(() => { fs.rmSync(folder, { recursive: true }) })

  // ask for three hundred things in a row
  test('FILES-20 what has no offset is done in the order in which it was asked for', async () => {
    const file = await openAsync(path, 'w+')
    const writes = Array.from({ length: 300 }, (_, i) => file.write(`${String(i).padStart(3)}\n`))
    await Promise.all(writes)
    const again = await openAsync(path)
    const reads = Array.from({ length: 300 }, () => again.read(4))
    const numbers = (await Promise.all(reads)).map(Number)
    assert.equal(numbers, numbers.map((_, i) => i))
    await Promise.all([file.close(), again.close()])
  })
  // ask for ten thousand things at random
  test('FILES-2 10,000 reads and writes at random offsets disturb no other and move no place', async () => {
    const [pages, size] = [256, 512]
    fs.writeFileSync(path, Buffer.alloc(pages * size))
    const file = await openAsync(path, 'r+')
    const [model, isBusy] = [new Uint8Array(pages), new Set<number>()]
    let left = 10_000
    async function lane(): Promise<void> {
      const buffer = Buffer.alloc(size)
      while (left-- > 0) {
        let page = Math.floor(Math.random() * pages)
        while (isBusy.has(page)) page = (page + 1) % pages
        isBusy.add(page)
        if (Math.random() < 0.5) {
          model[page] = 1 + left % 255
          assert.is(await file.write(buffer.fill(model[page]!), page * size), size)
        } else {
          assert.is(await file.readSome(buffer, page * size), size)
          assert.ok(buffer.every(byte => byte === model[page]), `page ${page}`)
        }
        isBusy.delete(page)
      }
    }
    await Promise.all(Array.from({ length: 64 }, lane))
    const whole = await file.read()
    assert.is(whole.length, pages * size, 'the place is still at the start')
    assert.equal(whole, Buffer.concat([...model].map(byte => Buffer.alloc(size, byte))))
    await file.close()
  })
  // block, and look at the loop and the pool
  // On Windows: there are no FIFOs.
  test('FILES-18 while opening and reading a FIFO block, the loop turns and libuv\'s pool is free', async () => {
    const [quiet, unopened] = [await openAsync(fifo(), 'r+'), fifo()]
    const reads = [1, 2, 3, 4].map(() => quiet.readSome(Buffer.alloc(1), undefined))
    const opens = [1, 2, 3, 4].map(() => openAsync(unopened))
    let turns = 0
    const clock = setInterval(() => turns++, 1)
    const begin = performance.now()
    await fs.promises.stat('/')
    assert.ok(performance.now() - begin < 1000, 'fs.stat waits for nobody')
    await sleep(100)
    clearInterval(clock)
    assert.ok(turns > 2, `${turns} turns`)
    const writer = fs.openSync(unopened, fs.constants.O_RDWR)
    fs.writeSync(quiet.fd, '1234')
    await Promise.all(reads)
    for (const each of await Promise.all(opens)) await each.close()
    fs.closeSync(writer)
    await quiet.close()
  })
  // stop what has begun and what has not
  // On Windows: there are no FIFOs, and no /proc where the test counts descriptors.
  test('FILES-20 what has not begun never begins, and what blocks is stopped and leaves nothing', async () => {
    const before = descriptors(folder)
    const unopened = fifo()
    assert.is(await codeOf(openAsync(unopened, 'r', { timeoutMs: 30 })), 'ETIMEDOUT')
    const file = await openAsync(fifo(), 'r+')
    const buffer = Buffer.alloc(8)
    assert.is(await codeOf(file.readSome(buffer, undefined, { timeoutMs: 30 })), 'ETIMEDOUT')
    const first = file.readSome(Buffer.alloc(1))
    const stop = new AbortController()
    const second = file.readSome(buffer, undefined, { signal: stop.signal })
    const third = file.readSome(buffer)
    stop.abort(new RangeError('enough'))
    assert.is(await codeOf(second), 'RangeError')
    fs.writeSync(file.fd, '1abc')
    assert.equal([await first, await third, String(buffer.subarray(0, 3))], [1, 3, 'abc'])
    assert.is(await codeOf(openAsync(path, 'r', { signal: AbortSignal.abort() })), 'AbortError')
    await file.close()
    assert.is(descriptors(folder), before)
  })
  // close while something runs
  // On Windows: there are no FIFOs.
  test('FILES-22 close waits for what runs; after it there is EBADF, and a second time is harmless', async () => {
    const file = await openAsync(fifo(), 'r+')
    const { fd } = file
    const reading = file.readSome(Buffer.alloc(1))
    await sleep(20)
    const states: string[] = []
    const closing = [file.close().then(() => states.push('closed')), file.close()]
    const late = [codeOf(file.readSome(Buffer.alloc(1), 0)), codeOf(file.write('x')), codeOf(file.stat())]
    assert.equal(await Promise.all(late), ['EBADF', 'EBADF', 'EBADF'])
    void reading.then(() => states.push('read'))
    fs.writeSync(fd, '1')
    await Promise.all(closing)
    assert.equal([states, file.isOpen, file.fd], [['read', 'closed'], false, -1])
  })
  // read at the end, and make mistakes
  test('a read at the end is short, and beyond it 0', async () => {
    fs.writeFileSync(path, '0123456789')
    const file = await openAsync(path)
    const at = (position: number) => file.readInto(Buffer.alloc(8), position)
    assert.equal([await at(0), await at(4), await at(10), await at(99)], [8, 6, 0, 0])
    assert.equal(String(await file.read(3, 2)), '234')
    assert.is(await codeOf(file.readSome(Buffer.alloc(1), -1)), 'ERR_OUT_OF_RANGE')
    await file.close()
  })

  // On Windows: there is no /proc.
  test('a file that hides its size is read whole', async () => {
    const status = await openAsync('/proc/self/status')
    assert.match(await status.readString(), /^Name:[\s\S]*ctxt_switches/)
    await status.close()
  })

  test('FILES-22 errors have the code, the call and the path', async () => {
    fs.writeFileSync(path, '')
    const [file, here] = [await openAsync(path), await openAsync(folder)]
    const messages = [openAsync(`${folder}/no`), file.write('x', 0), here.readSome(Buffer.alloc(1), 0),
      openAsync(path, 'wx'), openAsync(`${path}/x`), file.truncate(5)]
      .map(promise => (promise as Promise<unknown>).then(() => 'no error', error =>
        `${error.message}|${error.errno < 0}|${error.path.slice(folder.length)}`))
    assert.equal(await Promise.all(messages), [
      `ENOENT: no such file or directory, open '${folder}/no'|true|/no`,
      `EBADF: bad file descriptor, pwrite '${path}'|true|/file`,
      `EISDIR: illegal operation on a directory, pread '${folder}'|true|`,
      `EEXIST: file already exists, open '${path}'|true|/file`,
      `${below}, open '${path}/x'|true|/file/x`,
      `EINVAL: invalid argument, ftruncate '${path}'|true|/file`])
    const log = await openAsync(path, 'a')
    assert.equal([await log.write('x'), await codeOf(log.write('y', 0))], [1, 'EINVAL'])
    await Promise.all([file.close(), here.close(), log.close()])
  })
  // end the process
  test('a process ends when nothing runs', () => {
    const idle = run(`const file = await openAsync(${JSON.stringify(path)}, 'w')
      await file.write('x'); console.log('done')`)
    assert.equal([idle.stdout, idle.status], ['done\n', 0], idle.stderr)
  })

  // On Windows: there are no FIFOs.
  test('process.exit ends a process in which something blocks, or is about to', async () => {
    const quiet = JSON.stringify(fifo())
    const ends = [0, 50, 100, 150, 200, 300, 1000].map(async delay => {
      const child = spawn(process.execPath, script(`
        for (let i = 0; i < 3; i++) openAsync(${quiet}).catch(() => {})
        let begin = 0
        process.on('exit', () => { console.log(performance.now() - begin < 5000 ? 'soon' : 'late') })
        setTimeout(() => { begin = performance.now(); process.exit(7) }, ${delay})`),
      { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000 })
      const [said] = await once(child.stdout!, 'data')
      return [String(said), ...await once(child, 'exit')]
    })
    for (const end of await Promise.all(ends)) assert.equal(end, ['soon\n', 7, null])
  })
  // kill it
  test('SIGKILL in the middle of many writes leaves each page old or new', async () => {
    const [pages, size] = [64, 4096]
    fs.writeFileSync(path, Buffer.alloc(pages * size, 'o'))
    const child = spawn(process.execPath, script(`
      const file = await openAsync(${JSON.stringify(path)}, 'r+')
      const page = Buffer.alloc(${size}, 'n')
      console.log('writing')
      for (;;) await Promise.all(Array.from({ length: ${pages} }, (_, i) => file.write(page, i * ${size})))`),
    { env, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout!, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const left = fs.readFileSync(path)
    assert.is(left.length, pages * size)
    for (let i = 0; i < pages; i++) {
      const page = left.subarray(i * size, (i + 1) * size)
      assert.ok(page.every(byte => byte === page[0]), `page ${i} is mixed`)
    }
  })
  // do it often
  // On Windows: there is no /proc, where the test counts descriptors.
  test('FILES-20 many operations leave neither descriptors nor memory behind', async () => {
    const count = Number(process.env['FCS_OPERATIONS'] ?? 20_000)
    fs.writeFileSync(path, Buffer.alloc(1 << 16))
    let resident = 0
    const before = descriptors(folder)
    for (let round = 0; round < 4; round++) {
      const file = await openAsync(path)
      const lane = async () => {
        const buffer = Buffer.alloc(512)
        for (let i = 0; i < count / 4 / 32; i++) await file.readSome(buffer, i % 100 * 512)
      }
      await Promise.all(Array.from({ length: 32 }, lane))
      await Promise.all(Array.from({ length: count / 1000 }, async () => {
        await (await openAsync(path)).close()
        return codeOf(openAsync(`${path}/x`))
      }))
      await file.close()
      if (round === 0) resident = process.memoryUsage.rss()
    }
    assert.is(descriptors(folder), before)
    const grown = (process.memoryUsage.rss() - resident) / count
    assert.ok(grown < 2000, `${grown} bytes for each operation`)
  })
  test.run()
}
