// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { stage } from './lock-file.stage.ts'
import { Topic, type TopicOptions } from './publish-subscribe.ts'
import type { Subscriber } from './publish-subscribe-subscriber.ts'
import { killable, killAll } from './spool-killed.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/publish-subscribe-test-`)
const { start, clear } = stage('patterns/publish-subscribe')
test.after(() => { fs.rmSync(root, { recursive: true }); clear() })
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })
const topicIn = (options?: TopicOptions) => new Topic(folder, { segmentBytes: 100, ...options })
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))
const texts = (topic: Topic, from: Parameters<Topic['messages']>[0] = 'start') => [...topic.messages(from)].map(({ bytes }) => String(bytes))
function drain(subscriber: Subscriber): string[] {
  const seen: string[] = []
  for (let message; (message = subscriber.tryNext()) !== undefined;) seen.push(String(message.bytes))
  return seen
}
const segments = () => fs.readdirSync(`${folder}/segments`).sort()
const lastSegment = () => `${folder}/segments/${segments().at(-1)}`

test('BOOK-4 each subscriber sees all messages of all publishers, once, in one order', () => {
  const [ann, bob] = [topicIn(), topicIn()]
  const [one, two] = [ann.subscribe(), bob.subscribe()]
  const offsets = [ann.publish('0'), bob.publish('1'), ...ann.publishMany(numbers(2, 40))]
  const early = drain(one)
  for (const text of numbers(40, 60)) offsets.push((Number(text) % 2 ? ann : bob).publish(text))
  assert.equal(offsets, [...offsets].sort((a, b) => a - b))
  assert.equal([...early, ...drain(one)], numbers(0, 60))
  assert.equal(drain(two), numbers(0, 60))
  assert.equal([...ann.messages()].map(({ offset }) => offset), offsets)
  assert.ok(segments().length >= 15, String(segments().length))
  const long = 'x'.repeat(100)
  ann.publish(long)
  assert.equal([drain(one), drain(two)], [[long], [long]])
})


test('BOOK-4 half a message of a killed publisher is passed over, before others and at the end', () => {
  const topic = topicIn({ segmentBytes: 1000 })
  const reader = topic.subscribe()
  for (const keep of [5, 20, 30]) {
    topic.publish('before')
    const size = fs.statSync(lastSegment()).size
    topic.publish('never finished')
    fs.truncateSync(lastSegment(), size + keep)
    assert.equal(drain(reader).filter(text => text !== 'never finished'), ['before'])
    topic.publish('after')
    assert.equal(drain(reader), ['after'])
  }
  fs.appendFileSync(lastSegment(), fs.readFileSync(lastSegment()).subarray(0, 27))
  for (const text of numbers(0, 60)) topic.publish(text)
  assert.equal(drain(reader), numbers(0, 60), 'and across the line')
})

test('BOOK-4 half a long message hides none of the long ones behind it', () => {
  const topic = topicIn({ segmentBytes: 2_000_000 })
  const long = (letter: string) => letter.repeat(300_000)
  topic.publish(long('t'))
  fs.truncateSync(lastSegment(), 280_000)
  const news = [...['a', 'b', 'c'].map(long), 'd']
  topic.publishMany(news)
  assert.equal(texts(topic).map(text => text[0]), ['a', 'b', 'c', 'd'])
})

test('BOOK-4 a named subscriber goes on where it committed, and its name is one process\'s until it dies', async () => {
  const topic = topicIn()
  const actor = start(`const bob = new m.Topic('${folder}').subscribe({ name: 'bob' })
    say('ready')
    for await (const { bytes } of bob) say(String(bytes))`)
  await actor.hear()
  topic.publishMany(['1', '2', '3'])
  assert.equal([await actor.hear(), await actor.hear(), await actor.hear()], ['1', '2', '3'])
  assert.throws(() => topic.subscribe({ name: 'bob' }), /^EAGAIN/)
  assert.equal(topic.subscribers().map(({ name, lives }) => [name, lives]), [['bob', true]])
  while (topic.subscribers()[0]!.behind > 0) await new Promise(setImmediate)   // the third is committed
  await actor.kill()
  topic.publish('4')
  assert.ok(topic.subscribers()[0]!.behind > 0 && !topic.subscribers()[0]!.lives)
  const bob = topic.subscribe({ name: 'bob', from: 'start' })
  assert.equal(drain(bob), ['4'])
  bob.close()
  const again = topic.subscribe({ name: 'bob' })
  assert.equal(drain(again), ['4'], 'it was not committed')
  again.commit()
  again.close()
  assert.equal(drain(topic.subscribe({ name: 'bob' })), [])
  topic.forget('bob')
  assert.equal(topic.subscribers(), [])
})

