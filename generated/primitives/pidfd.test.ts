// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from '../foundations/file.ts'
import { probe } from '../foundations/taxonomy.ts'
import { ENDS, openProcess, openProcessIf } from './pidfd.ts'

const here = (name: string) => String(new URL(name, import.meta.url))
const node = (script: string) => [...process.execArgv, '--input-type=module', '--eval', `
  import { openProcess } from '${here('./pidfd.ts')}'
  ${script}`]
const sleeper = () => spawn('sleep', ['60'], { stdio: 'ignore' })

/** A process that is not our child but a shell's, which collects it. */
async function grandchild(command: string): Promise<number> {
  const shell = spawn('sh', ['-c', `{ ${command}; } >/dev/null 2>&1 & echo $!; wait`])
  return parseInt(String(await once(shell.stdout, 'data')), 10)
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !condition();) {
    if (Date.now() > end) throw new Error('it did not come about')
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

test('BOOK-3 a signal never reaches the next owner of the number', () => {
  const script = `
    import { spawn } from 'node:child_process'
    import { once } from 'node:events'
    import { writeFileSync } from 'node:fs'
    const bob = spawn('sleep', ['60'])
    const handle = openProcess(bob.pid)
    bob.kill('SIGKILL')
    await once(bob, 'exit')
    let carol
    do {   // Node starts threads, and one of them may take the number
      carol?.kill('SIGKILL')
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(bob.pid - 1))
      carol = spawn('sleep', ['60'])
    } while (carol.pid !== bob.pid)
    const isReached = [handle.signal('SIGKILL'), handle.signal(0)]
    process.kill(carol.pid, 0)   // throws if there is none
    console.log(JSON.stringify({ isReached, hasEnded: handle.hasEnded,
      carolHasEnded: openProcess(carol.pid).hasEnded }))
    process.exit()`
  const said = execFileSync('unshare',
    ['--pid', '--fork', '--mount-proc', '--kill-child', process.execPath, ...node(script)],
    { encoding: 'utf8' })
  assert.equal(JSON.parse(said), { isReached: [false, false], hasEnded: true, carolHasEnded: false })
})

test('BOOK-3 the end of a process that is no child wakes the loop, which went on meanwhile', async () => {
  const handle = openProcess(await grandchild('exec sleep 60'))
  let turns = 0
  const timer = setInterval(() => {
    if (++turns === 3) handle.signal('SIGKILL')
  }, 2)
  assert.is(handle.hasEnded, false)
  await handle.wait({ timeoutMs: 5000 })
  clearInterval(timer)
  assert.ok(turns >= 3)
  assert.is(handle.hasEnded, true)
  handle.close()
})

test('BOOK-3 waiting has an end, and one handle closed leaves the other waiting', async () => {
  const child = sleeper()
  const [handle, other] = [openProcess(child.pid!), openProcess(child.pid!)]
  assert.is((await handle.wait({ timeoutMs: 20 }).catch(error => error)).code, 'ETIMEDOUT')
  const waiting = other.wait({ timeoutMs: 5000 })
  handle.close()
  child.kill()
  await waiting
  assert.throws(() => handle.hasEnded, /EBADF/)
  other.close()
})

test('BOOK-3 how it ended is told to who holds a handle, once the dead was collected', async () => {
  const gate = `${fs.mkdtempSync(`${tmpdir()}/pidfd-test-`)}/gate`
  const waits = `while [ ! -e ${gate} ]; do sleep 0.01; done`
  const exits = openProcess(await grandchild(`${waits}; exit 7`))
  const dies = openProcess(await grandchild('exec sleep 60'))
  assert.equal([exits.state.end, dies.state.end], [null, null])
  fs.writeFileSync(gate, '')
  dies.signal('SIGABRT')
  await Promise.all([exits, dies].map(handle => handle.wait({ timeoutMs: 5000 })))
  await until(() => [exits, dies].every(({ state }) => state.end !== null))
  assert.equal(exits.state, { pid: null, parent: null, uid: null, end: { code: 7, signal: null } })
  assert.equal(dies.state.end, { code: null, signal: 'SIGABRT' })
  for (const each of [exits, dies]) each.close()
  fs.rmSync(gate.slice(0, -5), { recursive: true })
})

test('BOOK-3 of a living process the state tells its number, its parent and its user', () => {
  const child = sleeper()
  const handle = openProcess(child.pid!)
  const { pid, parent, uid, end } = handle.state
  assert.equal([pid, parent, uid, end], [child.pid, process.pid, process.getuid!(), null])
  const [again, self] = [openProcess(child.pid!), openProcess(process.pid)]
  assert.equal([handle.isSameAs(again), handle.isSameAs(self)], [true, false])
  handle.signal('SIGKILL')
  for (const each of [handle, again, self]) each.close()
})

test('BOOK-3 a borrowed descriptor is the same open file, offset and lock, without a name', async () => {
  const path = `${fs.mkdtempSync(`${tmpdir()}/pidfd-test-`)}/file`
  fs.writeFileSync(path, 'theirs ours')
  const child = spawn(process.execPath, node(`
    import { open, O_RDWR } from '${here('../foundations/file.ts')}'
    const file = open('${path}', O_RDWR)
    file.tryLock()
    file.read(Buffer.alloc(7))
    console.log(file.fd)
    process.stdin.resume()`), { stdio: ['pipe', 'pipe', 'inherit'] })
  const fd = parseInt(String(await once(child.stdout!, 'data')), 10)
  const other = open(path, O_RDWR)
  fs.rmSync(path.slice(0, -5), { recursive: true })
  const handle = openProcess(child.pid!)
  const file = handle.borrow(fd)
  assert.is(String(file.readAll()), 'ours')
  assert.equal([file.tryLock(), other.tryLock()], [true, false])
  handle.signal('SIGKILL')
  await once(child, 'exit')
  assert.is(other.tryLock(), false, 'the lock is held by who borrowed the open file')
  file.close()
  assert.is(other.tryLock(), true)
  assert.throws(() => handle.borrow(fd), /ESRCH/)
  for (const each of [handle, other]) each.close()
})

test('BOOK-3 another user may wait, but neither signal nor borrow', () => {
  const child = sleeper()
  const { stdout } = spawnSync(process.execPath, node(`
    const handle = openProcess(${child.pid})
    process.setuid(65534)
    const code = call => { try { return call() } catch (error) { return error.code } }
    console.log(code(() => handle.signal('SIGKILL')), code(() => handle.borrow(0)), handle.hasEnded)`),
  { encoding: 'utf8' })
  assert.is(stdout.trim(), 'EPERM EPERM false')
  child.kill()
})

test('BOOK-3 numbers that mean no process are refused, and so is a descriptor that is not there', () => {
  assert.throws(() => openProcess(2 ** 22 + 1), /ESRCH: no such process, pidfd_open/)
  assert.throws(() => openProcess(0), /EINVAL/)
  assert.throws(() => openProcess(1.5), RangeError)
  const thread = fs.readdirSync('/proc/self/task').find(name => Number(name) !== process.pid)!
  assert.throws(() => openProcess(Number(thread)), /ENOENT|EINVAL/)
  const self = openProcess(process.pid)
  assert.throws(() => self.borrow(9999), /EBADF: .*pidfd_getfd/)
  self.close()
})

test('BOOK-3 who looks after the opening is not fooled by the number', () => {
  const path = `${fs.mkdtempSync(`${tmpdir()}/pidfd-test-`)}/lock`
  const [theirs, ours] = [1, 2].map(() => open(path, O_RDWR | O_CREAT))
  const child = sleeper()
  const descriptors = () => fs.readdirSync('/proc/self/fd').length
  const before = descriptors()
  theirs!.tryLock()
  const handle = openProcessIf(child.pid!, () => ours!.isLocked())
  assert.is(handle?.state.pid, child.pid)
  handle?.close()
  theirs!.unlock()   // its owner has gone, and the number is another's
  assert.is(openProcessIf(child.pid!, () => ours!.isLocked()), null)
  assert.is(openProcessIf(2 ** 22 + 1, () => true), null)
  assert.throws(() => openProcessIf(child.pid!, () => { throw new Error('unsure') }), /unsure/)
  assert.ok(descriptors() <= before)
  child.kill()
  for (const each of [theirs!, ours!]) each.close()
  fs.rmSync(path.slice(0, -5), { recursive: true })
})

test('BOOK-1 the five questions, asked of a pidfd', async () => {
  const { found, ...rest } = await probe(ENDS[0]!)
  assert.equal(rest, { lasts: false, alone: 'kept', readers: 'both', writers: 'merged' })
  assert.ok(found !== 'by its name', 'a path in /proc on Linux 6.9 and newer, nothing before')
})

test.run()
