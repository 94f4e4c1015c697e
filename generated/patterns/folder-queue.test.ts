// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { FolderQueue, type Claim, type FolderQueueOptions } from './folder-queue.ts'
import { killable, killAll } from './spool-killed.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/folder-queue-test-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })

const opened: FolderQueue[] = []
const queueIn = (path: string, options?: FolderQueueOptions) => {
  opened.push(new FolderQueue(path, options))
  return opened.at(-1)!
}
test.after.each(() => { for (const queue of opened.splice(0)) queue.close() })
const texts = (claims: Claim[]) => claims.map(claim => claim.text())
const done = (claims: Claim[]) => claims.map(claim => { const text = claim.text(); claim.ack(); return text })
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i))

test('BOOK-4 messages are claimed in the order of publishing, through many buckets', () => {
  const [ann, bob] = [queueIn(folder, { bucketSize: 3 }), queueIn(folder)]
  const names = numbers(0, 50).map(text => ann.push(text))
  names.push(...ann.pushMany(numbers(50, 60)), ann.push('60'))
  assert.equal(names, [...names].sort())
  assert.ok(fs.readdirSync(`${folder}/waiting`).length > 3)
  const claims = bob.claimMany(100)
  assert.equal(claims.map(({ name }) => name), names)
  assert.equal(done(claims), numbers(0, 61))
  assert.is(bob.claim(), undefined)
  assert.is(fs.readdirSync(`${folder}/waiting`).length, 1, 'drained buckets are removed')
})

test('BOOK-4 what several publish in turn is claimed in that order', () => {
  const three = [1, 2, 3].map(() => queueIn(folder, { bucketSize: 4 }))
  for (const [i, text] of numbers(0, 60).entries()) three[i % 3]!.push(text)
  assert.equal(done(three[0]!.claimMany(60)), numbers(0, 60))
})

test('a claim is one worker\'s; acknowledged it is gone, given back it is in its old place', () => {
  const [bob, carol] = [queueIn(folder), queueIn(folder)]
  bob.pushMany(['1', '2', '3'])
  const [one, two] = [bob.claim()!, carol.claim()!]
  assert.equal(texts([one, two]), ['1', '2'])
  bob.push('4')
  one.nack()
  two.ack()
  assert.throws(() => two.ack(), /^ENOENT: .*unlink/)
  assert.throws(() => one.nack(), /^ENOENT/)
  assert.equal(texts(queueIn(folder).claimMany(9)), ['1', '3', '4'])
})

test('a claim comes home to a bucket that was removed', () => {
  const bob = queueIn(folder, { bucketSize: 1 })
  for (const text of numbers(0, 5)) bob.push(text)
  const claims = bob.claimMany(5)
  assert.is(bob.claim(), undefined)
  assert.is(fs.readdirSync(`${folder}/waiting`).length, 1)
  claims[1]!.nack()
  assert.equal(texts(bob.claimMany(9)), ['1'])
})

test('close gives back what was not acknowledged, and a second time does nothing', () => {
  const [bob, carol] = [queueIn(folder), queueIn(folder)]
  bob.pushMany(['1', '2'])
  bob.claim()!.ack()
  bob.claim()
  bob.close()
  bob.close()
  assert.throws(() => bob.push('3'), /^EBADF/)
  assert.equal(texts(carol.claimMany(9)), ['2'])
  assert.is(fs.readdirSync(`${folder}/members`).length, 2, 'the bell and carol')
})

test('waiting ends with a message, a message that comes back, a time-out, a signal, or close', async () => {
  const [ann, bob] = [queueIn(folder, { bucketSize: 1 }), queueIn(folder)]
  const code = (promise: Promise<unknown>) => promise.then(() => 'resolved',
    error => typeof error.code === 'string' ? error.code : error.name)
  assert.is(await code(bob.take({ timeoutMs: 5 })), 'ETIMEDOUT')
  assert.is(await code(bob.take({ signal: AbortSignal.timeout(5) })), 'TimeoutError')
  for (const publish of [() => ann.push('x'), () => ann.pushMany(['x'])]) {
    setTimeout(publish, 20)
    const claim = await bob.take({ timeoutMs: 5000 })
    setTimeout(() => claim.nack(), 20)
    const again = await ann.take({ timeoutMs: 5000 })
    assert.is(again.name, claim.name)
    again.ack()
  }
  setTimeout(() => bob.close(), 5)
  assert.is(await code(bob.take({ timeoutMs: 5000 })), 'EBADF')
})

