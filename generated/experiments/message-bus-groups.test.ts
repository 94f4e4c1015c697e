// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stage } from '../patterns/lock-file.stage.ts'
import { killable, killAll } from '../patterns/spool-killed.stage.ts'
import type { Consumer } from './message-bus-groups-consumer.ts'
import { FileBus } from './message-bus-groups.ts'
import { GroupState, type Command } from './message-bus-groups-state.ts'
import type { FileBusOptions } from './message-bus-topics.ts'
import type { Delivery } from './message-bus-topics-interface.ts'

const root = fs.mkdtempSync(`${tmpdir()}/message-bus-groups-test-`)
const { start, clear } = stage('experiments/message-bus-groups')
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })
const opened: FileBus[] = []
const busIn = (options?: FileBusOptions) => {
  opened.push(new FileBus(folder, options))
  return opened.at(-1)!
}
test.after.each(async () => { for (const bus of opened.splice(0)) await bus.close() })
test.after(() => { fs.rmSync(root, { recursive: true }); clear() })
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'fine', error => error.code ?? error.name)
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

test('BOOK-6 whatever lines stand in a journal, a message has one state, and one that is done is done', () => {
  const member = fc.constantFrom('ann', 'bob')
  const offset = fc.nat({ max: 9 })
  const offsets = fc.array(offset, { maxLength: 3 })
  const line = fc.oneof(
    fc.record({ do: fc.constant('take'), member, from: offset, size: fc.nat({ max: 3 }) }),
    fc.record({ do: fc.constantFrom('again', 'done'), member, offsets }),
    fc.record({ do: fc.constant('back'), member, offset, dueMs: fc.constant(0) }),
    fc.record({ do: fc.constant('reject'), member, offset, why: fc.constant('') }),
    fc.record({ do: fc.constant('gone'), member }),
    fc.record({ do: fc.constantFrom('revive', 'discard'), offsets }))
  fc.assert(fc.property(fc.array(line, { maxLength: 60 }), lines => {
    const state = new GroupState(0, 2)
    const done = new Set<number>()
    for (const line of lines as (Command & { size: number })[]) {
      const command = line.do !== 'take' ? line : { ...line, to: line.from + line.size, later: [],
        offsets: Array.from({ length: line.size }, (_, i) => line.from + i) }
      const ends = command.do === 'done' ? command.offsets.filter(each => state.held.get(each)?.member === command.member) : []
      const discards = command.do === 'discard' ? command.offsets.filter(each => state.dead.has(each)) : []
      state.apply(command)
      for (const each of [...ends, ...discards]) done.add(each)
      const everything = [...done, ...state.waiting.keys(), ...state.held.keys(), ...state.dead.keys()]
      assert.equal(everything.sort((a, b) => a - b), Array.from({ length: state.cursor }, (_, i) => i))
      for (const { deliveries } of [...state.held.values(), ...state.waiting.values()]) assert.ok(deliveries <= 2)
      assert.equal(GroupState.from(JSON.parse(JSON.stringify(state)), 2), state)
    }
  }))
})

interface Item { text: string, deliveries: number, isBack: boolean }
interface Model { published: number, waiting: Item[], held: Item[][], dead: string[] }
interface Actor { consumer: Consumer, descriptors: Set<number>, given: Delivery[] }
interface Real { bus: FileBus, actors: Actor[] }
const MAX = 3
function arrive(bus: FileBus): Actor {
  const run = killable(() => bus.enter('group', { pattern: 'a.*', prefetch: 1, deliveriesMax: MAX }))
  return { consumer: run.result!, descriptors: run.descriptors, given: [] }
}
function giveBack(model: Model, items: Item[]): void {
  for (const item of items) {
    if (item.deliveries >= MAX) model.dead.push(item.text)
    else model.waiting.push({ ...item, isBack: true })
  }
}
type Act = (model: Model, real: Real, who: number) => void
/** Does it, and notes what it has opened and closed. */
function doing<T>({ descriptors }: Actor, action: () => T): T {
  const run = killable(action)
  for (const fd of run.descriptors) descriptors.add(fd)
  for (const fd of descriptors) if (!fs.existsSync(`/proc/self/fd/${fd}`)) descriptors.delete(fd)
  return run.result!
}

