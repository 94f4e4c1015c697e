// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as promises from 'node:fs/promises'
import { openAsync } from './asynchrony-file.ts'
import { ThreadEngine } from './asynchrony-threads.ts'
import { UringEngine } from './io-uring-engine.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
type Read = (buffer: Buffer, position: number) => Promise<unknown>
const [PAGE, PAGES] = [4096, 16_384]

/** A file of 64 MiB that lies in the page cache. */
function scene({ folder }: Context): string {
  const path = `${folder}/data`
  fs.writeFileSync(path, Buffer.alloc(PAGE * PAGES, 'x'))
  fs.readFileSync(path)
  return path
}

let seed = 1
const position = () => {
  seed = Math.imul(seed, 1_103_515_245) + 12_345 & 0x7fffffff
  return (seed >>> 8) % PAGES * PAGE
}

/** Reads a second, with so many on their way at any moment. */
async function rate(count: number, depth: number, buffers: Buffer[], read: Read): Promise<number> {
  const lane = async (buffer: Buffer, turns: number) => {
    for (let i = 0; i < turns; i++) await read(buffer, position())
  }
  const all = (turns: number) => Promise.all(buffers.slice(0, depth).map(each => lane(each, turns)))
  await all(Math.ceil(count / depth / 4))
  const begin = performance.now()
  await all(count / depth)
  return count / (performance.now() - begin) * 1000
}

const buffers = () => Array.from({ length: 64 }, () => Buffer.alloc(PAGE))
const countFor = (depth: number, { quick }: Context) =>
  (depth === 1 ? 32_000 : 640_000) / (quick ? 10 : 1)

const callbacks = (depth: number) => async (context: Context) => {
  const fd = fs.openSync(scene(context), 'r')
  const own = buffers()
  const lanes = (turns: number) => new Promise<void>(resolve => {
    let left = depth
    for (const buffer of own.slice(0, depth)) {
      let i = 0
      const next = () => {
        if (i++ < turns) fs.read(fd, buffer, 0, PAGE, position(), next)
        else if (--left === 0) resolve()
      }
      next()
    }
  })
  const count = countFor(depth, context)
  await lanes(Math.ceil(count / depth / 4))
  const begin = performance.now()
  await lanes(count / depth)
  return count / (performance.now() - begin) * 1000
}

const fileHandle = (depth: number) => async (context: Context) => {
  const file = await promises.open(scene(context))
  const count = countFor(depth, context) / 4   // it would take too long
  const result = await rate(count, depth, buffers(), (buffer, at) => file.read(buffer, 0, PAGE, at))
  await file.close()
  return result
}

const ours = (depth: number, which: 'uring' | 'threads', isRegistered = false) =>
  async (context: Context) => {
    const by = which === 'uring' ? new UringEngine() : new ThreadEngine()
    const file = await openAsync(scene(context), 'r', { by })
    const own = buffers()
    if (isRegistered && by instanceof UringEngine) by.register(own)
    return rate(countFor(depth, context), depth, own, (buffer, at) => file.readSome(buffer, at))
  }

const blocking = async (context: Context) => {
  const fd = fs.openSync(scene(context), 'r')
  const read = async (buffer: Buffer, at: number) => { fs.readSync(fd, buffer, 0, PAGE, at) }
  return rate(countFor(64, context), 1, buffers(), read)
}

const inC = (how: 'uring' | 'pread') => (context: Context) => {
  const program = context.compile(new URL('./io-uring.limit.c', import.meta.url))
  return Number(execFileSync(program, [scene(context), how, String(countFor(64, context))]))
}

const many = '64 on their way'
const one = 'one at a time'

export default {
  question: 'How many pages of 4 KiB a second can be read at random from the page cache?',
  unit: 'reads/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev', 'linux-libc-dev'],
  baseline: ['fs.read', 'FileHandle.read', 'fs.read, one', 'io_uring in C'],
  rows: [
    { group: many, name: 'fs.read', run: callbacks(64) },
    { group: many, name: 'io_uring', run: ours(64, 'uring'), targetRatio: 3 },
    { group: many, name: 'io_uring, registered buffers', run: ours(64, 'uring', true), targetRatio: 3 },
    { group: many, name: 'own threads', run: ours(64, 'threads') },
    { group: many, name: 'fs.readSync, blocking', run: blocking },
    { group: `${many}, promises`, name: 'FileHandle.read', run: fileHandle(64) },
    { group: `${many}, promises`, name: 'io_uring beside it', run: ours(64, 'uring'), targetRatio: 6 },
    { group: one, name: 'fs.read, one', run: callbacks(1) },
    { group: one, name: 'FileHandle.read, one', run: fileHandle(1) },
    { group: one, name: 'io_uring, one', run: ours(1, 'uring') },
    { group: one, name: 'own threads, one', run: ours(1, 'threads') },
    { group: 'C', name: 'io_uring in C', run: inC('uring') },
    { group: 'C', name: 'pread in C, blocking', run: inC('pread') },
    { group: 'C', name: 'io_uring beside C', run: ours(64, 'uring') },
  ],
}