test('replay begins at an offset, a time, the start or the end', async () => {
  const topic = topicIn()
  const offsets = topic.publishMany(numbers(0, 10))
  while (Date.now() <= [...topic.messages()].at(-1)!.timeMs) await new Promise(setImmediate)
  const time = Date.now()
  topic.publishMany(numbers(10, 20))
  assert.equal(texts(topic, { timeMs: time }), numbers(10, 20))
  assert.equal(texts(topic, offsets[4]!), numbers(4, 20))
  assert.equal(texts(topic, offsets[4]! + 1), numbers(5, 20), 'no message begins there')
  assert.equal([texts(topic, 0), texts(topic, 'end')], [numbers(0, 20), []])
  assert.equal(texts(topic, { timeMs: Date.now() + 5000 }), [])
})

test('BOOK-4 retention keeps what is asked for, waits for whom is asked for, and says what was missed', () => {
  const topic = topicIn()
  const [all, living] = [topic.subscribe({ name: 'all' }), topic.subscribe({ name: 'living' })]
  const slow = topic.subscribe()
  const offsets = topic.publishMany(numbers(0, 40))
  all.close()
  drain(living)
  living.commit()
  assert.is(topic.prune({ count: 10, readBy: 'all' }), 0)
  assert.is(topic.prune({ ageMs: 60_000 }), 0)
  assert.is(topic.prune({ bytes: 100_000 }), 0)
  assert.ok(topic.prune({ count: 30, readBy: 'living' }) > 0)
  assert.ok(texts(topic).length >= 30 && texts(topic).length < 34, String(texts(topic).length))
  topic.prune({ bytes: 500 })
  assert.ok(texts(topic).length >= 20 && texts(topic).length < 28, String(texts(topic).length))
  topic.prune({})
  assert.is(segments().length, 1, 'the last one is never removed')
  const kept = texts(topic)
  assert.equal(drain(slow), kept)
  assert.ok(slow.missed > 500 && slow.missed <= offsets.at(-1)! - offsets[0]!)
  assert.equal(drain(topic.subscribe({ name: 'all' })), kept)
  const small = topicIn({ retain: { count: 20 } })
  small.publishMany(numbers(40, 200))
  small.publish('200')
  assert.ok(texts(small).length < 30)
})

test('BOOK-4 who was stopped before creating a segment does not publish into the past', () => {
  const [ann, bob] = [topicIn(), topicIn()]
  const reader = bob.subscribe()
  ann.publishMany(numbers(0, 4))   // full: the next one needs a new segment
  let isDone = false
  const stop = tap((syscall, args, proceed) => {
    const isCreating = syscall === 'open' && ((args[1] as number) & fs.constants.O_CREAT) !== 0
    if (isCreating && !isDone) {
      isDone = true
      bob.publishMany(numbers(4, 40))
      assert.equal(drain(reader), numbers(0, 40))
      bob.prune({})
    }
    return proceed()
  })
  ann.publish('40')
  stop()
  assert.equal([isDone, drain(reader)], [true, ['40']])
  ann.publishMany(numbers(41, 60))
  assert.equal(drain(reader), numbers(41, 60))
})


