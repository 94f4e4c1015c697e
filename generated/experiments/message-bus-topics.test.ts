// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stage } from '../patterns/lock-file.stage.ts'
import { BusLog, type FileBusOptions } from './message-bus-topics.ts'
import type { Subscription } from './message-bus-topics-interface.ts'
import { matcher } from './message-bus-topics-pattern.ts'

const root = fs.mkdtempSync(`${tmpdir()}/message-bus-topics-test-`)
const { start, clear } = stage('experiments/message-bus-topics')
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })
const opened: BusLog[] = []
const busIn = (options?: FileBusOptions) => {
  opened.push(new BusLog(folder, options))
  return opened.at(-1)!
}
test.after.each(async () => { for (const bus of opened.splice(0)) await bus.close() })
test.after(() => { fs.rmSync(root, { recursive: true }); clear() })
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'fine', error => error.code ?? error.name)
async function drain(source: Subscription): Promise<string[]> {
  const texts: string[] = []
  for (;;) {
    try {
      texts.push((await source.take({ timeoutMs: 0 })).text())
    } catch { return texts }
  }
}

test('BOOK-6 a wildcard stands for one word, and the last one for all that follow', () => {
  const matches = (pattern: string, topic: string) => matcher(pattern)(topic)
  for (const topic of ['orders.new.eu', 'orders.x.eu']) assert.ok(matches('orders.*.eu', topic))
  for (const topic of ['orders.eu', 'orders.new.old.eu', 'orders.new.us', 'xorders.new.eu']) assert.not(matches('orders.*.eu', topic))
  assert.equal(['orders', 'orders.a', 'orders.a.b'].map(topic => matches('orders.>', topic)), [false, true, true])
  assert.ok(matches('>', 'a') && matches('*.>', 'a.b') && !matches('*', 'a.b') && matches('a+b', 'a+b') && !matches('a+b', 'aab'))
  for (const bad of ['', 'a..b', 'a.>.b', 'a*.b', 'a b', '.a']) assert.throws(() => matcher(bad), /^EINVAL/)
  const word = fc.constantFrom('a', 'b')
  fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 4 }), fc.boolean(),
    fc.array(word, { minLength: 1, maxLength: 5 }), (fixed, isRest, words) => {
      const plain = (rest: string[], left: string[]): boolean => rest.length === 0
        ? isRest ? left.length > 0 : left.length === 0
        : left.length > 0 && (rest[0] === '*' || rest[0] === left[0]) && plain(rest.slice(1), left.slice(1))
      assert.is(matches([...fixed, ...isRest ? ['>'] : []].join('.'), words.join('.')), plain(fixed, words))
    }))
})

interface Model { all: { topic: string, text: string }[], seen: number[], committed: number[] }
interface Real { bus: BusLog, patterns: string[], readers: (Subscription | undefined)[] }
const PATTERNS = ['>', 'a.*', 'a.b']

