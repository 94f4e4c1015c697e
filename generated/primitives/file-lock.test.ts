// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  open, type LockOptions, type OpenFile, O_CREAT, O_RDONLY, O_RDWR,
} from '../foundations/file.ts'
import {
  lockFacts, lockHolder, tryFlock, tryProcessLock, unlockFlock, unlockProcessLock,
} from './file-lock.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/file-lock-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let count = 0

interface Kind {
  take(file: OpenFile, options?: LockOptions): boolean
  give(file: OpenFile, options?: LockOptions): void
}
const kinds: Record<'ofd' | 'flock' | 'process', Kind> = {
  ofd: { take: (file, options) => file.tryLock(options), give: (file, range) => file.unlock(range) },
  flock: { take: (file, options) => tryFlock(file, options), give: unlockFlock },
  process: { take: tryProcessLock, give: unlockProcessLock },
}
type Name = keyof typeof kinds
const names = Object.keys(kinds) as Name[]

const modules = `
  import * as fs from 'node:fs'
  import { open, OpenFile, O_RDWR, O_RDONLY } from '${new URL('../foundations/file.ts', import.meta.url)}'
  import * as lock from '${new URL('./file-lock.ts', import.meta.url)}'
  const kinds = { ofd: { take: (file, options) => file.tryLock(options) },
    flock: { take: lock.tryFlock }, process: { take: lock.tryProcessLock } }`
const start = (script: string) => [process.execPath,
  [...process.execArgv, '--input-type=module', '--eval', `${modules}\n${script}`]] as const

/** The other side: a process that evaluates what it is sent, a line of JSON each, and answers in kind. */
const bob = spawn(...start(`
  const { createInterface } = await import('node:readline')
  const evaluate = script => new Function('kinds', 'open', 'O_RDWR', 'fs', 'lock', script)
  for await (const line of createInterface({ input: process.stdin })) {
    const result = evaluate(JSON.parse(line))(kinds, open, O_RDWR, fs, lock)
    console.log(JSON.stringify(result ?? null))
  }`), { stdio: ['pipe', 'pipe', 'inherit'] })
test.after(() => { bob.stdin.end() })

/** What the other process returns. */
function child(script: string): Promise<unknown> {
  bob.stdin.write(`${JSON.stringify(script)}\n`)
  return new Promise(resolve => bob.stdout.once('data', data => resolve(JSON.parse(String(data)))))
}
const refused = async (name: Name, path: string) =>
  await child(`return kinds.${name}.take(open('${path}', O_RDWR))`) === false

