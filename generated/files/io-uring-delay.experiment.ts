// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import * as promises from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openAsync } from './asynchrony-file.ts'
import { ThreadEngine } from './asynchrony-threads.ts'
import { UringEngine } from './io-uring-engine.ts'

interface Context { folder: string, quick: boolean }
type Read = (buffer: Buffer, position: number) => Promise<unknown>
const [SIZE, PIECES, LANES] = [1 << 20, 64, 16]

/** The longest that the loop stood still, but for one time in a hundred, in milliseconds. */
const delay = (open: (path: string) => Promise<Read>) => async (context: Context) => {
  const { folder, quick } = context
  fs.writeFileSync(`${folder}/data`, Buffer.alloc(SIZE * PIECES, 'x'))
  const read = await open(`${folder}/data`)
  const until = performance.now() + (quick ? 400 : 2000)
  const monitor = monitorEventLoopDelay({ resolution: 1 })
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    const buffer = Buffer.alloc(SIZE)
    await read(buffer, 0)
    monitor.enable()
    for (let i = lane; performance.now() < until; i++) await read(buffer, i % PIECES * SIZE)
  }))
  return monitor.percentile(99) / 1e6
}

const ours = (make: () => UringEngine | ThreadEngine) => delay(async path => {
  const file = await openAsync(path, 'r', { by: make() })
  return (buffer, at) => file.readSome(buffer, at)
})

const blocking = delay(async path => {
  const fd = fs.openSync(path, 'r')
  return async (buffer, at) => {
    fs.readSync(fd, buffer, 0, SIZE, at)
    await new Promise(setImmediate)
  }
})

const kept: unknown[] = []   // Node closes a FileHandle that nobody holds
const fileHandle = delay(async path => {
  const file = await promises.open(path)
  kept.push(file)
  return (buffer, at) => file.read(buffer, 0, SIZE, at)
})

export default {
  question: 'How long does the event loop stand still while 16 reads of 1 MiB are always on their way?',
  unit: 'ms',
  better: 'lower',
  baseline: 'FileHandle.read',
  rows: [
    { name: 'FileHandle.read', run: fileHandle },
    { name: 'own threads', run: ours(() => new ThreadEngine()) },
    { name: 'io_uring', run: ours(() => new UringEngine()) },
    { name: 'fs.readSync, blocking', run: blocking },
  ],
}
