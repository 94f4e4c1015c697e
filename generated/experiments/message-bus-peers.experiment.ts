// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Context, Experiment, Row } from '../../experiments/experiment.ts'
import type { Durability } from '../patterns/atomic-write.ts'
import { FolderQueue, type Claim } from '../patterns/folder-queue.ts'
import { FileBus } from './message-bus-groups.ts'
import { openBus } from './message-bus.ts'
import { serve, type Setup } from './message-bus-peers.ts'
import { Nats, type NatsMessage } from './message-bus-peers-nats.ts'
import { Redis } from './message-bus-peers-redis.ts'
import type { Delivery } from './message-bus-topics-interface.ts'

/** Where a way has its folder and its server, and how many it may handle at once. */
interface Place { folder: string, port: number, atOnce: number, isWorker: boolean, how: string }

/** One end of a way. `take` resolves to the texts of some messages, none of them if there is nothing yet. */
interface End {
  publish(texts: string[]): Promise<void> | void
  take(): Promise<string[]> | string[]
  /** Acknowledges what the last `take` gave: each for itself, or together where a hundred go at once. */
  done(): Promise<void> | void
}

/** So many are given to a worker at a time, by all that can. */
const PREFETCH = 16

/** Does it with each, one after the other or all at once. */
async function each<T>(items: T[], isAtOnce: boolean, action: (item: T) => Promise<unknown>): Promise<void> {
  if (isAtOnce) await Promise.all(items.map(action))
  else for (const item of items) await action(item)
}

function fileBus({ folder, how, atOnce, isWorker }: Place): End {
  const bus = new FileBus(`${folder}/bus`, { durability: how as Durability })
  const consumer = bus.enter('packers', { pattern: 'orders', prefetch: Math.max(PREFETCH, atOnce) })
  if (!isWorker) void consumer.close()
  let taken: Delivery[] = []
  return {
    publish: async texts => { await bus.publishMany('orders', texts) },
    async take() {
      taken = [await consumer.take()]
      for (let next; taken.length < atOnce && (next = consumer.tryTake()) !== undefined;) taken.push(next)
      return taken.map(delivery => delivery.text())
    },
    done: () => consumer.done(taken),
  }
}

function folderQueue({ folder, how, atOnce }: Place): End {
  const queue = new FolderQueue(`${folder}/queue`, { durability: how as Durability })
  let taken: Claim[] = []
  return {
    publish: texts => { if (texts.length === 1) queue.push(texts[0]!); else queue.pushMany(texts) },
    async take() {
      taken = queue.claimMany(Math.max(PREFETCH, atOnce))
      if (taken.length === 0) taken = [await queue.take()]
      return taken.map(claim => claim.text())
    },
    done: () => { for (const claim of taken) claim.ack() },
  }
}


function threeFolders({ folder, how }: Place): End {
  const bus = openBus(`${folder}/bus`, { create: true, durability: how as Durability })
  let taken: Awaited<ReturnType<typeof bus.take>>
  return {
    publish: texts => { for (const text of texts) bus.publish(text) },
    take: async () => [(taken = bus.tryTake() ?? await bus.take()).text()],
    done: () => taken.complete(),
  }
}

const require = createRequire(new URL('../../experiments/package.json', import.meta.url))

