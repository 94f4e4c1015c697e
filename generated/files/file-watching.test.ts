// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pipe } from '../foundations/wait.ts'
import {
  FdWatcher, FileMonitor, FolderMonitor, pollFd, pollFile, PollingFileWatcher, unwatchFolder,
  watchedFolders, watchFile, watchFolder, type FileEvent, type NamedEvent,
} from './file-watching.ts'

let [folder, file] = ['', '']
test.before.each(() => {
  folder = fs.mkdtempSync(`${tmpdir()}/file-watching-test-`)
  file = `${folder}/afile.txt`
})
test.after.each(() => {
  unwatchFolder(folder)
  fs.rmSync(folder, { recursive: true })
})
const [renamed, changed, timedOut] = [
  { renamed: true, changed: false, timedOut: false },
  { renamed: false, changed: true, timedOut: false },
  { renamed: false, changed: false, timedOut: true },
] as const satisfies FileEvent[]
const append = () => fs.appendFileSync(file, 'Hello World\n')
const codeOf = (promise: Promise<unknown>) =>
  promise.then(() => 'resolved', error => error.code ?? error.message)

async function timed<T>(call: () => Promise<T>): Promise<[T, number]> {
  const begin = performance.now()
  return [await call(), performance.now() - begin]
}

test('FILES-12 watchFolder asks at once with a time-out of 0, and waits as long as it is told', async () => {
  const nothing: NamedEvent = { name: '', event: timedOut }
  assert.is(watchedFolders.size, 0)
  for (const [timeoutMs, least, most] of [[0, 0, 500], [4, 2, 500], [300, 295, 800]] as const) {
    for (let i = 0; i < 2; i++) {
      const [told, took] = await timed(() => watchFolder(folder, { timeoutMs }))
      assert.equal(told, nothing)
      assert.ok(took >= least && took <= most, `${timeoutMs} ms took ${took}`)
    }
    assert.is(watchedFolders.size, 1)
    assert.is(unwatchFolder(folder), undefined)
    assert.is(watchedFolders.size, 0)
  }
})

test('FILES-12 nothing is lost between two calls of watchFolder', async () => {
  await watchFolder(folder, { timeoutMs: 0 })
  fs.closeSync(fs.openSync(file, 'w'))
  assert.equal(await watchFolder(folder), { name: 'afile.txt', event: renamed })
  append()
  await sleep(100)
  assert.equal(await watchFolder(folder, { timeoutMs: 0 }), { name: 'afile.txt', event: changed })
  append()
  unwatchFolder(folder)
  assert.equal(await watchFolder(folder, { timeoutMs: 0 }), { name: '', event: timedOut })
})

test('FILES-12 a folder\'s names are told one by one, and a rename is both of its names', async () => {
  await watchFolder(folder, { timeoutMs: 0 })
  for (let i = 1; i <= 3; i++) fs.writeFileSync(`${file}${i}`, `Hello World ${i}\n`)
  for (let i = 1; i <= 3; i++) fs.rmSync(`${file}${i}`)
  append()
  fs.renameSync(file, `${file}~`)
  fs.renameSync(`${file}~`, file)
  const told: string[] = []
  for (;;) {
    const { name, event } = await watchFolder(folder, { timeoutMs: 300 })
    if (event.timedOut) break
    assert.is.not(event.changed, event.renamed)
    if (event.renamed) told.push(String(name).slice('afile.txt'.length))
  }
  assert.equal(told, ['1', '2', '3', '1', '2', '3', '', '', '~', '~', ''])
})

test('FILES-12 watchFile tells of one change, or that there was none in time', async () => {
  append()
  const [told, took] = await timed(() => watchFile(file, { timeoutMs: 50 }))
  assert.equal(told, timedOut)
  assert.ok(took >= 45)
  const watching = watchFile(file, { timeoutMs: 5000 })
  setTimeout(append, 20)
  assert.equal(await watching, changed)
  const going = watchFile(file)
  setTimeout(() => fs.rmSync(file), 20)
  assert.equal(await going, renamed)
  const inside = watchFile(folder)
  setTimeout(() => fs.mkdirSync(`${folder}/new`), 20)
  assert.equal(await inside, renamed)
})

test('FILES-12 a FileMonitor adds up what happens between two waits, and hears nothing of others', async () => {
  append()
  const monitor = new FileMonitor(file)
  fs.writeFileSync(`${folder}/other`, '')
  assert.is(await codeOf(monitor.wait({ timeoutMs: 10 })), 'ETIMEDOUT')
  append()
  fs.renameSync(file, `${file}~`)
  fs.renameSync(`${file}~`, file)
  await sleep(10)
  assert.equal(await monitor.wait(), { renamed: true, changed: true, timedOut: false })
  assert.is(await codeOf(monitor.wait({ timeoutMs: 10 })), 'ETIMEDOUT')
  monitor.close()
})

test('FILES-12 a FolderMonitor of a file tells of that file', async () => {
  append()
  const monitor = new FolderMonitor(file)
  const appended = Promise.all([1, 2, 3].map(() => sleep(10).then(append)))   // the next test wants none of them
  assert.equal(await monitor.wait(), { name: 'afile.txt', event: changed })
  await appended
  monitor.close()
})

