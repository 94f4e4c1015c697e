// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SystemError } from '../foundations/kernel.ts'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable } from '../foundations/wait.ts'
import {
  ENDS, Fanotify, FAN_ATTRIB, FAN_CLOSE_WRITE, FAN_CREATE, FAN_DELETE, FAN_ONDIR, FAN_OPEN,
  FAN_Q_OVERFLOW, FAN_RENAME, Gate, type FanotifyEvent, type FanotifyOptions,
} from './fanotify.ts'

const root = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/fanotify-test-`))
test.after(() => fs.rmSync(root, { recursive: true }))
let [count, folder] = [0, '']
let closing: { close(): void }[] = []
test.before.each(() => fs.mkdirSync(folder = `${root}/${count++}`))
test.after.each(() => {
  for (const each of closing) each.close()
  closing = []
})
const OVERLAYFS = 0x794c7630
const isOverlay = fs.statfsSync(root).type === OVERLAYFS

const watching = (mask: number, options?: FanotifyOptions) => {
  const watch = new Fanotify(folder, mask, options)
  closing.push(watch)
  return watch
}
/** Takes until there is an event for `last`, and leaves out what happened elsewhere. */
async function told(watch: Fanotify, last: string): Promise<[string, FanotifyEvent][]> {
  const events: [string, FanotifyEvent][] = []
  const name = (place: FanotifyEvent['at']) => String(place && watch.locate(place))
  while (!events.some(([path]) => path === last)) {
    await watch.wait({ timeoutMs: 5000 })
    for (const event of watch.take()) {
      const path = name(event.at)
      if (path.startsWith(`${folder}/`)) events.push([path.slice(folder.length + 1), event])
    }
  }
  return events
}
/** Runs a shell that says its number and then waits for a line on each `read x`. */
function shell(script: string): ChildProcess {
  const child = spawn('sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'pipe', 'pipe'] })
  closing.push({ close: () => child.kill('SIGKILL') })
  return child
}
const ended = async (child: ChildProcess) => (await once(child, 'exit'))[0] as number | null

test('BOOK-3 one mark tells of names in folders that come later, and which process it was', async () => {
  if (isOverlay) {
    return assert.throws(() => watching(FAN_CREATE), (error: SystemError) =>
      error.code === 'ENOTSUP' && /one folder/.test(error.hint!))
  }
  const watch = watching(FAN_CREATE | FAN_DELETE | FAN_ONDIR)
  const child = shell('cd "$1"; mkdir a; cd a; mkdir b; cd b; : > note')
  await ended(child)
  const events = await told(watch, 'a/b/note')
  assert.equal(events.map(([path]) => path), ['a', 'a/b', 'a/b/note'])
  assert.equal(events.map(([, { mask }]) => mask), [FAN_CREATE | FAN_ONDIR, FAN_CREATE | FAN_ONDIR, FAN_CREATE])
  assert.is(events[2]![1].pid, child.pid)
})

test('BOOK-3 a path is where the folder is now, and null when it is gone', async () => {
  if (isOverlay) return assert.throws(() => watching(FAN_CREATE), /^ENOTSUP/)
  fs.mkdirSync(`${folder}/before`)
  const watch = watching(FAN_CREATE)
  fs.writeFileSync(`${folder}/before/x`, '')
  fs.renameSync(`${folder}/before`, `${folder}/after`)
  const [[, event]] = await told(watch, 'after/x') as [[string, FanotifyEvent]]
  assert.is(watch.locate(event.at!), `${folder}/after/x`)
  fs.rmSync(`${folder}/after`, { recursive: true })
  assert.is(watch.locate(event.at!), null)
})

test('BOOK-3 a rename is one event with both places', () => {
  for (const name of ['a', 'b', 'a/old']) fs.mkdirSync(`${folder}/${name}`)
  const watch = watching(FAN_RENAME | FAN_ONDIR, isOverlay ? { scope: 'folder' } : {})
  if (isOverlay) fs.mkdirSync(`${folder}/old`)
  const [from, to] = isOverlay ? ['old', 'new'] : ['a/old', 'b/new']
  fs.renameSync(`${folder}/${from}`, `${folder}/${to}`)
  const events = watch.take().filter(({ at }) => at?.name === 'old')
  assert.is(events.length, 1)
  assert.is(events[0]!.mask, FAN_RENAME | FAN_ONDIR)
  assert.is(events[0]!.to!.name, 'new')
  if (isOverlay) return
  assert.equal([events[0]!.at!, events[0]!.to!].map(place => watch.locate(place)),
    [`${folder}/a/old`, `${folder}/b/new`])
})

test('BOOK-3 what one process does to one name may come as one event, and in one folder on any filesystem', () => {
  const watch = watching(FAN_CREATE | FAN_DELETE, { scope: 'folder' })
  fs.writeFileSync(`${folder}/x`, '')
  fs.unlinkSync(`${folder}/x`)
  execFileSync('touch', [`${folder}/x`])
  const events = watch.take()
  assert.equal(events.map(({ mask, at }) => [mask, at!.name]), [[FAN_CREATE | FAN_DELETE, 'x'], [FAN_CREATE, 'x']])
  assert.is(events[0]!.pid, process.pid)
})

test('BOOK-3 a pidfd is the process that did it, and null when it is gone', async () => {
  const watch = watching(FAN_ATTRIB | FAN_CLOSE_WRITE, { scope: 'folder', processes: true })
  const child = shell('echo hello > "$1/x"; echo done; read line')
  await once(child.stdout!, 'data')
  const [event] = watch.take()
  assert.equal([event!.pid, event!.at!.name], [child.pid, 'x'])
  assert.is(isReadable(event!.process!), false, 'it lives')
  child.kill('SIGKILL')
  await ended(child)
  assert.is(isReadable(event!.process!), true, 'it is over')
  event!.process!.close()
  execFileSync('chmod', ['600', `${folder}/x`])
  assert.is(watch.take()[0]!.process, null)
})

test('BOOK-3 an event says when some were lost', () => {
  const watch = watching(FAN_CREATE, { scope: 'folder' })
  const limit = Number(fs.readFileSync('/proc/sys/fs/fanotify/max_queued_events', 'utf8'))
  fs.writeFileSync(`${root}/anchor`, '')
  for (let i = 0; i < limit + 2; i++) {
    fs.linkSync(`${root}/anchor`, `${folder}/x${i}`)
    fs.unlinkSync(`${folder}/x${i}`)
  }
  const events: FanotifyEvent[] = []
  for (let some = watch.take(); some.length > 0; some = watch.take()) events.push(...some)
  assert.is(events.length, limit + 1)
  assert.equal(events.at(-1), { mask: FAN_Q_OVERFLOW, pid: 0, process: null, at: null, to: null })
})

test('BOOK-3 an opener waits for the answer, and a no is EPERM', async () => {
  fs.writeFileSync(`${folder}/secret`, 'forty-two')
  let answer = (_may: boolean): void => {}
  const asked: [number, string][] = []
  closing.push(new Gate(folder, ({ pid, process, file }) => new Promise(resolve => {
    assert.is(isReadable(process!), false)
    asked.push([pid, file.readAll().toString()])
    answer = resolve
  })))
  for (const [may, said] of [[true, 'forty-two'], [false, '']] as const) {
    const reader = shell('exec cat "$1/secret"')
    let text = ''
    reader.stdout!.on('data', data => { text += data })
    const over = ended(reader)
    while (asked.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
    assert.equal(asked.splice(0), [[reader.pid!, 'forty-two']])
    assert.is(await Promise.race([over, new Promise(resolve => setTimeout(resolve, 30, 'waits'))]), 'waits')
    answer(may)
    assert.is(await over === 0, may)
    assert.is(text, said)
  }
})

test('BOOK-3 a gate opens when it is closed and when its process is killed', async () => {
  fs.writeFileSync(`${folder}/secret`, 'forty-two')
  const gate = new Gate(folder, () => new Promise(() => {}))
  const reader = shell('exec cat "$1/secret"')
  const over = ended(reader)
  assert.is(await Promise.race([over, new Promise(resolve => setTimeout(resolve, 100, 'waits'))]), 'waits')
  gate.close()
  assert.is(await over, 0)
  const keeper = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { writeSync } from 'node:fs'
    import { Gate } from '${new URL('./fanotify.ts', import.meta.url)}'
    new Gate('${folder}', () => { writeSync(1, 'asked'); return new Promise(() => {}) })
    writeSync(1, 'kept')`], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(keeper.stdout!, 'data')
  const second = shell('exec cat "$1/secret"')
  const secondOver = ended(second)
  assert.is(String(await once(keeper.stdout!, 'data')), 'asked')
  keeper.kill('SIGKILL')
  assert.is(await secondOver, 0)
})

