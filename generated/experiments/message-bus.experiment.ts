// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Context, Experiment, Row } from '../../experiments/experiment.ts'
import { openBus } from './message-bus.ts'

type How = 'bus os' | 'bus disk' | 'bus disk and folder' | 'sqlite off' | 'sqlite full' | 'plain'
interface Part { how: How, role: 'publisher' | 'worker', folder: string, count: number }

/** One end of a way: to publish, and to take and complete. `take` says undefined when nothing
 * is there. */
interface End {
  publish(text: string): void
  take(): Promise<string | undefined> | string | undefined
  done(): void
}

const END = 'end'
const order = (i: number) => `order ${i}: `.padEnd(200, 'one parcel, and ')
const msLooking = 1

function busEnd(folder: string, how: How): End {
  const durability = how.slice(4) as 'os'
  const bus = openBus(folder, { create: true, durability })
  let message: Awaited<ReturnType<typeof bus.take>>
  return {
    publish: text => bus.publish(text),
    async take() { return (message = bus.tryTake() ?? await bus.take()).text() },
    done: () => message.complete(),
  }
}

function plainEnd(folder: string): End {
  let [number, seen, name]: [number, string[], string] = [1e9, [], '']
  return {
    publish: text => writeFileSync(`${folder}/${number++}`, text),
    take() {
      if (seen.length === 0) seen = readdirSync(folder).sort().reverse()
      if (seen.length === 0) return undefined
      const text = readFileSync(`${folder}/${name = seen.at(-1)!}`, 'utf8')
      if (text === '') return undefined   // half a message: look again
      seen.pop()
      return text
    },
    done: () => unlinkSync(`${folder}/${name}`),
  }
}

function sqliteEnd(folder: string, how: How): End {
  const require = createRequire(new URL('../../experiments/package.json', import.meta.url))
  const db = new (require('better-sqlite3'))(`${folder}/queue.db`, { timeout: 60_000 })
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${how.slice(7)}`)
  db.exec(`CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY, worker INTEGER, isDone INTEGER, text TEXT);
    CREATE INDEX IF NOT EXISTS waiting ON queue (id) WHERE worker IS NULL`)
  const publish = db.prepare('INSERT INTO queue (text) VALUES (?)')
  const take = db.prepare(`UPDATE queue SET worker = ${process.pid} WHERE id =
    (SELECT id FROM queue WHERE worker IS NULL ORDER BY id LIMIT 1) RETURNING id, text`)
  const done = db.prepare('UPDATE queue SET isDone = 1 WHERE id = ?')
  let row: { id: number, text: string } | undefined
  return {
    publish: text => publish.run(text),
    take: () => (row = take.get())?.text,
    done: () => done.run(row!.id),
  }
}

async function act({ how, role, folder, count }: Part): Promise<void> {
  const end = how === 'plain' ? plainEnd(folder)
    : how.startsWith('bus') ? busEnd(folder, how) : sqliteEnd(folder, how)
  process.send!('ready')
  await new Promise(resolve => process.once('message', resolve))
  for (let i = 0; role === 'publisher' && i < count; i += 1) {
    end.publish(i < count - 2 ? order(i) : END)
  }
  for (let text: string | undefined; role === 'worker' && text !== END;) {
    text = await end.take()
    if (text === undefined) await new Promise(resolve => setTimeout(resolve, msLooking))
    else end.done()
  }
  process.send!('done', () => process.exit(0))
}

if (process.env['BUS_PART'] !== undefined) await act(JSON.parse(process.env['BUS_PART']))

async function run(
  how: How, workers: number, count: number, { folder, signal }: Context,
): Promise<number> {
  const roles = ['publisher', ...Array<'worker'>(workers).fill('worker')] as Part['role'][]
  const cast: ChildProcess[] = []
  const heard = (actor: ChildProcess) => new Promise((resolve, reject) => {
    actor.once('message', resolve).once('error', reject)
    actor.once('exit', status => reject(new Error(`an actor ended with ${status}`)))
  })
  for (const role of roles) {
    const part: Part = { how, role, folder: `${folder}/box`, count }
    const env = { ...process.env, BUS_PART: JSON.stringify(part) }
    const actor = fork(fileURLToPath(import.meta.url), { env, signal })
    await heard(actor)   // one after the other, as SQLite's first opening wants to be alone
    cast.push(actor)
  }
  const start = performance.now()
  const ended = Promise.all(cast.map(heard))
  for (const actor of cast) actor.send('go')
  await ended
  return count / (performance.now() - start) * 1000
}

function row(how: How, workers: number, group: string, name: string, count: number): Row {
  const run1 = (context: Context) => {
    mkdirSync(`${context.folder}/box`)
    return run(how, workers, context.quick ? count / 10 : count, context)
  }
  return { name: `${name}, ${workers} worker${workers > 1 ? 's' : ''}`, group, run: run1 }
}

const killed = 'survives any kill'
const power = 'survives a power cut'

const experiment: Experiment = {
  question: 'How many messages a second go through a folder, from publishing to completion?',
  unit: 'messages/s',
  better: 'higher',
  runs: 5,
  peers: ['better-sqlite3'],
  baseline: ['SQLite, synchronous OFF, 1 worker', 'SQLite, synchronous FULL, 1 worker'],
  rows: [
    row('plain', 1, killed, 'files, no claim, no promise', 6000),
    row('sqlite off', 1, killed, 'SQLite, synchronous OFF', 6000),
    row('sqlite off', 2, killed, 'SQLite, synchronous OFF', 6000),
    row('bus os', 1, killed, "bus, 'os'", 6000),
    row('bus os', 2, killed, "bus, 'os'", 6000),
    row('sqlite full', 1, power, 'SQLite, synchronous FULL', 600),
    row('sqlite full', 2, power, 'SQLite, synchronous FULL', 600),
    row('bus disk', 1, power, "bus, 'disk' (bytes only)", 600),
    row('bus disk and folder', 1, power, "bus, 'disk and folder'", 600),
    row('bus disk and folder', 2, power, "bus, 'disk and folder'", 600),
  ],
}
export default experiment