test('iteration takes what comes, and ends with close, or throws the signal\'s reason', async () => {
  const [ann, bob] = [queueIn(folder), queueIn(folder)]
  const [seen, stop]: [string[], AbortController] = [[], new AbortController()]
  ann.pushMany(['1', '2'])
  setTimeout(() => ann.push('3'), 20)
  for await (const claim of bob) {
    seen.push(...done([claim]))
    if (seen.length === 3) setTimeout(() => bob.close(), 5)
  }
  assert.equal(seen, ['1', '2', '3'])
  setTimeout(() => stop.abort(new Error('enough')), 5)
  try {
    for await (const claim of ann.messages({ signal: stop.signal })) assert.unreachable(claim.name)
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'enough')
  }
})

test('BOOK-4 the number of waiting messages is nowhere in the cost of a claim', () => {
  const readsOf = (waiting: number) => {
    const queue = queueIn(`${folder}-${waiting}`)
    for (let i = 0; i < waiting; i += 200) queue.pushMany(numbers(0, 200))
    let reads = 0
    const stop = tap((syscall, _args, proceed) => { if (syscall === 'getdents64') reads++; return proceed() })
    for (let i = 0; i < 200; i++) { queue.push('one more'); queue.claim()!.ack() }
    stop()
    return reads
  }
  const [few, many] = [readsOf(400), readsOf(3000)]
  assert.ok(many <= few, `${few} reads of folders with 400 waiting, ${many} with 3000`)
})

test('size is exact when it is small, and close when it is large', () => {
  const queue = queueIn(folder, { bucketSize: 20 })
  for (const text of numbers(0, 100)) queue.push(text)
  queue.claimMany(10)
  assert.ok(Math.abs(queue.size() - 90) < 60)
  for (let i = 0; i < 40; i++) queue.pushMany(numbers(0, 100))
  assert.ok(Math.abs(queue.size() - 4090) < 1500, String(queue.size()))
  assert.is(queueIn(`${folder}-empty`).size(), 0)
})

test('what is asked to be durable is synced: the bytes before the name, the folder after it', () => {
  const order: string[] = []
  for (const durability of ['os', 'disk', 'disk and folder'] as const) {
    const queue = queueIn(`${folder}-${durability}`, { durability, bucketSize: 1e9 })
    queue.push('first')
    const stop = tap((syscall, _args, proceed) => {
      if (/sync$|^rename$|^unlink$/.test(syscall)) order.push(syscall)
      return proceed()
    })
    queue.push('message')
    queue.claim()!.ack()
    stop()
    order.push('|')
  }
  assert.equal(order.join(' '), 'rename rename unlink | fdatasync rename rename unlink | ' +
    'fdatasync rename fsync rename unlink fsync |')
})

test('errors are the kernel\'s, and a message that could not be published is not there', () => {
  assert.throws(() => new FolderQueue(`${folder}/none/queue`), /^ENOENT: .*mkdir/)
  assert.throws(() => new FolderQueue(folder, { durability: 'Disk' as 'disk' }), /durability/)
  const queue = queueIn(folder)
  queue.push('1')
  const stop = tap((syscall, _args, proceed) => syscall === 'write' ? -28 : proceed())
  for (const fail of [() => queue.push('2'), () => queue.pushMany(['2', '3'])]) assert.throws(fail, /^ENOSPC/)
  stop()
  queue.pushMany(['4', '5'])
  assert.equal(done(queue.claimMany(9)), ['1', '4', '5'])
  assert.throws(() => queue.pushMany(Array(5000).fill('')), RangeError)
  execFileSync('sh', ['-c', 'echo by hand > "$0/x" && mv "$0/x" "$0/tail/"', folder])
  assert.equal(done(queue.claimMany(9)), ['by hand\n'])
  fs.rmSync(folder, { recursive: true })
  assert.throws(() => queue.push('6'), /^ENOENT/)
  assert.throws(() => queue.claim(), /^ENOENT/)
})

interface Waiting { text: string, pushed: number, cameBack: number }
/** The model: what waits in order, and what each worker holds. `now` counts the steps. */
interface Model { now: number, waiting: Waiting[], held: Waiting[][] }
interface Worker { queue: FolderQueue, descriptors: Set<number>, claims: Claim[] }
type Real = Worker[]