test('BOOK-3 who throws at the gate has said no', async () => {
  fs.writeFileSync(`${folder}/secret`, 'forty-two')
  const script = `import { spawn } from 'node:child_process'
    import { Gate } from '${new URL('./fanotify.ts', import.meta.url)}'
    process.on('unhandledRejection', error => console.log(error.message))
    const gate = new Gate('${folder}', () => { throw new Error('a mistake') })
    spawn('cat', ['${folder}/secret'], { stdio: 'ignore' }).on('exit', status => { console.log(status); gate.close() })`
  const said = execFileSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script],
    { encoding: 'utf8', timeout: 20_000 })
  assert.equal(said.trim().split('\n').sort(), ['1', 'a mistake'])
})

test('BOOK-3 what is for root is refused to others with a hint, and a folder of one\'s own is not', () => {
  fs.chmodSync(root, 0o755)
  fs.chownSync(folder, 65534, 65534)
  const script = `import { Fanotify, Gate, FAN_CREATE } from '${new URL('./fanotify.ts', import.meta.url)}'
    import { mkdirSync } from 'node:fs'
    process.setuid(65534)
    for (const make of [() => new Fanotify('${folder}', FAN_CREATE), () => new Gate('${folder}', () => true)]) {
      try { make() } catch (error) { console.log(error.code, /CAP_SYS_ADMIN/.test(error.hint)) }
    }
    const watch = new Fanotify('${folder}', FAN_CREATE | ${FAN_ONDIR}, { scope: 'folder' })
    mkdirSync('${folder}/mine')
    console.log(watch.take().map(({ at, pid }) => at.name + (pid === process.pid)).join())`
  const said = execFileSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script],
    { encoding: 'utf8' })
  assert.is(said, 'EPERM true\nEPERM true\nminetrue\n')
  assert.throws(() => watching(0), /^EINVAL/)
  assert.throws(() => new Fanotify(`${folder}/none`, FAN_OPEN), /^ENOENT: .*open '.*none'/)
})

test('BOOK-1 the five questions, asked of a fanotify watch', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'by its name', alone: 'lost',
    readers: 'both', writers: 'apart' })
})

test.run()