test('waiting ends with a message, a time-out, a signal, or close; iteration commits what it has given', async () => {
  const topic = topicIn()
  const bob = topic.subscribe({ name: 'bob' })
  const code = (promise: Promise<unknown>) => promise.then(() => 'resolved',
    error => typeof error.code === 'string' ? error.code : error.name)
  assert.is(await code(bob.next({ timeoutMs: 5 })), 'ETIMEDOUT')
  assert.is(await code(bob.next({ signal: AbortSignal.timeout(5) })), 'TimeoutError')
  setTimeout(() => topic.publishMany(['1', '2', '3']), 20)
  const seen: string[] = []
  for await (const { bytes } of bob) {
    seen.push(String(bytes))
    if (bytes[0] === 51) break
  }
  assert.equal(seen, ['1', '2', '3'])
  setTimeout(() => bob.close(), 5)
  assert.is(await code(bob.next({ timeoutMs: 5000 })), 'EBADF')
  for await (const message of bob) assert.unreachable(String(message.offset))
  assert.equal(drain(topic.subscribe({ name: 'bob' })), ['3'], 'the last one was given and not asked to be committed')
})

test('errors are the kernel\'s, and what could not be published whole is not published', () => {
  assert.throws(() => new Topic(`${folder}/none/topic`), /^ENOENT/)
  assert.throws(() => topicIn({ durability: 'Disk' as 'disk' }), /durability/)
  const topic = topicIn({ segmentBytes: 1000 })
  assert.throws(() => topic.publish('x'.repeat(1001)), /^EMSGSIZE/)
  assert.throws(() => topic.subscribe({ name: '../bob' }), /^EINVAL/)
  let room = 50
  const stop = tap((syscall, args, proceed) => {
    if (syscall !== 'write') return proceed()
    const taken = Math.min(room, (args[1] as Uint8Array).length)
    room -= taken
    return taken === 0 ? -28 : fs.writeSync(args[0] as number, args[1] as Uint8Array, 0, taken)
  })
  assert.throws(() => topic.publishMany(['1', '2', '3']), (error: { code: string, offsets: number[] }) =>
    error.code === 'ENOSPC' && error.offsets.length === 2)
  stop()
  topic.publish('4')
  assert.equal(texts(topic), ['1', '2', '4'])
  topic.close()
  assert.throws(() => topic.publish('5'), /^EBADF/)
  fs.writeFileSync(`${folder}/topic`, 'by hand')
  assert.throws(() => topicIn(), /^EBADMSG/)
})

test('what is asked to be durable is synced before publish returns', () => {
  const order: string[] = []
  for (const durability of ['os', 'disk', 'disk and folder'] as const) {
    folder += 'x'
    const topic = topicIn({ durability, segmentBytes: 30 })
    const stop = tap((syscall, _args, proceed) => {
      if (/sync$|^write$/.test(syscall)) order.push(syscall)
      return proceed()
    })
    topic.publish('message')
    stop()
    order.push('|')
  }
  assert.is(order.join(' '), 'write | write fdatasync | fsync write fdatasync |')
})

interface Model { all: string[], seen: number[], committed: number[] }
interface Real { topic: Topic, readers: { subscriber: Subscriber, descriptors: Set<number> }[] }
function arrive(topic: Topic, who: number): Real['readers'][number] {
  const { result, descriptors } = killable(() => topic.subscribe({ name: `${who}`, from: 'start' }))
  return { subscriber: result!, descriptors }
}
type Act = (model: Model, real: Real, who: number) => void
const acts: Record<string, Act> = {
  publish(model, { topic }, who) {
    const news = numbers(model.all.length, model.all.length + who + 1)
    topic.publishMany(news)
    model.all.push(...news)
  },
  tear(_model, { topic }, who) {
    const { size } = fs.statSync(lastIn(topic))
    topic.publish('torn')
    if (fs.existsSync(lastIn(topic))) fs.truncateSync(lastIn(topic), Math.min(fs.statSync(lastIn(topic)).size - 1, size + 7 * who))
  },
  next(model, { readers }, who) {
    const { subscriber, descriptors } = readers[who]!
    const run = killable(() => subscriber.tryNext())
    for (const fd of run.descriptors) descriptors.add(fd)
    assert.is(run.result && String(run.result.bytes), model.all[model.seen[who]!])
    if (run.result !== undefined) model.seen[who]!++
  },

  commit(model, { readers }, who) {
    readers[who]!.subscriber.commit()
    model.committed[who] = model.seen[who]!
  },
  die(model, { topic, readers }, who) {
    killAll(readers[who]!.descriptors)
    readers[who] = arrive(topic, who)
    model.seen[who] = model.committed[who]!
  },
  prune(_model, { topic }) {
    topic.prune({ readBy: 'all' })
  },
}
const lastIn = ({ folder }: Topic) => `${folder}/segments/${fs.readdirSync(`${folder}/segments`).sort().at(-1)}`

