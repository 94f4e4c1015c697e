// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { OpenFile } from '../foundations/file.ts'
import { probe, type Traits } from '../foundations/taxonomy.ts'
import { classify, endings, ENDS, oneWay, roundTrips, WAYS, type Way } from './side-by-side.ts'

const place = fs.mkdtempSync(`${tmpdir()}/side-by-side-test-`)
test.after(() => fs.rmSync(place, { recursive: true }))
const fresh = () => fs.mkdtempSync(`${place}/`)
const sizeFor = ({ carries }: Way) => Math.min(carries, 64)

/** One process that is the second side of all ways, one after the other. */
function echoes(made: { way: Way, folder: string, theirs: OpenFile[] }[]) {
  let next = 3
  const tasks = made.map(({ way, folder, theirs }) =>
    ({ way: way.name, folder, size: sizeFor(way), fds: theirs.map(() => next++) }))
  const script = `
    import { OpenFile } from '${new URL('../foundations/file.ts', import.meta.url)}'
    import { WAYS } from '${new URL('./side-by-side.ts', import.meta.url)}'
    const lines = JSON.parse(process.argv[1]).map(({ way, folder, size, fds }) => ({ size, line:
      WAYS.find(({ name }) => name === way).open(1, folder, fds.map(fd => new OpenFile(fd))) }))
    console.log('ready')
    const kept = []
    for (const { line, size } of lines) for (let i = 0; i < 20; i++) {
      const note = kept[kept.push(Buffer.alloc(size)) - 1]
      await line.receive(note)
      await line.send(note)
    }
    process.exit()`
  return spawn(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script, '--', JSON.stringify(tasks)],
    { stdio: ['ignore', 'pipe', 'inherit', ...made.flatMap(({ theirs }) => theirs.map(({ fd }) => fd))] })
}

test('BOOK-3 every primitive carries notes between two processes, whole and in order', async () => {
  const made = WAYS.map(way => {
    const folder = fresh()
    const { mine, theirs, sweep } = way.create(folder)
    return { way, folder, theirs, sweep, line: way.open(0, folder, mine) }
  })
  const other = echoes(made)
  await once(other.stdout!, 'data')
  const kept: Buffer[] = []
  for (const { way, line, sweep } of made) {
    for (let i = 0; i < 20; i++) {
      const note = Buffer.from(`note ${i} by ${way.name} `.padEnd(64, 'x')).subarray(0, sizeFor(way))
      const back = Buffer.alloc(note.length)
      kept.push(note)
      await line.send(note)
      await line.receive(back)
      assert.is(String(back), String(note), way.name)
    }
    sweep?.()
  }
  await once(other, 'exit')
  assert.is(kept.length, 20 * WAYS.length)
})

test('BOOK-R3 a run measures what it was asked to, and refuses what a way cannot carry', async () => {
  const named = (name: string) => WAYS.find(way => way.name === name)!
  const times = await roundTrips(named('FIFO'), fresh(), { size: 64, count: 20 })
  assert.is(times.length, 18)
  assert.ok(times.every(time => time > 0))
  assert.ok(await oneWay(named('memory map'), fresh(), { size: 65_536, count: 40 }) > 0)
  assert.is((await endings(3)).length, 3)
  const refused: (() => Promise<unknown>)[] = [
    () => roundTrips(named('eventfd'), fresh(), { size: 1, count: 1 }),
    () => oneWay(named('rename'), fresh(), { size: 64, count: 1 }),
  ]
  for (const call of refused) {
    const error = await call().catch((error: Error) => error)
    assert.instance(error, RangeError)
  }
})

test('BOOK-R3 each side stands where it was told to, and may go where it likes afterwards', async () => {
  const named = WAYS.find(({ name }) => name === 'FIFO')!
  const mayUse = (task: string) =>
    /^Cpus_allowed_list:\s+(.+)/m.exec(fs.readFileSync(`/proc/${task}/status`, 'utf8'))![1]!
  const before = mayUse('thread-self')
  for (const place of ['together', 'apart'] as const) {
    const seen = new Set<string>()
    const watched: Way = { ...named, open: (...args) => {
      const line = named.open(...args)
      return { ...line, send: note => {
        const other = fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').at(-1)!
        seen.add(`${mayUse('thread-self')} ${mayUse(other)}`)
        return line.send(note)
      } }
    } }
    await roundTrips(watched, fresh(), { size: 64, count: 3, place })
    const [mine, theirs] = [...seen][0]!.split(' ')
    const isAlone = /^\d+$/.test(before)   // one processor is all there is
    assert.equal([seen.size, mine === theirs], [1, place === 'together' || isAlone])
    assert.match(mine!, /^\d+$/)
    assert.is(mayUse('thread-self'), before)
  }
})

test('BOOK-1 the four pairs of words follow from the five answers', () => {
  const file: Traits =
    { lasts: true, found: 'by its name', alone: 'kept', readers: 'both', writers: 'merged' }
  assert.equal(classify(file), { time: 'persistent', name: 'named', meeting: 'asynchronous',
    crowd: 'to all' })
  const pipe: Traits = { lasts: false, found: 'through /proc', alone: 'fails (EPIPE)',
    readers: 'one of two', writers: 'merged' }
  assert.equal(classify(pipe), { time: 'ephemeral', name: 'anonymous', meeting: 'synchronous',
    crowd: 'to one of many' })
  assert.is(classify({ ...pipe, alone: 'lost' }).meeting, 'synchronous')
  assert.is(classify({ ...pipe, readers: 'only one' }).crowd, 'to one')
})

test('BOOK-1 the five questions, asked of inotify', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'by its name', alone: 'lost',
    readers: 'both', writers: 'apart' })
})

test('BOOK-3 every module of the chapter with ENDS stands in the table', () => {
  const folder = new URL('.', import.meta.url)
  const modules = fs.readdirSync(folder).filter(name =>
    /^[a-z-]+\.[tj]s$/.test(name) && name !== 'index.ts' && name !== 'index.js' &&
    /^export const ENDS\b/m.test(fs.readFileSync(new URL(name, folder), 'utf8')))
  assert.ok(modules.length >= 13)
  const script = `
    const door = await import('${new URL('./index.ts', folder)}')
    const there = Object.entries(door).filter(([name]) => name.endsWith('Ends')).flatMap(([, each]) => each)
    for (const name of process.argv.slice(1)) {
      const { ENDS } = await import(new URL(name, '${folder}'))
      for (const one of ENDS) if (!there.includes(one)) console.log(name, one.name)
    }
    console.log(new Set(there.map(({ name }) => name)).size === there.length)`
  const { stdout } = spawnSync(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script, '--', ...modules], { encoding: 'utf8' })
  assert.is(stdout.trim(), 'true')
})

test.run()
