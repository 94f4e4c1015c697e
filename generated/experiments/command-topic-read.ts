// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import { statIfThere } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { list } from '../foundations/name.ts'
import {
  BUSY, contentOf, DONE, line, NOTHING, printUnlessLeft, type Given,
} from './message-bus-command-table.ts'
import type { BusMessage, Subscription, SubscriptionOptions } from './message-bus-topics-interface.ts'
import { checkTopic } from './message-bus-topics-pattern.ts'
import { BusLog } from './message-bus-topics.ts'

const isBus = (folder: string) => statIfThere(`${folder}/log/topic`) !== null

/** ENOENT for a folder that is no bus. */
export function mustBeBus(folder: string): void {
  if (isBus(folder)) return
  throw new SystemError('ENOENT', 'open', { path: folder, hint: 'this is not a bus of topics; fcs topic publish makes one' })
}

/** ENOTEMPTY for a folder in which other things are. Another may be making the bus just now. */
function mayBecomeBus(folder: string): void {
  if (isBus(folder) || statIfThere(folder) === null) return
  if ([...list(folder)].every(({ name }) => name === 'log' || name === 'groups')) return
  throw new SystemError('ENOTEMPTY', 'mkdir', { path: folder, hint: 'a new bus needs a folder of its own' })
}

/** Does it; what the bus calls EINVAL is wrong usage. */
export function checked<T>(given: Given, word: string, what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EINVAL')) throw error
    throw given.usage(`'${word}' is no ${what}: ${error.hint}`)
  }
}

/** ETIMEDOUT and EAGAIN mean *later*, and end with 75. */
function orLater(error: unknown): never {
  const isLater = error instanceof SystemError && ['ETIMEDOUT', 'EAGAIN'].includes(error.code)
  throw isLater ? Object.assign(error, { status: BUSY }) : error
}

export async function publish(given: Given): Promise<number> {
  const [folder, topic, text = '-'] = given.words as [string, string, string?]
  if (given.has('lines') && given.words.length > 2) throw given.usage('--lines are read from the standard input')
  checked(given, topic, 'topic', () => checkTopic(topic))
  const durability = given.text('durability')?.replaceAll('-', ' ') as 'os' | undefined
  const options = { delayMs: given.ms('delay') ?? 0, timeoutMs: given.ms('timeout') ?? Infinity }
  const backlogBytesMax = given.count('backlog', 262_144)
  const segmentBytes = given.count('segment', 4096, 2 ** 30)
  mayBecomeBus(folder)
  const bus = new BusLog(folder, { durability, backlogBytesMax, segmentBytes })
  const messages = given.has('lines') ? linesComing() : [[text === '-' ? readFileSync(0) : Buffer.from(text)]]
  for await (const some of messages) {
    const ids = await bus.publishMany(topic, some, options).catch(orLater)
    await printUnlessLeft(ids.map(id => given.has('json') ? line({ id }) : `${id}\n`).join(''))
  }
  await bus.close()
  return DONE
}

/** The lines of the standard input, without their ends, so many at a time as have come. */
async function* linesComing(): AsyncGenerator<Buffer[], void, undefined> {
  const rest: Buffer[] = []
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(10)
    if (end !== -1) yield [...linesOf(Buffer.concat([...rest.splice(0), chunk.subarray(0, end)]))]
    rest.push(chunk.subarray(end + 1))
  }
  const last = Buffer.concat(rest)
  if (last.length > 0) yield [last]
}

function* linesOf(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at <= bytes.length;) {
    const found = bytes.indexOf(10, at)
    const end = found === -1 ? bytes.length : found
    yield bytes.subarray(at, end)
    at = end + 1
  }
}

type Place = NonNullable<SubscriptionOptions['from']>

