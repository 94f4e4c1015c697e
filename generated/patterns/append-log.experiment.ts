// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { AppendLog } from './append-log.ts'

interface Context {
  folder: string, quick: boolean
  peer(name: string): Promise<unknown>
  compile(source: URL): string
}
interface Database {
  pragma(text: string): void
  exec(sql: string): void
  prepare(sql: string): { run(record: Uint8Array): void }
  transaction(work: () => void): () => void
  close(): void
}

const record = Buffer.alloc(256, 'r')
const batchesOf = { 1: 2000, 1000: 600 } as const
type Size = keyof typeof batchesOf

/** Calls `write` for each batch, first to warm up, and resolves to records a second. */
async function rate(size: Size, quick: boolean, write: () => Promise<void> | void): Promise<number> {
  const batches = batchesOf[size] / (quick ? 10 : 1)
  let start = 0
  for (let i = -batches / 10; i < batches; i++) {
    if (i === 0) start = performance.now()
    await write()
  }
  return batches * size / (performance.now() - start) * 1000
}

/** One promise a record. With `size` 1000, a batch is appended while the one before it is synced. */
const ours = (size: Size, sync: 'here' | 'thread') => async ({ folder, quick }: Context) => {
  const log = new AppendLog(`${folder}/log`, { sync })
  let before: Promise<unknown> | undefined
  const result = await rate(size, quick, async () => {
    let last: Promise<unknown> | undefined
    for (let i = 0; i < size; i++) last = log.append(record)
    await (size === 1 ? last : before)
    before = last
  })
  await log.close()
  return result
}

/** The same, but each of a thousand callers waits for its own answer before its next record. */
const callers = (sync: 'here' | 'thread') => async ({ folder, quick }: Context) => {
  const log = new AppendLog(`${folder}/log`, { sync })
  const each = batchesOf[1000] / (quick ? 10 : 1)
  const start = performance.now()
  await Promise.all(Array.from({ length: 1000 }, async () => {
    for (let i = 0; i < each; i++) await log.append(record)
  }))
  const result = each * 1000 / (performance.now() - start) * 1000
  await log.close()
  return result
}

const sqlite = (size: Size) => async ({ folder, quick, peer }: Context) => {
  const Database = await peer('better-sqlite3') as new (path: string) => Database
  const database = new Database(`${folder}/log.db`)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE log (sequence INTEGER PRIMARY KEY, record BLOB)')
  const insert = database.prepare('INSERT INTO log (record) VALUES (?)')
  const write = database.transaction(() => {
    for (let i = 0; i < size; i++) insert.run(record)
  })
  const result = await rate(size, quick, write)
  database.close()
  return result
}

const appendFile = (size: Size) => async ({ folder, quick }: Context) => {
  const file = await fs.promises.open(`${folder}/log`, 'a')
  const batch = Buffer.concat(Array.from({ length: size }, () => record))
  const result = await rate(size, quick, async () => {
    await file.appendFile(batch)
    await file.datasync()
  })
  await file.close()
  return result
}

const inC = (size: Size) => ({ folder, quick, compile }: Context) => {
  const program = compile(new URL('./append-log.limit.c', import.meta.url))
  const batches = batchesOf[size] / (quick ? 10 : 1)
  return Number(execFileSync(program, [folder, String(batches), String(size)]))
}

const [thousand, single] = ['1,000 a sync', 'one a sync']
const besideC = 'beside C, 1,000 a sync'
export default {
  question: 'How many records of 256 bytes can be made durable in a second?',
  unit: 'records/s',
  better: 'higher',
  peers: ['better-sqlite3'],
  debian: ['gcc', 'libc6-dev'],
  baseline: ['better-sqlite3, 1,000 a commit', 'C: write, fdatasync', 'C: a write and fdatasync for 1,000'],
  rows: [
    { group: thousand, name: 'better-sqlite3, 1,000 a commit', run: sqlite(1000) },
    { group: thousand, name: 'AppendLog, a thread syncs', run: ours(1000, 'thread'), targetRatio: 5 },
    { group: thousand, name: 'AppendLog, the loop syncs', run: ours(1000, 'here') },
    { group: thousand, name: 'AppendLog, 1,000 callers, a thread syncs', run: callers('thread') },
    { group: thousand, name: 'AppendLog, 1,000 callers, the loop syncs', run: callers('here') },
    { group: thousand, name: 'fs.appendFile of 1,000, datasync', run: appendFile(1000) },
    { group: besideC, name: 'C: a write and fdatasync for 1,000', run: inC(1000) },
    { group: besideC, name: 'AppendLog beside C', run: ours(1000, 'thread'), targetRatio: 0.6 },
    { group: single, name: 'C: write, fdatasync', run: inC(1) },
    { group: single, name: 'AppendLog, one, the loop syncs', run: ours(1, 'here'), targetRatio: 0.77 },
    { group: single, name: 'AppendLog, one, a thread syncs', run: ours(1, 'thread') },
    { group: single, name: 'better-sqlite3, one a commit', run: sqlite(1) },
    { group: single, name: 'fs.appendFile of one, datasync', run: appendFile(1) },
  ],
}