const acts: Record<string, Act> = {
  publish(model, { bus }) {
    void bus.publish('b.x', 'not for the group')
    void bus.publish('a.x', `${model.published}`)
    model.waiting.push({ text: `${model.published++}`, deliveries: 0, isBack: false })
  },
  take(model, { actors }, who) {
    const actor = actors[who]!
    const got = doing(actor, () => actor.consumer.tryTake())
    const order = [...model.waiting].sort((a, b) => Number(b.isBack) - Number(a.isBack) || Number(a.text) - Number(b.text))
    assert.equal(got && [got.text(), got.deliveries], order[0] && [order[0].text, order[0].deliveries + 1])
    if (got === undefined) return
    model.waiting.splice(model.waiting.indexOf(order[0]!), 1)
    model.held[who]!.push({ ...order[0]!, deliveries: got.deliveries })
    actor.given.push(got)
  },
  ack(model, { actors }, who) {
    if (model.held[who]!.length === 0) return
    doing(actors[who]!, () => actors[who]!.consumer.done([actors[who]!.given.shift()!]))
    model.held[who]!.shift()
  },

  nack(model, { actors }, who) {
    if (model.held[who]!.length === 0) return
    doing(actors[who]!, () => actors[who]!.consumer.giveBack(actors[who]!.given.shift()!, 0))
    giveBack(model, model.held[who]!.splice(0, 1))
  },
  die(model, { bus, actors }, who) {
    killAll(actors[who]!.descriptors)
    actors[who] = arrive(bus)   // and finds the dead one
    giveBack(model, model.held[who]!.splice(0))
  },
  leave(model, { bus, actors }, who) {
    void actors[who]!.consumer.close()
    actors[who] = arrive(bus)
    giveBack(model, model.held[who]!.splice(0))
  },
}
class Step implements fc.Command<Model, Real> {
  readonly #what: string
  readonly #who: number
  constructor(what: string, who: number) { [this.#what, this.#who] = [what, who] }
  check(): boolean { return true }
  run(model: Model, real: Real): void {
    acts[this.#what]!(model, real, this.#who)
    const group = real.bus.group('group')
    const { waiting, held, dead } = group.status()
    const texts = group.deadLetters().map(({ message }) => message.text()).sort()
    group.close()
    assert.equal([held, dead, texts], [model.held.flat().length, model.dead.length, [...model.dead].sort()])
    assert.ok(waiting <= model.waiting.length)
  }
  toString(): string { return `${this.#what}(${this.#who})` }
}

test('BOOK-6 three consumers that live and die give out what a plain list would', async () => {
  const what = ['publish', 'publish', 'take', 'take', 'ack', 'nack', 'die', 'leave']
  const commands = what.map(each => fc.nat({ max: 2 }).map(who => new Step(each, who)))
  const buses: FileBus[] = []
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 40 }), program => {
    const bus = new FileBus(`${folder}-${count++}`)
    buses.push(bus)
    const actors = [0, 1, 2].map(() => arrive(bus))
    fc.modelRun(() => ({ real: { bus, actors }, model: { published: 0, waiting: [], held: [[], [], []], dead: [] } }), program)
    for (const { consumer } of actors) void consumer.close()
  }), { numRuns: Number(process.env['FCS_RUNS'] ?? 15) })
  for (const bus of buses) await codeOf(bus.close())
})

test('BOOK-6 a consumer may die before any of its calls: nothing is lost, and nothing done comes again', async () => {
  for (let step = 0, isOver = false; !isOver; step += 1) {
    const bus = new FileBus(`${root}/${count++}`)
    const texts = Array.from({ length: 5 }, (_, i) => `${i}`)
    await bus.publishMany('a', texts)
    bus.enter('group', { pattern: 'a', deliveriesMax: 9 })
    const done = new Set<string>()
    const { died, descriptors } = killable(() => {
      const consumer = bus.enter('group', { prefetch: 2 })
      for (let i = 0; i < 4; i++) {
        const delivery = consumer.tryTake()!
        if (i === 1) consumer.giveBack(delivery, 0)
        else consumer.done([delivery])
        if (i !== 1) done.add(delivery.text())
      }
    }, step)
    killAll(descriptors)
    isOver = !died
    const next = bus.enter('group')
    const rest: string[] = []
    for (let delivery; (delivery = next.tryTake()) !== undefined; next.done([delivery])) rest.push(delivery.text())
    const expected = texts.filter(text => !done.has(text))
    const isDoneUnheard = rest.length === expected.length - 1   // killed between the line and its return
    assert.ok(isDoneUnheard || rest.sort().join() === expected.join(), `step ${step}: ${rest} and not ${expected}`)
    assert.is(new Set(rest).size, rest.length)
    await codeOf(bus.close())
    assert.ok(step < 1000)
  }
})