function sqlite({ folder, how, atOnce }: Place): End {
  const db = new (require('better-sqlite3'))(`${folder}/queue.db`, { timeout: 60_000 })
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${how}`)
  db.exec(`CREATE TABLE IF NOT EXISTS queue (id INTEGER PRIMARY KEY, worker INTEGER, text TEXT);
    CREATE INDEX IF NOT EXISTS waiting ON queue (id) WHERE worker IS NULL`)
  const insert = db.prepare('INSERT INTO queue (text) VALUES (?)')
  const claim = db.prepare(`UPDATE queue SET worker = ${process.pid} WHERE id IN
    (SELECT id FROM queue WHERE worker IS NULL ORDER BY id LIMIT ${Math.max(PREFETCH, atOnce)}) RETURNING id, text`)
  const remove = db.prepare('DELETE FROM queue WHERE id = ?')
  const together = (action: () => void) => atOnce > 1 ? db.transaction(action).immediate() : action()
  let rows: { id: number, text: string }[] = []
  return {
    publish: texts => together(() => { for (const text of texts) insert.run(text) }),
    take: () => (rows = claim.all() as typeof rows).map(({ text }) => text),
    done: () => together(() => { for (const { id } of rows) remove.run(id) }),
  }
}

function locked({ folder }: Place): End {
  const { lock } = require('proper-lockfile')
  const box = `${folder}/box`
  fs.mkdirSync(box, { recursive: true })
  const hold = () => lock(box, { retries: { retries: 1000, minTimeout: 1, maxTimeout: 5 } }) as Promise<() => Promise<void>>
  let [number, seen, taken]: [number, string[], string[]] = [1e9, [], []]
  return {
    publish(texts) {
      for (const text of texts) {
        fs.writeFileSync(`${folder}/new`, text)
        fs.renameSync(`${folder}/new`, `${box}/${number++}`)
      }
    },
    async take() {
      const release = await hold()
      if (seen.length === 0) seen = fs.readdirSync(box).sort().reverse()
      taken = seen.splice(-PREFETCH).reverse()
      const texts = taken.map(name => fs.readFileSync(`${box}/${name}`, 'utf8'))
      await release()
      return texts
    },
    async done() {
      const release = await hold()
      for (const name of taken) fs.unlinkSync(`${box}/${name}`)
      await release()
    },
  }
}

function redisList({ port, atOnce }: Place): End {
  const redis = new Redis(port)
  let taken: string[] = []
  return {
    publish: texts => each(texts, atOnce > 1, text => redis.call('LPUSH', 'orders', text)),
    async take() {
      const first = await redis.call('BLMOVE', 'orders', 'processing', 'RIGHT', 'LEFT', 0) as string
      const more = Array.from({ length: atOnce - 1 }, () => redis.call('LMOVE', 'orders', 'processing', 'RIGHT', 'LEFT'))
      taken = [first, ...(await Promise.all(more)).filter(text => text !== null) as string[]]
      return taken
    },
    done: () => each(taken, atOnce > 1, text => redis.call('LREM', 'processing', -1, text)),
  }
}

async function redisStream({ port, atOnce, isWorker }: Place): Promise<End> {
  const redis = new Redis(port)
  if (!isWorker) await redis.call('XGROUP', 'CREATE', 'orders', 'packers', '0', 'MKSTREAM')
  let taken: [string, string[]][] = []
  const count = Math.max(PREFETCH, atOnce)
  return {
    publish: texts => each(texts, atOnce > 1, text => redis.call('XADD', 'orders', '*', 'text', text)),
    async take() {
      const reply = await redis.call('XREADGROUP', 'GROUP', 'packers', 'bob', 'COUNT', count, 'BLOCK', 0, 'STREAMS', 'orders', '>')
      taken = (reply as [string, [string, string[]][]][])[0]![1]
      return taken.map(([, fields]) => fields[1]!)
    },
    done: () => each(taken, atOnce > 1, ([id]) => redis.call('XACK', 'orders', 'packers', id)),
  }
}

async function natsCore({ port, isWorker }: Place): Promise<End> {
  const nats = new Nats(port)
  const [heard, wake]: [string[], { up?: () => void }] = [[], {}]
  if (isWorker) nats.subscribe('orders', ({ text }) => { heard.push(text); wake.up?.() })
  await nats.flush()
  return {
    publish: texts => { for (const text of texts) nats.publish('orders', text) },
    async take() {
      if (heard.length === 0) await new Promise<void>(resolve => { wake.up = resolve })
      return heard.splice(0)
    },
    done() {},
  }
}


async function jetStream({ port, how, atOnce, isWorker }: Place): Promise<End> {
  const nats = new Nats(port)
  if (!isWorker) await nats.api('STREAM.CREATE.shop', { name: 'shop', subjects: ['orders'], storage: how, retention: 'workqueue' })
  const config = { durable_name: 'packers', ack_policy: 'explicit', max_ack_pending: 10_000 }
  if (isWorker) await nats.api('CONSUMER.DURABLE.CREATE.shop.packers', { stream_name: 'shop', config })
  const [heard, wake]: [NatsMessage[], { up?: () => void }] = [[], {}]
  nats.subscribe(`_BOX.${process.pid}`, message => { if (message.reply !== '') { heard.push(message); wake.up?.() } })
  const batch = Math.max(PREFETCH, atOnce)
  let [taken, asked]: [NatsMessage[], number] = [[], 0]
  return {
    publish: texts => each(texts, atOnce > 1, text => nats.request('orders', text)),
    async take() {
      if (asked <= 0) nats.publish('$JS.API.CONSUMER.MSG.NEXT.shop.packers', JSON.stringify({ batch, expires: 60e9 }), `_BOX.${process.pid}`)
      if (asked <= 0) asked = batch
      if (heard.length === 0) await new Promise<void>(resolve => { wake.up = resolve })
      taken = heard.splice(0)
      asked -= taken.length
      return taken.map(({ text }) => text)
    },
    done: () => each(taken, atOnce > 1, ({ reply }) => nats.request(reply, '+ACK')),
  }
}

/** All ways, by name. */
const ways: Record<string, (place: Place) => End | Promise<End>> = {
  fileBus, folderQueue, threeFolders, sqlite, locked, redisList, redisStream, natsCore, jetStream,
}

interface Part extends Place { way: string, count: number }

async function act({ way, count, ...place }: Part): Promise<void> {
  const end = await ways[way]!(place)
  process.send!('ready')
  await once(process, 'message')
  const message = 'one parcel, and '.repeat(13).slice(0, 200)
  for (let i = 0; !place.isWorker && i < count; i += place.atOnce) {
    await end.publish(Array<string>(place.atOnce).fill(message))
  }
  for (let i = 0; place.isWorker && i < count;) {
    const texts = await end.take()
    if (texts.some(text => text.length !== 200)) throw new Error('half a message')
    if (texts.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
    else await end.done()
    i += texts.length
  }
  process.send!('done', () => process.exit(0))
}

if (process.env['PEERS_PART'] !== undefined) await act(JSON.parse(process.env['PEERS_PART']))

async function race(way: string, how: string, setup: Setup | 'none', atOnce: number, count: number, { folder, signal }: Context): Promise<number> {
  const server = setup === 'none' ? undefined : await serve(setup, folder, signal)
  const cast: ChildProcess[] = []
  const heard = (actor: ChildProcess) => new Promise((resolve, reject) => {
    actor.once('message', resolve).once('error', reject)
    actor.once('exit', status => reject(new Error(`an actor of ${way} ended with ${status}`)))
  })
  try {
    for (const isWorker of [false, true]) {   // the publisher first: it makes what is missing
      const part: Part = { way, how, folder, port: server?.port ?? 0, atOnce, isWorker, count }
      const actor = fork(fileURLToPath(import.meta.url), { env: { ...process.env, PEERS_PART: JSON.stringify(part) }, signal })
      cast.push(actor)
      await heard(actor)
    }
    const begin = performance.now()
    const ended = Promise.all(cast.map(heard))
    for (const actor of cast) actor.send('go')
    await ended
    return count / (performance.now() - begin) * 1000
  } finally {
    for (const actor of cast) actor.kill('SIGKILL')
    await server?.end()
  }
}

const row = (group: string, name: string, way: string, how: string, count: number, setup: Setup | 'none' = 'none', atOnce = 1): Row => ({
  group, name,
  run: context => race(way, how, setup, atOnce, Math.ceil((context.quick ? count / 10 : count) / 100) * 100, context),
})
const killed = 'one at a time; survives any kill, also the server\'s'
const many = 'a hundred at once; survives any kill'
const power = 'one at a time; survives a power cut'
const none = 'one at a time; gone with the server'

const experiment: Experiment = {
  question: 'How many messages of 200 bytes a second go from one process to another, acknowledged on both sides?',
  unit: 'messages/s',
  better: 'higher',
  runs: 3,
  peers: ['better-sqlite3', 'proper-lockfile'],
  debian: ['redis-server', 'nats-server'],
  baseline: ['Redis stream, AOF everysec', 'Redis stream, AOF everysec, pipelined', 'Redis stream, AOF always', 'Redis stream, no file'],
  rows: [
    row(killed, "FileBus, 'os'", 'fileBus', 'os', 5_000),
    row(killed, "FolderQueue, 'os'", 'folderQueue', 'os', 3_000),
    row(killed, "the bus of three folders, 'os'", 'threeFolders', 'os', 3_000),
    row(killed, 'SQLite, synchronous OFF', 'sqlite', 'OFF', 5_000),
    row(killed, 'a folder under proper-lockfile', 'locked', '', 2_000),
    row(killed, 'Redis list, AOF everysec', 'redisList', '', 3_000, 'redis everysec'),
    row(killed, 'Redis stream, AOF everysec', 'redisStream', '', 3_000, 'redis everysec'),
    row(killed, 'NATS JetStream, file', 'jetStream', 'file', 3_000, 'nats js'),
    // race the others, group by group
    row(many, "FileBus, 'os', batches", 'fileBus', 'os', 30_000, 'none', 100),
    row(many, "FolderQueue, 'os', batches", 'folderQueue', 'os', 5_000, 'none', 100),
    row(many, 'SQLite, synchronous OFF, transactions', 'sqlite', 'OFF', 30_000, 'none', 100),
    row(many, 'Redis list, AOF everysec, pipelined', 'redisList', '', 20_000, 'redis everysec', 100),
    row(many, 'Redis stream, AOF everysec, pipelined', 'redisStream', '', 20_000, 'redis everysec', 100),
    row(many, 'NATS JetStream, file, pipelined', 'jetStream', 'file', 20_000, 'nats js', 100),
    row(power, "FileBus, 'disk'", 'fileBus', 'disk', 300),
    row(power, "FolderQueue, 'disk and folder'", 'folderQueue', 'disk and folder', 200),
    row(power, 'SQLite, synchronous FULL', 'sqlite', 'FULL', 200),
    row(power, 'Redis list, AOF always', 'redisList', '', 200, 'redis always'),
    row(power, 'Redis stream, AOF always', 'redisStream', '', 200, 'redis always'),
    row(none, 'Redis list, no file', 'redisList', '', 3_000, 'redis memory'),
    row(none, 'Redis stream, no file', 'redisStream', '', 3_000, 'redis memory'),
    row(none, 'NATS JetStream, memory', 'jetStream', 'memory', 3_000, 'nats js'),
    row(none, 'NATS core: nothing is acknowledged', 'natsCore', '', 50_000, 'nats'),
  ],
}
export default experiment