class Step implements fc.AsyncCommand<Model, Real> {
  readonly #what: string
  readonly #who: number
  constructor(what: string, who: number) { [this.#what, this.#who] = [what, who] }
  check(): boolean { return true }
  async run(model: Model, { bus, patterns, readers }: Real): Promise<void> {
    const who = this.#who
    if (this.#what.startsWith('publish ')) {
      const topic = this.#what.slice(8)
      await bus.publish(topic, `${model.all.length}`)
      model.all.push({ topic, text: `${model.all.length}` })
      return
    }
    if (this.#what === 'die' && readers[who] !== undefined) {
      await readers[who].close()
      readers[who] = undefined
      model.seen[who] = model.committed[who]!
      return
    }
    // read one, and compare with the model
    const reader = readers[who] ??= await bus.subscribe(patterns[who]!, { name: `${who}`, from: 'start' })
    const isWanted = matcher(patterns[who]!)
    const next = model.all.findIndex(({ topic }, i) => i >= model.seen[who]! && isWanted(topic))
    const got = await reader.take({ timeoutMs: 0 }).then(message => message.text(), () => undefined)
    assert.is(got, model.all[next]?.text)
    model.seen[who] = next === -1 ? model.all.length : next + 1
    if (this.#what === 'commit') {
      await reader.commit()
      model.committed[who] = model.seen[who]
    }
  }
  toString(): string { return `${this.#what}(${this.#who})` }
}

test('BOOK-6 each subscriber sees what an array that is filtered by its pattern would show', async () => {
  const what = ['publish a.b', 'publish a.c', 'publish b', 'read', 'read', 'read', 'commit', 'die']
  const commands = what.map(each => fc.nat({ max: 2 }).map(who => new Step(each, who)))
  await fc.assert(fc.asyncProperty(fc.commands(commands, { maxCommands: 50 }), async program => {
    const bus = new BusLog(`${folder}-${count++}`, { segmentBytes: 200 })
    const real = { bus, patterns: PATTERNS, readers: [] }
    try {
      await fc.asyncModelRun(() => ({ real, model: { all: [], seen: [0, 0, 0], committed: [0, 0, 0] } }), program)
    } finally {
      await bus.close()
    }
  }), { numRuns: Number(process.env['FCS_RUNS'] ?? 40) })
})

test('BOOK-6 replay begins at a message, a time, the start or the end, and retention waits for the named', async () => {
  const bus = busIn({ segmentBytes: 200, retain: { count: 5 } })
  const slow = await bus.subscribe('>', { name: 'slow' })
  const ids = []
  for (let i = 0; i < 30; i++) ids.push(await bus.publish('a', `${i}`))
  const from = async (place: NonNullable<Parameters<BusLog['subscribe']>[1]>['from']) => drain(await bus.subscribe('>', { from: place }))
  assert.is((await from('start')).length, 30)
  assert.equal(await from({ id: ids[27]! }), ['27', '28', '29'])
  assert.equal([await from('end'), (await from({ timeMs: 0 })).length], [[], 30])
  assert.is(bus.prune({ count: 5 }), 0)
  await drain(slow)
  await slow.commit()
  assert.ok(bus.prune({ count: 5 }) > 0)
  assert.ok((await from('start')).length < 15)
  assert.is(await codeOf(bus.subscribe('>', { from: { id: 'x' } })), 'EINVAL')
})

test('BOOK-6 publishers wait for the slowest, and go on when it has read or is forgotten', async () => {
  const bus = busIn({ backlogBytesMax: 300_000 })
  const slow = await bus.subscribe('>', { name: 'slow' })
  const message = 'x'.repeat(10_000)
  const fill = async () => {
    for (let i = 0; i < 100; i++) if (await codeOf(bus.publish('a', message, { timeoutMs: 20 })) !== 'fine') return i
    return 100
  }
  const first = await fill()
  assert.ok(first >= 30 && first < 35, `${first} messages of 10,000 bytes`)
  const waiting = bus.publish('a', message)
  assert.is((await drain(slow)).length, first)
  await slow.commit()
  await waiting
  assert.ok(await fill() < 35)
  await slow.close()
  assert.equal(bus.subscribers().map(({ name, lives }) => [name, lives]), [['slow', false]])
  const other = bus.publish('a', message)
  bus.forget('slow')
  await other
  assert.is(await fill(), 100)
})


test('bad names are refused before anything is written, and close ends what waits', async () => {
  const bus = busIn()
  for (const topic of ['', 'a.*', 'a b', 'a..b', '>']) assert.is(await codeOf(bus.publish(topic, 'x')), 'EINVAL')
  assert.is(await codeOf(bus.publish('a', 'x', { delayMs: -1 })), 'RangeError')
  assert.is(await codeOf(bus.subscribe('a', { name: 'x/y' })), 'EINVAL')
  assert.throws(() => new BusLog(folder, { backlogBytesMax: 1 }), RangeError)
  const [bob, carol] = [await bus.subscribe('a', { name: 'bob' }), await bus.subscribe('a')]
  assert.is(await codeOf(bus.subscribe('b', { name: 'bob' })), 'EAGAIN')
  const seen: string[] = []
  setTimeout(() => void bus.publish('a', 'one'), 10)
  for await (const message of carol) {
    seen.push(message.text())
    setTimeout(() => void bus.close(), 10)
  }
  assert.equal(seen, ['one'])
  assert.is(await codeOf(bob.take()), 'EBADF')
  assert.is(await codeOf(bus.publish('a', 'two')), 'EBADF')
})

test('BOOK-6 a subscriber that is killed goes on in another process, with nothing missed', async () => {
  const bus = busIn()
  const script = `const bus = new m.BusLog('${folder}')
    const bob = await bus.subscribe('orders.>', { name: 'bob', from: 'start' })
    say('ready')
    for await (const message of bob) {
      fs.appendFileSync('${folder}/seen', message.text() + '\\n')
    }`
  const seen = () => fs.existsSync(`${folder}/seen`) ? fs.readFileSync(`${folder}/seen`, 'utf8').trim().split('\n') : []
  let total = 0
  for (let round = 0; round < Number(process.env['FCS_KILLS'] ?? 3); round++) {
    const actor = start(script)
    await actor.hear()
    for (let i = 0; i < 20; i++) {
      await bus.publish('orders.new', `${total++}`)
      await bus.publish('else', 'no')
    }
    while (new Set(seen()).size < total - 10) await new Promise(setImmediate)
    await actor.kill()
  }
  const last = start(script)
  while (new Set(seen()).size < total) await new Promise(setImmediate)
  await last.kill()
  const distinct = [...new Set(seen())]
  assert.equal(distinct, Array.from({ length: total }, (_, i) => String(i)))
})

test.run()