function start(path: string): Worker {
  const { result, descriptors } = killable(() => {
    const queue = new FolderQueue(path, { bucketSize: 2 })
    assert.is(queue.claimMany(0).length, 0)
    queue.pushMany([])
    return queue
  })
  return { queue: result!, descriptors, claims: [] }
}

/** Puts messages back into the model's order. Those of a dead worker come back when somebody looks. */
function comeBack(model: Model, items: Waiting[], when = model.now): void {
  for (const item of items) item.cameBack = when
  model.waiting.push(...items)
  model.waiting.sort((a, b) => a.pushed - b.pushed)
}

class Push implements fc.Command<Model, Real> {
  readonly who: number
  readonly size: number
  constructor(who: number, size: number) { [this.who, this.size] = [who, size] }
  check() { return true }
  run(model: Model, real: Real) {
    const texts = Array.from({ length: this.size }, (_, i) => `${model.now}.${i}`)
    const { queue, descriptors } = real[this.who]!
    const run = killable(() => this.size === 1 ? [queue.push(texts[0]!)] : queue.pushMany(texts))
    for (const fd of run.descriptors) descriptors.add(fd)
    for (const [i, text] of texts.entries()) {
      model.waiting.push({ text, pushed: model.now + i / 100, cameBack: -1 })
    }
    model.now++
  }
  toString() { return `push ${this.size} by ${this.who}` }
}

class Take implements fc.Command<Model, Real> {
  readonly who: number
  constructor(who: number) { this.who = who }
  check() { return true }
  run(model: Model, real: Real) {
    const worker = real[this.who]!
    const run = killable(() => worker.queue.claim())
    for (const fd of run.descriptors) worker.descriptors.add(fd)
    model.now++
    if (run.result === undefined) return assert.equal(model.waiting, [], 'nothing is claimed while something waits')
    const text = run.result.text()
    const item = model.waiting.find(each => each.text === text)
    assert.ok(item, `${text} was not waiting`)
    const older = model.waiting.slice(0, model.waiting.indexOf(item))
    assert.equal(older.filter(each => each.cameBack === -1 || each.cameBack < item.pushed), [], `too early: ${text}`)
    model.waiting.splice(model.waiting.indexOf(item), 1)
    model.held[this.who]!.push(item)
    worker.claims.push(run.result)
  }
  toString() { return `claim by ${this.who}` }
}

class End implements fc.Command<Model, Real> {
  readonly who: number
  readonly how: 'ack' | 'nack' | 'kill' | 'close'
  constructor(who: number, how: End['how']) { [this.who, this.how] = [who, how] }
  check(model: Model) { return !/ack/.test(this.how) || model.held[this.who]!.length > 0 }
  run(model: Model, real: Real) {
    const worker = real[this.who]!
    const held = model.held[this.who]!
    model.now++
    if (this.how === 'ack' || this.how === 'nack') {
      const [item] = held.splice(0, 1)
      worker.claims.shift()![this.how]()
      if (this.how === 'nack') comeBack(model, [item!])
    } else {
      if (this.how === 'kill') killAll(worker.descriptors)
      else worker.queue.close()
      comeBack(model, held.splice(0), this.how === 'kill' ? Infinity : model.now)
      real[this.who] = start(real[0]!.queue.folder)
    }
  }
  toString() { return `${this.how} by ${this.who}` }
}

test('BOOK-4 it behaves as an array would, whatever is done in whatever order', () => {
  const who = fc.constantFrom(0, 1, 2)
  const commands = [
    fc.tuple(who, fc.constantFrom(1, 1, 1, 2, 5)).map(([a, b]) => new Push(a, b)),
    who.map(each => new Take(each)), who.map(each => new Take(each)),
    fc.tuple(who, fc.constantFrom('ack', 'ack', 'nack', 'kill', 'close')).map(([a, b]) => new End(a, b as 'ack')),
  ]
  let round = 0
  const runs = Number(process.env['FCS_MODEL_RUNS'] ?? 25)
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 60 }), program => {
    const path = `${folder}-${round++}`
    const real: Real = [0, 1, 2].map(() => start(path))
    try {
      fc.modelRun(() => ({ model: { now: 0, waiting: [], held: [[], [], []] } as Model, real }), program)
    } finally {
      for (const { queue } of real) queue.close()
      fs.rmSync(path, { recursive: true })
    }
  }), { numRuns: runs })
})