class Step implements fc.Command<Model, Real> {
  readonly #what: string
  readonly #who: number
  constructor(what: string, who: number) { [this.#what, this.#who] = [what, who] }
  check(): boolean { return true }
  run(model: Model, real: Real): void { acts[this.#what]!(model, real, this.#who) }
  toString(): string { return `${this.#what}(${this.#who})` }
}

test('BOOK-4 it behaves as an array and a number for each reader would', () => {
  const what = ['publish', 'publish', 'tear', 'next', 'next', 'next', 'commit', 'die', 'prune']
  const commands = what.map(each => fc.nat({ max: 2 }).map(who => new Step(each, who)))
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 60 }), program => {
    const topic = new Topic(`${folder}-${count++}`, { segmentBytes: 90 })
    topic.publish('0')
    const real = { topic, readers: [0, 1, 2].map(who => arrive(topic, who)) }
    try {
      fc.modelRun(() => ({ real, model: { all: ['0'], seen: [0, 0, 0], committed: [0, 0, 0] } }), program)
    } finally {
      for (const { subscriber } of real.readers) subscriber.close()
    }
  }), { numRuns: Number(process.env['FCS_RUNS'] ?? 60) })
})

test('BOOK-4 a death before any call of publishing or pruning keeps the order and loses nothing', () => {
  for (let step = 0, isOver = false; !isOver; step++) {
    folder = `${root}/${count++}`
    const certain: string[] = []
    const { died, descriptors } = killable(() => {
      const topic = topicIn()
      for (const text of numbers(0, 12)) { topic.publish(text); certain.push(text) }
      topic.subscribe({ name: 'bob', from: 'start' }).commit()
      topic.prune({ count: 100 })
    }, step)
    killAll(descriptors)
    isOver = !died
    const topic = topicIn()
    topic.publish('last')
    const found = texts(topic)
    assert.equal(found.slice(0, certain.length), certain, `step ${step}`)
    assert.is(found.at(-1), 'last')
    assert.ok(found.length - certain.length <= 2, 'at most one whose publisher did not hear of it')
    topic.close()
    assert.ok(step < 500)
  }
})

test('BOOK-4 with publishers killed at any moment, what was acknowledged is read once and in order, by all', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 8)
  const topic = topicIn({ segmentBytes: 2_000_000 })
  let born = 0
  const begin = () => start(`const topic = new m.Topic('${folder}', { retain: { readBy: 'all' } })
    const who = ${born++}   // not its process's number, which another may have later
    for (let i = 0; ; i++) {
      topic.publish(who + ' ' + i + ' ' + 'x'.repeat(Math.random() < 0.7 ? 10 : 300_000))
      fs.appendFileSync('${folder}/acks', who + ' ' + i + '\\n')
      if (i === 0) say('published')
      if (i % 4 === 3) await sleep(2)
    }`)
  const [reader, next] = [topic.subscribe({ name: 'early' }), new Map<string, number>()]
  const [living, seen] = [[begin(), begin()], [] as string[]]
  const look = () => {
    for (const text of drain(reader)) {
      const [who, i] = text.split(' ') as [string, string]
      assert.is(Number(i), next.get(who) ?? 0, 'in the order of its publisher, and once')
      next.set(who, Number(i) + 1)
      seen.push(`${who} ${i}`)
    }
    reader.commit()
  }
  // kill publishers while reading
  for (let i = 0; i <= kills; i++) {
    const one = living[i % 2]!
    await one.hear()
    look()
    if (Math.random() < 0.5) await new Promise(resolve => setTimeout(resolve, Math.random() * 20))
    await one.kill()
    if (i < kills - 1) living[i % 2] = begin()
  }
  look()
  const acks = fs.readFileSync(`${folder}/acks`, 'utf8').trim().split('\n')
  const has = new Set(seen)
  assert.equal(acks.filter(ack => !has.has(ack)), [])
  const kept = texts(topic).map(text => text.split(' ').slice(0, 2).join(' '))
  assert.equal(kept, seen.slice(seen.length - kept.length))
})

test.run()