test('BOOK-6 a killed consumer\'s messages wake who waits, at once; those of a stopped one stay its own', async () => {
  const bus = busIn()
  const [bob] = [start(`const bus = new m.FileBus('${folder}')
    const bob = await bus.join('packers', { pattern: 'orders.>', prefetch: 2 })
    say('ready')
    await bob.take()
    await bob.take()
    say('has two')
    await hear()`)]
  await bob.hear()
  for (const text of ['1', '2']) await bus.publish('orders.new', text)
  await bob.hear()
  await bus.publish('orders.new', '3')   // before, he might have fetched it with the second
  const carol = await bus.join('packers')
  const first = await carol.take({ timeoutMs: 5000 })
  assert.is(first.text(), '3')
  await first.ack()
  bob.child.kill('SIGSTOP')
  assert.is(await codeOf(carol.take({ timeoutMs: 100 })), 'ETIMEDOUT')
  const waiting = carol.take({ timeoutMs: 10_000 })
  await sleep(50)
  const begin = performance.now()
  await bob.kill()
  const again = await waiting
  assert.equal([again.text(), again.deliveries], ['1', 2])
  assert.ok(performance.now() - begin < 2000)
  assert.is((await carol.take({ timeoutMs: 5000 })).text(), '2')
})

test('BOOK-6 a message that always fails becomes a dead letter, and may be revived or discarded', async () => {
  const bus = busIn()
  const bob = bus.enter('packers', { pattern: '>', deliveriesMax: 3 })
  await bus.publish('a', 'poison')
  const bad = await bus.publish('a', 'unreadable')
  await bus.publish('a', 'fine')
  await bob.tryTake()!.nack()
  const unreadable = bob.tryTake()!
  await unreadable.reject('no JSON')
  assert.is(await codeOf(unreadable.ack()), 'EINVAL')
  await bob.tryTake()!.ack()
  for (let i = 2; i <= 3; i++) {
    const again = bob.tryTake()!
    assert.equal([again.text(), again.deliveries], ['poison', i])
    await again.nack()
  }
  assert.is(bob.tryTake(), undefined)
  const group = bus.group('packers')
  const letters = group.deadLetters().map(({ message, deliveries, why }) => [message.text(), deliveries, why])
  assert.equal(letters, [['unreadable', 1, 'no JSON'], ['poison', 3, 'it was given back']])
  group.discard([bad])
  group.revive(group.deadLetters().map(({ message }) => message.id))
  const revived = bob.tryTake()!
  assert.equal([revived.text(), revived.deliveries], ['poison', 1])
  await revived.ack()
  assert.is(bob.tryTake(), undefined)
  const { waiting, held, dead, behindBytes } = group.status()
  assert.equal([waiting, held, dead, behindBytes], [0, 0, 0, 0])
  group.close()
})

test('BOOK-6 a delayed message comes when it is due, and wakes who waits', async () => {
  const bus = busIn()
  const bob = await bus.join('packers', { pattern: '>' })
  const begin = Date.now()
  await bus.publish('a', 'later', { delayMs: 150 })
  await bus.publish('a', 'now')
  const first = await bob.take({ timeoutMs: 5000 })
  assert.is(first.text(), 'now')
  await first.nack({ delayMs: 300 })
  const second = await bob.take({ timeoutMs: 5000 })
  assert.equal([second.text(), second.deliveries, Date.now() - begin >= 150], ['later', 1, true])
  const third = await bob.take({ timeoutMs: 5000 })
  assert.equal([third.text(), third.deliveries, Date.now() - begin >= 300], ['now', 2, true])
})

test('BOOK-6 retention and publishers wait for a group, and no longer when it has ended', async () => {
  const bus = busIn({ segmentBytes: 10_000, backlogBytesMax: 262_144 })
  const bob = bus.enter('packers', { pattern: 'a' })
  const text = 'x'.repeat(5000)
  let published = 0
  while (await codeOf(bus.publish('a', text, { timeoutMs: 10 })) === 'fine') published++
  assert.ok(published > 45 && published < 60, String(published))
  assert.is(bus.prune(), 0)
  for (let i = 0; i < published; i++) bob.done([bob.tryTake()!])
  assert.is(bob.tryTake(), undefined)
  assert.ok(bus.prune() > 20)
  while (await codeOf(bus.publish('a', text, { timeoutMs: 10 })) === 'fine') published++
  await bob.close()
  bus.endGroup('packers')
  await bus.publish('a', text, { timeoutMs: 10 })
  assert.equal(bus.groups(), [])
})