// On Windows: an FdWatcher is built on poll(2), and the test's pipe is Linux' own.
test('FILES-12 closing wakes who waits, a closed one is EBADF, and twice is harmless', async () => {
  append()
  const monitors = [new FileMonitor(file), new FolderMonitor(folder),
    new PollingFileWatcher(file, { intervalMs: 10 }), new FdWatcher(pipe().reader)]
  for (const monitor of monitors) {
    assert.is(monitor.isOpen, true)
    const waiting = [codeOf(monitor.wait()), codeOf(monitor.wait({ timeoutMs: 60_000 }))]
    setTimeout(() => { monitor.close(); monitor.close() }, 10)
    assert.equal(await Promise.all(waiting), ['ECANCELED', 'ECANCELED'])
    assert.equal([monitor.isOpen, await codeOf(monitor.wait())], [false, 'EBADF'])
  }
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('enough')), 10)
  assert.is(await codeOf(watchFile(file, { signal: controller.signal })), 'enough')
})

test('FILES-12 what is not there is ENOENT, and a path with a NUL is refused', async () => {
  for (const watch of [watchFile, watchFolder]) {
    assert.is(await codeOf(watch('____nonexistent_file', { timeoutMs: 10 })), 'ENOENT')
  }
  for (const watch of [watchFile, watchFolder, pollFile]) {
    assert.is(await codeOf(watch('adir\0bad')), 'ERR_INVALID_ARG_VALUE')
  }
  const [told, took] = await timed(() => pollFile('____nonexistent_file', { intervalMs: 10, timeoutMs: 60 }))
  assert.equal(told, { previous: null, current: null, timedOut: true })
  assert.ok(took >= 55)
})

test('FILES-12 pollFile tells before and after, of a change, a creation and a deletion', async () => {
  const after = async (act: () => void, timeoutMs = 5000) => {
    const polling = pollFile(file, { intervalMs: 10, timeoutMs })
    setTimeout(act, 30)
    return polling
  }
  const created = await after(append)
  assert.equal([created.previous, created.current!.size], [null, 12])
  const written = await after(append)
  assert.equal([written.previous!.size, written.current!.size], [12, 24])
  assert.ok(written.current!.mtimeNs > written.previous!.mtimeNs)
  const deleted = await after(() => fs.rmSync(file))
  assert.equal([deleted.previous!.size, deleted.current, deleted.timedOut], [24, null, false])
  append()
  const [late, took] = await timed(() => after(() => fs.readFileSync(file), 100))
  assert.equal([late.timedOut, took >= 95], [true, true])
})

// On Windows: pollFd is poll(2), which Windows has for sockets only.
test('FILES-12 what came before the deadline is told, however late the process runs again', async () => {
  const { reader, writer } = pipe()
  const told = pollFd(reader, { timeoutMs: 20 })
  writer.write(Buffer.from('A'))
  const until = performance.now() + 60
  while (performance.now() < until) { /* the loop is blocked past the deadline */ }
  assert.equal(await told, { readable: true, writable: false, disconnect: false, timedOut: false })
  reader.close()
  writer.close()
})

// On Windows: pollFd is poll(2), which Windows has for sockets only.
test('FILES-12 pollFd tells what can be read and written, and all who wait get the same', async () => {
  const pipes = Array.from({ length: 10 }, () => pipe())
  const byte = Buffer.from('A')
  for (const timeoutMs of [200, 100, 5]) {
    const told = pipes.map(({ reader }) =>
      Promise.all([pollFd(reader, { timeoutMs }), pollFd(reader, { timeoutMs })]))
    for (const [i, { writer }] of pipes.entries()) if (i % 2 === 1) writer.write(byte)
    for (const { writer } of pipes) {
      const { readable, writable } = await pollFd(writer, { timeoutMs: 1, readable: true, writable: true })
      assert.equal([readable, writable], [false, true])
    }
    for (const [i, both] of (await Promise.all(told)).entries()) {
      assert.equal(both[0], both[1])
      assert.equal([both[0].readable, both[0].writable, both[0].timedOut], [i % 2 === 1, false, i % 2 === 0])
      if (i % 2 === 1) pipes[i]!.reader.read(Buffer.alloc(1))
    }
  }
  pipes[0]!.writer.close()
  const end = await pollFd(pipes[0]!.reader)
  assert.equal([end.disconnect, end.readable], [true, true])
  const neither = await timed(() => pollFd(pipes[1]!.reader, { readable: false, writable: false }))
  assert.ok(neither[0].timedOut && neither[1] < 50)
  for (const { reader, writer } of pipes) { reader.close(); writer.close() }
})

// On Windows: there is no inotify, whose instances the test counts.
test('FILES-12 many monitors share one instance, and none keeps the process alive', () => {
  const own = new URL('./file-watching.ts', import.meta.url)
  const script = `import { FileMonitor, FolderMonitor, watchFolder } from '${own}'
    import { readdirSync, readlinkSync } from 'node:fs'
    await watchFolder('/tmp', { timeoutMs: 0 })
    for (let i = 0; i < 300; i++) { new FileMonitor('/tmp'); new FolderMonitor('/etc/passwd') }
    const links = readdirSync('/proc/self/fd').map(fd => { try { return readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })
    console.log(new Set(links.filter(link => link.includes('inotify'))).size)`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 })
  assert.equal([child.stdout, child.status], ['1\n', 0], child.stderr)
})

test.run()
