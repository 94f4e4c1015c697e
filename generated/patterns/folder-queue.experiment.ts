// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import type { Context, Experiment, Row } from '../../experiments/experiment.ts'
import { FolderQueue } from './folder-queue.ts'

/** One end of a way: publishes one message; claims one, reads it and acknowledges it. */
interface Way { push(text: string): Promise<void> | void, take(): Promise<void> | void, fill(count: number): void, close(): void }

const text = 'one parcel, and '.repeat(12)

function ours(folder: string, durability: 'os' | 'disk and folder' = 'os'): Way {
  const queue = new FolderQueue(`${folder}/queue`, { durability })
  return {
    push: text => { queue.push(text) },
    take() {
      const claim = queue.claim()!
      claim.bytes()
      claim.ack()
    },
    fill(count) {
      for (let i = 0; i < count; i += 1000) queue.pushMany(Array.from({ length: 1000 }, () => text))
    },
    close: () => queue.close(),
  }
}

const require = createRequire(new URL('../../experiments/package.json', import.meta.url))

/** A table with a claim column, as job queues on SQLite have it. */
function sqlite(folder: string, synchronous: 'OFF' | 'FULL'): Way {
  const database = new (require('better-sqlite3'))(`${folder}/queue.db`)
  database.pragma('journal_mode = WAL')
  database.pragma(`synchronous = ${synchronous}`)
  database.exec(`CREATE TABLE queue (id INTEGER PRIMARY KEY, worker INTEGER, text TEXT);
    CREATE INDEX waiting ON queue (id) WHERE worker IS NULL`)
  const insert = database.prepare('INSERT INTO queue (text) VALUES (?)')
  const claim = database.prepare(`UPDATE queue SET worker = 1 WHERE id =
    (SELECT id FROM queue WHERE worker IS NULL ORDER BY id LIMIT 1) RETURNING id, text`)
  const remove = database.prepare('DELETE FROM queue WHERE id = ?')
  return {
    push: text => { insert.run(text) },
    take: () => { remove.run(claim.get().id) },
    fill: count => database.transaction(() => { for (let i = 0; i < count; i++) insert.run(text) })(),
    close: () => database.close(),
  }
}

/** Files in one folder, taken in turn under one lock; the list is read when the last one is used up. */
function locked(folder: string): Way {
  const { lock } = require('proper-lockfile')
  const box = `${folder}/box`
  fs.mkdirSync(box)
  let [number, seen]: [number, string[]] = [1e9, []]
  return {
    push(text) {
      fs.writeFileSync(`${folder}/new`, text)
      fs.renameSync(`${folder}/new`, `${box}/${number++}`)
    },
    async take() {
      const release = await lock(box)
      if (seen.length === 0) seen = fs.readdirSync(box).sort().reverse()
      const path = `${box}/${seen.pop()}`
      fs.readFileSync(path)
      fs.unlinkSync(path)
      await release()
    },
    fill(count) { for (let i = 0; i < count; i++) fs.writeFileSync(`${box}/${number++}`, text) },
    close() {},
  }
}

async function cost(way: Way, waiting: number, pairs: number): Promise<number> {
  way.fill(waiting)
  let start = 0
  for (let i = -pairs / 5; i < pairs; i++) {
    if (i === 0) start = performance.now()
    await way.push(text)
    await way.take()
  }
  const us = (performance.now() - start) * 1000 / pairs
  way.close()
  return us
}

type Make = (folder: string) => Way
const row = (group: string, name: string, waiting: number, pairs: number, make: Make, more: Partial<Row> = {}): Row => ({
  group, name, ...more,
  run: ({ folder, quick }: Context) =>
    cost(make(folder), quick ? Math.min(waiting, 20_000) : waiting, quick ? pairs / 10 : pairs),
})
const inC = (waiting: number, pairs: number, name: string, group: string): Row => ({
  group, name,
  run: ({ folder, quick, compile }) => Number(execFileSync(compile(new URL('./folder-queue.limit.c', import.meta.url)),
    [folder, String(waiting), String(quick ? pairs / 10 : pairs)])),
})
const off = (folder: string) => sqlite(folder, 'OFF')
const full = (folder: string) => sqlite(folder, 'FULL')
const durable = (folder: string) => ours(folder, 'disk and folder')
const [killed, power, million] = ['survives any kill', 'survives a power cut', 'in memory']

/** The same in a folder in memory: a million files are made in a minute, and no disk takes part. */
function inMemory(row: Row): Row {
  return { ...row, async run(context) {
    const folder = fs.mkdtempSync('/dev/shm/folder-queue-')
    try {
      return await row.run({ ...context, folder })
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  } }
}

const experiment: Experiment = {
  question: 'What does a message cost, from publishing to its acknowledgement, and does it matter how many wait?',
  unit: 'µs',
  better: 'lower',
  runs: 1,
  timeoutMs: 1_200_000,
  peers: ['better-sqlite3', 'proper-lockfile'],
  debian: ['gcc', 'libc6-dev'],
  baseline: ['SQLite, synchronous OFF, 1,000 waiting', 'SQLite, synchronous FULL', 'FolderQueue, 1,000 waiting'],
  rows: [
    row(killed, 'SQLite, synchronous OFF, 1,000 waiting', 1000, 20_000, off),
    row(killed, 'FolderQueue, 1,000 waiting beside SQLite', 1000, 20_000, ours),
    row(killed, 'a lock around a folder (proper-lockfile)', 1000, 5_000, locked),
    inC(1000, 20_000, 'C: the same calls', killed),
    row(power, 'SQLite, synchronous FULL', 1000, 1_000, full),
    row(power, "FolderQueue, 'disk and folder'", 1000, 1_000, durable),
    ...[
      row(million, 'FolderQueue, 1,000 waiting', 1000, 20_000, ours),
      row(million, 'FolderQueue, 1,000,000 waiting', 1_000_000, 20_000, ours, { targetRatio: 1.5 }),
      row(million, 'SQLite, synchronous OFF, 1,000,000 waiting', 1_000_000, 20_000, off),
    ].map(inMemory),
  ],
}
export default experiment
