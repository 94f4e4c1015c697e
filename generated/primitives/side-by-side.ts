// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { OpenFile } from '../foundations/file.ts'
import { bind } from '../foundations/kernel.ts'
import { mkdir } from '../foundations/name.ts'
import type { Primitive, Traits } from '../foundations/taxonomy.ts'
import { IN_CREATE, Inotify } from './inotify.ts'
import { openProcess } from './pidfd.ts'
import { WAYS, type Line, type Way } from './side-by-side-line.ts'

export { WAYS, type Line, type Side, type Way } from './side-by-side-line.ts'

/** The four words. */
export interface Kind {
  time: 'persistent' | 'ephemeral'
  name: 'named' | 'anonymous'
  meeting: 'asynchronous' | 'synchronous'
  crowd: 'to all' | 'to one of many' | 'to one'
}

const CROWDS = { 'both': 'to all', 'one of two': 'to one of many', 'only one': 'to one' } as const

export function classify({ lasts, found, alone, readers }: Traits): Kind {
  return {
    time: lasts ? 'persistent' : 'ephemeral',
    name: found === 'by its name' ? 'named' : 'anonymous',
    meeting: alone === 'kept' ? 'asynchronous' : 'synchronous',
    crowd: CROWDS[readers],
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'inotify',
  module: import.meta.url,
  create: folder => ({ sender: folder, receiver: folder }),
  send: (to, text) => mkdir(`${String(to)}/${text}`),
  receive: from => {
    const inotify = new Inotify()
    inotify.add(String(from), IN_CREATE)
    const told: string[] = []
    const next = () => {
      told.push(...inotify.take().map(({ name }) => String(name)))
      return told.shift() ?? null
    }
    return { next, close: () => inotify.close() }
  },
}]

/** On the same processor or each on another. Left out: as the kernel likes, and it changes its mind. */
export type Place = 'together' | 'apart' | undefined

/** What the second side does: gives each note back, or takes all and says so. */
export interface Task { way: string, folder: string, job: 'echo' | 'swallow', size: number, count: number, descriptors: number, place?: Place }

/** What the second process runs. Says 'ready' and, at the end, 'done'. */
export async function serve(task: Task): Promise<void> {
  const way = wayCalled(task.way)
  const files = Array.from({ length: task.descriptors }, (_, i) => new OpenFile(3 + i))
  const line = way.open(1, task.folder, files)
  const note = Buffer.alloc(task.size)
  keepTo(task.place, 1)
  fs.writeSync(1, 'ready\n')
  for (let i = 0; i < task.count; i++) {
    const wait = line.receive(note)
    if (wait) await wait
    if (task.job === 'swallow') continue
    const sent = line.send(note)
    if (sent) await sent
  }
  fs.writeSync(1, 'done\n')
}

const allowed = bind('int sched_getaffinity(int thread, size_t size, void *processors)')
const keep = bind('int sched_setaffinity(int thread, size_t size, const void *processors)')

/** Keeps this thread to one of the processors that it may use, until it calls the function returned. */
function keepTo(place: Place, side: number): () => void {
  if (place === undefined) return () => {}
  const [all, own] = [Buffer.alloc(128), Buffer.alloc(128)]   // a bit for each processor
  allowed(0, all.length, all)
  const numbers = Array.from({ length: 1024 }, (_, i) => i).filter(i => all[i >> 3]! >> (i & 7) & 1)
  const one = numbers[place === 'apart' ? side % numbers.length : 0]!
  own[one >> 3] = 1 << (one & 7)
  keep(0, own.length, own)
  return () => { keep(0, all.length, all) }
}

/** Notes of `size` bytes, and how many. */
export interface Load { size: number, count: number, place?: Place }

function wayCalled(name: string): Way {
  const way = WAYS.find(each => each.name === name)
  if (way === undefined) throw new Error(`no way is called '${name}': ${WAYS.map(each => each.name).join(', ')}`)
  return way
}

async function meet<T>(
  way: Way, folder: string, job: Task['job'], { size, count, place }: Load,
  act: (line: Line, isDone: Promise<unknown>) => Promise<T>,
): Promise<T> {
  if (size > way.carries) throw new RangeError(`a ${way.name} carries ${way.carries} bytes, not ${size}`)
  const { mine, theirs, sweep } = way.create(folder)
  const task: Task = { way: way.name, folder, job, size, count, place, descriptors: theirs.length }
  const line = way.open(0, folder, mine)
  const script = `import { serve } from ${JSON.stringify(import.meta.url)}
    await serve(JSON.parse(process.argv[1]))
    process.exit()`
  const other = spawn(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script, '--', JSON.stringify(task)],
    { stdio: ['ignore', 'pipe', 'inherit', ...theirs.map(({ fd }) => fd)] })
  let letGo = () => {}
  try {
    const [word] = await Promise.race([once(other.stdout!, 'data'), once(other, 'exit')])
    letGo = keepTo(place, 0)
    if (!String(word).startsWith('ready')) throw new Error(`the other side of '${way.name}' ended`)
    return await act(line, once(other.stdout!, 'data'))
  } finally {
    letGo()
    other.kill('SIGKILL')
    sweep?.()
  }
}

/** Sends notes there and gets each back; microseconds of each round, without the first tenth. */
export async function roundTrips(way: Way, folder: string, load: Load): Promise<number[]> {
  return meet(way, folder, 'echo', load, async line => {
    const [note, back] = [Buffer.alloc(load.size, 'x'), Buffer.alloc(load.size)]
    const times: number[] = []
    for (let i = 0; i < load.count; i++) {
      const begin = performance.now()
      const sent = line.send(note)
      if (sent !== undefined) await sent
      const wait = line.receive(back)
      if (wait !== undefined) await wait
      times.push((performance.now() - begin) * 1000)
    }
    if (!back.equals(note)) throw new Error(`'${way.name}' gave back something else`)
    return times.slice(Math.ceil(load.count / 10))
  })
}

/** Sends notes as fast as they go, and resolves to the seconds until the other has had them all. */
export async function oneWay(way: Way, folder: string, load: Load): Promise<number> {
  if (!way.queues) throw new RangeError(`a ${way.name} holds one note at a time`)
  return meet(way, folder, 'swallow', load, async (line, isDone) => {
    const note = Buffer.alloc(load.size, 'x')
    const begin = performance.now()
    for (let i = 0; i < load.count; i++) {
      const sent = line.send(note)
      if (sent !== undefined) await sent
    }
    await isDone
    return (performance.now() - begin) / 1000
  })
}

/** Ends processes, and sees each end by its pidfd; microseconds from the signal to the callback. */
export async function endings(count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    const handle = openProcess(child.pid!)
    const begin = performance.now()
    handle.signal('SIGKILL')
    await handle.wait()
    times.push((performance.now() - begin) * 1000)
    handle.close()
  }
  return times
}