test('BOOK-4 a death before any call loses nothing, repeats nothing that was acknowledged, and leaves nothing', () => {
  for (let step = 0, isOver = false; !isOver; step++) {
    const path = `${folder}-${step}`
    const certain = new Set<string>()
    const unknown = new Set<string>()
    const acked = new Set<string>()
    const does = (text: string[], action: () => void) => {
      for (const each of text) unknown.add(each)
      action()
      for (const each of text) { unknown.delete(each); certain.add(each) }
    }
    const { died, descriptors } = killable(() => {
      const queue = new FolderQueue(path, { bucketSize: 1 })
      does(['1'], () => queue.push('1'))
      does(['2', '3'], () => queue.pushMany(['2', '3']))
      const claim = queue.claim()!
      queue.claim()!.nack()
      unknown.add('1')
      claim.ack()
      acked.add('1')
      does(['4'], () => queue.push('4'))
      queue.claimMany(2)
      queue.close()
    }, step)
    killAll(descriptors)
    isOver = !died
    // see what the next worker finds
    const heir = killable(() => new FolderQueue(path).claim(), step * 7 % 60)
    killAll(heir.descriptors)
    const last = queueIn(path)
    const found: string[] = []
    for (let claim; (claim = last.claim()) !== undefined;) found.push(...done([claim]))
    assert.is(found.length, new Set(found).size, `died at ${step}`)
    for (const text of certain) assert.ok(found.includes(text) || acked.has(text) || unknown.has(text), `${text} lost at ${step}`)
    for (const text of found) assert.ok(!acked.has(text), `${text} came twice at ${step}`)
    assert.is(found.includes('2'), found.includes('3'), `half a batch at ${step}`)
    assert.equal([fs.readdirSync(`${path}/members`).length, fs.readdirSync(`${path}/waiting`).length <= 2], [2, true])
    last.close()
    fs.rmSync(path, { recursive: true })
  }
})

// FCS_KILLS=10000 for the whole torture.
const kills = Number(process.env['FCS_KILLS'] ?? 16)
function torture(mode: 'all' | 'producers'): string[] {
  const victim = new URL('./folder-queue.victim.ts', import.meta.url).pathname
  execFileSync(process.execPath, ['--single-threaded', '--no-opt', ...process.execArgv, victim, folder, String(kills / 2), mode],
    { stdio: 'inherit' })
  const lines = fs.readFileSync(`${folder}.log`, 'utf8').trim().split('\n')
  const last = queueIn(folder)
  for (let claim; (claim = last.claim()) !== undefined; claim.ack()) lines.push(`claimed ${claim.text()} by the last`)
  assert.equal(lines.filter(line => line.startsWith('failed')), [])
  const toll = { mode, kills: kills / 2, pushed: 0, claimed: 0, acked: 0 }
  for (const line of lines) toll[/^\w+/.exec(line)![0] as 'pushed']++
  if (process.env['FCS_KILLS'] !== undefined) console.log(JSON.stringify(toll))
  return lines
}
const textsOf = (lines: string[], verb: string) =>
  lines.filter(line => line.startsWith(verb)).map(line => /^\w+ (\d+ \d+)/.exec(line)![1]!)

test('BOOK-4 kills among producers and workers lose nothing, and nothing comes after its acknowledgement', () => {
  const lines = torture('all')
  const delivered = new Set([...textsOf(lines, 'claimed'), ...textsOf(lines, 'acked')])
  assert.equal(textsOf(lines, 'pushed').filter(text => !delivered.has(text)), [])
  const acked = new Set<string>()
  for (const line of lines) {
    const [, verb, text] = /^(\w+) (\d+ \d+)/.exec(line)!
    if (verb === 'acked') acked.add(text!)
    else if (verb === 'claimed') assert.not(acked.has(text!), `${text} came after its acknowledgement`)
  }
})

test('BOOK-4 one worker gets each publisher\'s messages in their order, each once, whoever is killed', () => {
  const last = new Map<string, number>()
  for (const text of textsOf(torture('producers'), 'claimed')) {
    const [life, number] = text.split(' ')
    if (Number(number) === 0) assert.not(last.has(life!))
    assert.ok(Number(number) > (last.get(life!) ?? -1), `${text} after ${last.get(life!)}`)
    last.set(life!, Number(number))
  }
  assert.ok(last.size > kills / 10)
})

test.run()