test('the journal is shortened, and who comes new or was away goes on with a checkpoint', async () => {
  const bus = busIn()
  const [slow, quick] = [bus.enter('packers', { pattern: '>', prefetch: 1 }), bus.enter('packers', { prefetch: 1 })]
  await bus.publish('a', 'first')
  const held = slow.tryTake()!
  const journal = () => fs.readdirSync(`${folder}/groups/packers/journal/segments`)
  for (let i = 0; journal()[0]!.endsWith('001'); i++) {
    await bus.publish('a', `${i}`.padEnd(50))
    const delivery = quick.tryTake()!
    if (i % 2 === 0) quick.giveBack(delivery, 3_600_000)
    else quick.done([delivery])
    assert.ok(i < 20_000)
  }
  const status = bus.group('packers').status()
  assert.equal([status.held, status.waiting > 1000], [1, true])
  slow.giveBack(held, 0)
  assert.is(slow.tryTake()!.text(), 'first')
})

test('a group is what its first member said, and bad wishes are refused', async () => {
  const bus = busIn()
  await bus.publish('a', '1')
  assert.is(await codeOf(bus.join('x/y', { pattern: 'a' })), 'EINVAL')
  assert.is(await codeOf(bus.join('packers')), 'ENOENT')
  assert.is(await codeOf(bus.join('packers', { pattern: 'a..' })), 'EINVAL')
  assert.is(await codeOf(bus.join('packers', { pattern: 'a', deliveriesMax: 0 })), 'RangeError')
  const bob = await bus.join('packers', { pattern: 'a' })
  assert.is(await codeOf(bus.join('packers', { pattern: 'b' })), 'EINVAL')
  assert.is((await bob.take()).text(), '1')
  const late = await bus.join('late', { pattern: 'a', from: 'end' })
  assert.is(await codeOf(late.take({ timeoutMs: 0 })), 'ETIMEDOUT')
  const waiting = codeOf(late.take())
  await late.close()
  assert.is(await waiting, 'EBADF')
})

test('BOOK-6 with publishers and consumers killed at any moment, all that was acknowledged is given, and none after its acknowledgement', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 10)
  const bus = busIn({ retain: {}, segmentBytes: 100_000 })
  bus.enter('packers', { pattern: 'orders.>', deliveriesMax: 1e9 })
  let born = 0
  const publisher = () => start(`const bus = new m.FileBus('${folder}', { retain: {} })
    for (let i = 0; ; i++) {
      const text = '${born++}.' + i
      const topic = 'orders.' + (i % 2 ? 'eu' : 'us')
      await bus.publish(topic, text + ' '.repeat(Math.random() < 0.1 ? 20_000 : 10), { delayMs: i % 5 === 4 ? 20 : 0 })
      fs.appendFileSync('${folder}/published', text + '\\n')
      if (i === 0) say('at work')
      if (i % 4 === 3) await sleep(2)
    }`)
  const consumer = () => start(`const bob = new m.FileBus('${folder}', { retain: {} }).enter('packers')
    say('at work')
    for await (const delivery of bob) {
      const text = delivery.text().trim()
      fs.appendFileSync('${folder}/events', 'given ' + text + '\\n')
      if (Math.random() < 0.1) { await delivery.nack({ delayMs: 5 }); continue }
      await delivery.ack()
      fs.appendFileSync('${folder}/events', 'done ' + text + '\\n')
    }`)
  const makers = [publisher, consumer, consumer]
  const living = makers.map(make => make())
  for (let i = 0; i < kills; i++) {
    const who = i % 3
    await living[who]!.hear()
    await sleep(Math.random() * 30)
    await living[who]!.kill()
    living[who] = makers[who]!()
  }
  await Promise.all(living.map(each => each.kill()))
  // take the rest, and judge the notes
  const last = bus.enter('packers')
  const rest = new Set<string>()
  for (;;) {
    const delivery = await last.take({ timeoutMs: 300 }).catch(() => undefined)
    if (delivery === undefined) break
    rest.add(delivery.text().trim())
    await delivery.ack()
  }
  const notes = (name: string) => fs.existsSync(`${folder}/${name}`) ? fs.readFileSync(`${folder}/${name}`, 'utf8').trim().split('\n') : []
  const done = new Set<string>()
  const given = new Set<string>(rest)
  for (const note of notes('events')) {
    const [what, text] = note.split(' ') as [string, string]
    if (what === 'done') done.add(text)
    else assert.not(done.has(text), `${text} was given after it was done`)
    given.add(text)
  }
  assert.equal([...rest].filter(text => done.has(text)), [])
  assert.equal(notes('published').filter(text => !given.has(text)), [], 'published and never given')
  const group = bus.group('packers')
  const { waiting, held, dead } = group.status()
  group.close()
  assert.equal([waiting, held, dead], [0, 0, 0])
})

test.run()