/** Where to begin; undefined if nothing was said. */
export function placeIn(given: Given): Place | undefined {
  const said = ['from', 'after', 'since'].filter(option => given.has(option))
  if (said.length > 1) throw given.usage(`--${said[0]} and --${said[1]} are two places`)
  const from = given.text('from')
  if (from === 'start' || from === 'end') return from
  const id = from ?? given.text('after')
  if (id !== undefined && !/^\d+$/.test(id)) throw given.usage(`--${said[0]} takes an id that publish or --json has told, not '${id}'`)
  if (id !== undefined) return { id }
  const sinceMs = given.ms('since')
  return sinceMs === undefined ? undefined : { timeMs: Date.now() - sinceMs }
}

/** ENOENT if the message of a place was removed: those behind it may be, too. */
export async function mustBeThere(bus: BusLog, place: Place | undefined): Promise<void> {
  if (typeof place !== 'object' || !('id' in place)) return
  const look = await bus.subscribe('>', { from: place })
  const [first] = await some(look, 1, 0)
  await look.close()
  if (first?.id === place.id) return
  const hint = 'no message has this id, or it was removed; --from start begins with the oldest'
  throw new SystemError('ENOENT', 'read', { path: place.id, hint })
}

const BATCH_BYTES = 65_536

/** So many as are there, `most` at most; none, and it waits for one. Resolves to nothing when the time is over. */
async function some(source: Subscription, most: number, waitMs: number): Promise<BusMessage[]> {
  const messages: BusMessage[] = []
  let bytes = 0
  try {
    while (messages.length < most && bytes < BATCH_BYTES) {
      const message = await source.take({ timeoutMs: messages.length === 0 ? waitMs : 0 })
      messages.push(message)
      bytes += message.bytes.length
    }
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'ETIMEDOUT')) throw error
  }
  return messages
}

export async function tail(given: Given): Promise<number> {
  const [folder, pattern = '>'] = given.words as [string, string?]
  const [place, limit, name] = [placeIn(given), given.count('limit', 0), given.text('name')]
  const { matcher } = await import('./message-bus-topics-pattern.ts')
  checked(given, pattern, 'pattern', () => matcher(pattern))
  mustBeBus(folder)
  const bus = new BusLog(folder)
  try {
    await mustBeThere(bus, place)
    const isLast = place === undefined && name === undefined && (limit !== undefined || !given.has('follow'))
    const source = await bus.subscribe(pattern, { name, from: place ?? 'start' }).catch(orLater)
    // print the last ones first, if that is wanted
    if (isLast) {
      const last: BusMessage[] = []
      for (let more; (more = await some(source, Infinity, 0)).length > 0;) {
        last.push(...more)
        last.splice(0, last.length - (limit ?? 10))
      }
      if (!await showAll(last, given) || !given.has('follow')) return last.length === 0 ? NOTHING : DONE
    }
    return await tell(source, given, isLast ? Infinity : limit ?? Infinity)
  } finally {
    await bus.close()
  }
}

async function tell(source: Subscription, given: Given, most: number): Promise<number> {
  const after = given.text('after')
  const waitMs = given.has('follow') ? given.ms('wait') ?? Infinity : 0
  let [count, left] = [0, most]
  while (left > 0) {
    const messages = await some(source, left, waitMs)
    if (messages.length === 0) return count === 0 || given.has('follow') ? NOTHING : DONE
    const wanted = messages.filter(({ id }) => id !== after)
    count += wanted.length
    left -= wanted.length
    if (!await showAll(wanted, given)) return DONE
    await source.commit()
  }
  return DONE
}

/** False when the reader has left. */
async function showAll(messages: readonly BusMessage[], given: Given): Promise<boolean> {
  return messages.length === 0 || await printUnlessLeft(Buffer.concat(messages.map(each => shown(each, given))))
}

/** A message as it is printed. */
export function shown(message: BusMessage & { deliveries?: number }, given: Given): Buffer {
  const { id, topic, timeMs, dueMs, deliveries, bytes } = message
  const due = dueMs > timeMs ? { dueMs } : {}
  if (given.has('json')) return Buffer.from(line({ id, topic, timeMs, ...due, deliveries, ...contentOf(bytes) }))
  const head = given.has('topic') ? [Buffer.from(`${topic}\t`)] : []
  return Buffer.concat([...head, bytes, ...bytes.at(-1) === 10 ? [] : [Buffer.of(10)]])
}
