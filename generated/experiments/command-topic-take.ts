// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'
import { memfd } from '../primitives/memfd-new.ts'
import { runChild } from './command-lock-child.ts'
import { checked, mustBeBus, mustBeThere, placeIn, shown } from './command-topic-read.ts'
import { DONE, FAILED, NOTHING, print, SIGNALLED, type Given } from './message-bus-command-table.ts'
import type { Consumer } from './message-bus-groups-consumer.ts'
import { FileBus } from './message-bus-groups.ts'
import type { Delivery } from './message-bus-topics-interface.ts'
import { matcher } from './message-bus-topics-pattern.ts'

export async function take(given: Given): Promise<number> {
  const waitMs = given.ms('wait') ?? 0
  const [retryMs, reject] = [given.ms('retry') ?? 0, given.count('reject', 1, 255)]
  let left = given.count('limit') ?? (given.has('repeat') ? Infinity : 1)
  const leaving = whenSignalled()
  const bus = await open(given)
  try {
    const consumer = enter(bus, given)
    for (let status = NOTHING; ;) {
      const delivery = await next(consumer, waitMs, leaving)
      if (delivery === undefined) return leaving.aborted ? Number(leaving.reason) : status
      const isDone = await hand(delivery, consumer, given, { retryMs, reject })
      if (!isDone) status = FAILED
      else if (status === NOTHING) status = DONE
      if (--left === 0) return status
      if (leaving.aborted) return Number(leaving.reason)
    }
  } finally {
    await bus.close()
  }
}

/** Aborted, with the status to end with, when we are told to end. */
function whenSignalled(): AbortSignal {
  const leaving = new AbortController()
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.once(signal, (_: NodeJS.Signals, number: number) => leaving.abort(SIGNALLED + number))
  }
  return leaving.signal
}

async function next(consumer: Consumer, waitMs: number, signal: AbortSignal): Promise<Delivery | undefined> {
  if (waitMs === 0) return consumer.tryTake()
  try {
    return await consumer.take({ timeoutMs: waitMs, signal })
  } catch (error) {
    if (signal.aborted || (error instanceof SystemError && error.code === 'ETIMEDOUT')) return undefined
    throw error
  }
}

async function open(given: Given): Promise<FileBus> {
  const [folder, , pattern] = given.words as [string, string, string?]
  if (pattern !== undefined) checked(given, pattern, 'pattern', () => matcher(pattern))
  const first = ['from', 'since', 'deliveries'].find(option => given.has(option))
  if (first !== undefined && pattern === undefined) throw given.usage(`--${first} is for a new group, which needs its PATTERN`)
  mustBeBus(folder)
  const bus = new FileBus(folder)
  await mustBeThere(bus, placeIn(given))
  return bus
}

function enter(bus: FileBus, given: Given): Consumer {
  const [, group, pattern] = given.words as [string, string, string?]
  const from = placeIn(given) ?? 'start'
  const deliveriesMax = given.count('deliveries')
  return bus.enter(group, { pattern, from, deliveriesMax, prefetch: 1 })
}

interface Wishes { retryMs: number, reject: number | undefined }

/** Gives a message to the standard output or to the command, and says to the group how it ended; true: well. */
async function hand(delivery: Delivery, consumer: Consumer, given: Given, { retryMs, reject }: Wishes): Promise<boolean> {
  const { command } = given
  if (command === undefined) await print(shown(delivery, given))
  const status = command === undefined ? DONE : await execute(command, delivery, consumer)
  if (status === DONE) await delivery.ack()
  else if (status === reject) await delivery.reject(`${command![0]} ended with ${status}`)
  else await delivery.nack({ delayMs: retryMs })
  if (status === DONE) return true
  await print(`fcs: ${command![0]} ended with ${status}; that was delivery ${delivery.deliveries} of ${delivery.id}\n`, 2)
  return false
}

async function execute(command: string[], { id, topic, deliveries, bytes }: Delivery, consumer: Consumer): Promise<number> {
  const input = memfd('message')
  try {
    input.writeAll(bytes, 0)
    const env = { FCS_MESSAGE: id, FCS_TOPIC: topic, FCS_DELIVERIES: String(deliveries) }
    return await runChild(command, { input: input.fd, env, descriptors: consumer.descriptors })
  } finally {
    input.close()
  }
}