type Scene = (kind: Kind, path: string, name: Name, one: OpenFile, two: OpenFile) => boolean | Promise<boolean>
const scenes: Record<string, Scene> = {
  'excludes another open of the same process': (kind, _path, _name, one, two) =>
    kind.take(one) && !kind.take(two),
  'outlives the close of another descriptor': (kind, path, name, one) => {
    kind.take(one)
    open(path).close()
    return refused(name, path)
  },
  'a duplicate is the same owner': (kind, _path, _name, one) => {
    const copy = one.duplicate()
    const both = kind.take(one) && kind.take(copy)
    copy.close()
    return both
  },
  'covers ranges of bytes': async (kind, path, name, one) => {
    kind.take(one, { start: 10, length: 10 })
    const range = '{ start: 30, length: 5 }'
    return await child(`return kinds.${name}.take(open('${path}', O_RDWR), ${range})`) === true
  },
  'covers bytes that are not there': async (kind, path, name, one) => {
    kind.take(one, { start: 2 ** 40, length: 1 })
    return await child(`const file = open('${path}', O_RDWR)
      return kinds.${name}.take(file, { start: 0, length: 9 }) &&
        !kinds.${name}.take(file, { start: ${2 ** 40}, length: 1 })`) === true
  },
  'exclusive on a file open for reading': (kind, path) => {
    const reader = open(path, O_RDONLY)
    try {
      return kind.take(reader)
    } catch (error) {
      assert.match(String(error), /EBADF/)
      return false
    } finally {
      reader.close()
    }
  },

  'shared becomes exclusive without a gap': async (kind, path, name, one) => {
    kind.take(one, { shared: true })
    await child(`const file = open('${path}', O_RDWR)
      kinds.${name}.take(file, { shared: true })
      kinds.${name}.take(file)`)   // refused, and now: what has it left?
    const shared = fs.readFileSync('/proc/locks', 'utf8').split('\n')
      .filter(line => line.includes(`:${fs.statSync(path).ino} `) && line.includes('READ'))
    return shared.length === 2
  },
  'goes to a child that is given the descriptor': async (kind, path, name, one) => {
    kind.take(one)
    const holder = spawn('sleep', ['10'], { stdio: ['ignore', 'ignore', 'ignore', one.fd] })
    one.close()
    const isHeld = await refused(name, path)
    holder.kill('SIGKILL')
    return isHeld
  },
  'free when the owner is a zombie': async (_kind, path, name) => {
    const script = `kinds.${name}.take(open('${path}', O_RDWR)); fs.writeSync(1, 'locked'); setInterval(() => {}, 999)`
    const [command, args] = start(script)
    // The shell becomes `sleep`, which never waits for its child.
    const parent = spawn('sh', ['-c', '"$@" & echo $!; exec sleep 20', 'sh', command, ...args])
    let said = ''
    parent.stdout.on('data', data => { said += data })
    while (!said.includes('locked')) await new Promise(resolve => setTimeout(resolve, 5))
    const pid = parseInt(said, 10)
    process.kill(pid, 'SIGKILL')
    const state = () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '')[0]
    const isZombie = () => state() === 'Z' && fs.readdirSync(`/proc/${pid}/task`).length === 1
    while (!isZombie()) await new Promise(resolve => setTimeout(resolve, 5))
    const isFree = !await refused(name, path)
    assert.is(state(), 'Z', 'it is still there, as a number')
    parent.kill('SIGKILL')
    return isFree
  },

  'tells the pid of its owner': async (kind, path, _name, one) => {
    kind.take(one)
    return await child(`return lock.lockHolder(open('${path}'))?.pid ?? null`) === process.pid
  },
  'sees the locks of fcntl': (_kind, path, name, one) => {
    one.tryLock()
    return refused(name, path)
  },
  'sees the locks of flock': (_kind, path, name, one) => {
    tryFlock(one)
    return refused(name, path)
  },
  'stops a writer who does not ask': async (kind, path, _name, one) => {
    kind.take(one)
    return await child(`return open('${path}', O_RDWR).write(Buffer.from('x'))`) !== 1
  },
}

for (const name of names) {
  test(`IO-12 the table tells what ${name} locks do on this filesystem`, async () => {
    for (const fact of lockFacts) {
      const path = `${folder}/${count++}`
      const [one, two] = [open(path, O_RDWR | O_CREAT), open(path, O_RDWR)]
      const answer = await scenes[fact.question]!(kinds[name], path, name, one, two)
      one.close()
      two.close()
      assert.is(answer, fact[name], `${name}: ${fact.question}`)
    }
  })
}

test('IO-12 every question of the table is asked', () => {
  assert.equal(lockFacts.map(({ question }) => question), Object.keys(scenes))
})

test('lockHolder tells the first lock in the way, its bytes, and its pid if it is of the classic kind', () => {
  const path = `${folder}/holder`
  const [one, two] = [open(path, O_RDWR | O_CREAT), open(path, O_RDWR)]
  assert.is(lockHolder(two), null)
  one.tryLock({ start: 5, length: 10, shared: true })
  assert.equal(lockHolder(two), { pid: null, shared: true, start: 5, length: 10 })
  assert.is(lockHolder(two, { shared: true }), null)
  one.tryLock({ start: 20 })
  assert.equal(lockHolder(two, { start: 15 }), { pid: null, shared: false, start: 20, length: Infinity })
  one.close()
  two.close()
})

test('a thread that waits for the lock has it as soon as the owner lets go', async () => {
  const path = `${folder}/wait`
  const mine = open(path, O_RDWR | O_CREAT)
  mine.tryLock()
  const [command, args] = start(`const file = open('${path}', O_RDWR)
    fs.writeSync(1, 'waiting')
    lock.waitForLock(file)
    console.log('got it', fs.readFileSync('${path}', 'utf8'))`)
  const waiter = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  waiter.stdout!.on('data', data => { said += data })
  while (!said.includes('waiting')) await new Promise(resolve => setTimeout(resolve, 5))
  mine.writeAll(Buffer.from('after'))
  mine.close()
  await new Promise(resolve => waiter.on('close', resolve))
  assert.is(said, 'waitinggot it after\n')
})

test.run()
