// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import {
  mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SystemError, tap } from '../foundations/kernel.ts'
import { openBus, type BusOptions, type MessageBus } from './message-bus.ts'
import { Actor, compile, MODULES } from './message-bus.stage.ts'

const stage = await compile(MODULES)
let folder = ''
test.before.each(() => { folder = mkdtempSync(join(tmpdir(), 'bus-')) })
test.after.each(() => rmSync(folder, { recursive: true }))

const bus = (options: BusOptions = {}) => openBus(folder, { create: true, ...options })
const act = (script: string, ...args: (string | number)[]) => new Actor(stage, script, folder, ...args)
const namesIn = (part: string) => readdirSync(join(folder, part)).filter(name => name !== '.bell').sort()

/** Takes and completes everything that there is. */
function drain(heir: MessageBus): string[] {
  const texts: string[] = []
  for (let message; (message = heir.tryTake()) !== undefined; message.complete()) {
    texts.push(message.text())
  }
  return texts
}

const LIFE = `
const calls = dieAfter(Number(args[1]))
const bus = openBus(args[0], { create: true })
for (const text of ['first', 'second']) {
  bus.publish(text.repeat(1000))
  say('published', text)
}
bus.tryTake().release()
for (const _ of [1, 2]) {
  const message = bus.tryTake()
  const text = message.text().startsWith('first') ? 'first' : 'second'
  message.complete()
  say('completed', text)
}
bus.close()
say('calls', calls())
`

test('BOOK-6 no message is lost, halved or delivered again, whichever call its process dies after', async () => {
  const whole = act(LIFE, -1)
  assert.is(await whole.ended, '0')
  const calls = Number(whole.lines.at(-1)!.split(' ')[1])
  assert.ok(calls > 60, `${calls} calls`)
  await inPairs(calls, async fatal => {
    const own = mkdtempSync(join(folder, 'bus-'))
    const actor = new Actor(stage, LIFE, own, fatal)
    assert.is(await actor.ended, 'SIGKILL')
    mustBeWhole(own, actor.lines, `killed after call ${fatal} of ${calls}`)
  })
})

/** Runs `scene` for every number below `count`, two at a time. */
async function inPairs(count: number, scene: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async () => { for (let i; (i = next++) < count;) await scene(i) }
  await Promise.all([one(), one()])
}

/** What the heir of a killed actor must find: each message whole, once, and in one place. */
function mustBeWhole(own: string, lines: string[], scene: string): void {
  const heir = openBus(own, { create: true })
  const done = readdirSync(`${own}/completed`)
    .map(name => readFileSync(`${own}/completed/${name}`, 'utf8'))
  const found = drain(heir)
  heir.close()
  for (const text of [...done, ...found]) {
    assert.match(text, /^((first){1000}|(second){1000})$/, `half; ${scene}`)
  }
  for (const text of ['first', 'second']) {
    const [times, before] = [found, done].map(all => all.filter(one => one.startsWith(text)).length)
    if (lines.includes(`completed ${text}`)) assert.is(times, 0, `${text} came again; ${scene}`)
    if (!lines.includes(`published ${text}`)) continue
    assert.is(times! + before!, 1, `${text} is lost or double; ${scene}`)
  }
  const left = ['inbox', 'processing', 'workers'].flatMap(part => readdirSync(`${own}/${part}`))
  assert.equal(left, ['.bell'], scene)
}

function leaveADeadWorker(): void {
  writeFileSync(join(folder, 'workers/0123456789ab'), '1\n')
  for (const name of ['a', 'b']) writeFileSync(join(folder, `processing/${name}@0123456789ab`), name)
}

test('BOOK-6 claims come back once when the one who returns them is killed after any call', async () => {
  bus()
  for (let fatal = 0, isEnded = false; !isEnded; fatal += 1) {
    leaveADeadWorker()
    const heir = act(`dieAfter(${fatal}); returnClaims(openBus(args[0]).folders)`)
    isEnded = await heir.ended === '0'
    const last = bus()
    assert.equal(drain(last).sort(), ['a', 'b'], `killed after call ${fatal}`)
    last.close()
    assert.equal(namesIn('workers'), [])
  }
})

test('BOOK-6 two who return the claims of one dead worker at once return each claim once', async () => {
  bus()
  for (let round = 0; round < 5; round += 1) {
    leaveADeadWorker()
    const heirs = [1, 2].map(() => act('say(returnClaims(openBus(args[0]).folders))'))
    await Promise.all(heirs.map(heir => heir.ended))
    assert.is(heirs.reduce((sum, { lines }) => sum + Number(lines[0]), 0), 2)
    assert.equal(drain(bus()).sort(), ['a', 'b'])
  }
})

const WORKER = `
const bus = openBus(args[0])
for (let message; (message = bus.tryTake()) !== undefined; message.complete()) say(message.name)
`

test('BOOK-6 exactly one of four workers gets each message', async () => {
  const publisher = bus()
  for (let i = 0; i < 400; i += 1) publisher.publish(`${i}`)
  const names = namesIn('inbox')
  const workers = [1, 2, 3, 4].map(() => act(WORKER))
  for (const worker of workers) assert.is(await worker.ended, '0')
  assert.equal(workers.flatMap(({ lines }) => lines).sort(), names)
  assert.equal(namesIn('completed'), names)
})

test('BOOK-6 a worker gets the messages of each publisher in their order, while they publish', async () => {
  const [worker, count] = [bus(), 700]
  const publishers = ['p', 'q'].map(() => act(`
    const bus = openBus(args[0])
    for (let i = 0; i < ${count}; i += 1) bus.publish(process.pid + ' ' + i)`))
  const next = new Map<string, number>()
  for (let i = 0; i < 2 * count; i += 1) {
    const message = await worker.take({ timeoutMs: 10_000 })
    const [who, number] = message.text().split(' ') as [string, string]
    assert.is(Number(number), next.get(who) ?? 0)
    next.set(who, Number(number) + 1)
    message.complete()
  }
  for (const publisher of publishers) assert.is(await publisher.ended, '0')
  worker.close()
})

test('BOOK-6 a listing that tells a second message and misses the first hands out neither', () => {
  const [worker, other, publisher] = [bus(), bus(), bus()]
  worker.tryTake()
  other.publish('earlier')
  let [listings, missing] = [0, '']
  const stop = tap((syscall, args, proceed) => {
    // before the folder is opened, since btrfs tells what was there then
    if (syscall === 'open' && String(args[0]).endsWith('/inbox') && ++listings === 2) {
      missing = publisher.publish('first')
      publisher.publish('second')
      return proceed()
    }
    if (syscall !== 'getdents64' || missing === '') return proceed()
    const name = missing
    missing = ''
    return withoutName(name, args[1] as Buffer, proceed())
  })
  assert.equal(drain(worker), ['earlier', 'first', 'second'])
  stop()
  assert.ok(listings > 2)
})

/** Takes one record out of what getdents64(2) has read; bytes 16 and 17 are a record's length. */
function withoutName(name: string, records: Buffer, size: number): number {
  let at = 0
  while (!records.subarray(at + 19).toString().startsWith(name)) {
    assert.ok(at < size, 'it was listed')
    at += records.readUInt16LE(at + 16)
  }
  const length = records.readUInt16LE(at + 16)
  records.copyWithin(at, at + length, size)
  return size - length
}

const HOLDER = `
const message = openBus(args[0]).tryTake()
process.on('SIGUSR2', () => { message.complete(); process.exit() })
setInterval(() => {}, 1000)
say('took', message.text())
`

test('BOOK-6 a stopped worker keeps its claim, and a killed one gives it to a sleeper', async () => {
  const heir = bus()
  heir.publish('parcel')
  const stopped = act(HOLDER)
  await stopped.said(1)
  stopped.child.kill('SIGSTOP')
  assert.is(heir.tryTake(), undefined)
  assert.is([...heir.list()].find(({ state }) => state === 'claimed')?.isAlive, true)
  stopped.child.kill('SIGUSR2')
  stopped.child.kill('SIGCONT')
  assert.is(await stopped.ended, '0')
  assert.is(namesIn('completed').length, 1)

  for (let round = 0; round < 5; round += 1) {
    heir.publish('parcel')
    const killed = act(HOLDER)
    await killed.said(1)
    const asleep = heir.take({ timeoutMs: 5000 })
    killed.child.kill('SIGKILL')
    const message = await asleep
    assert.is(message.text(), 'parcel')
    message.complete()
  }
  heir.close()
})

const SOAK = `
const bus = openBus(args[0])
const now = () => process.hrtime.bigint()
say('ready', now())
if (args[1] === 'publisher') for (let i = 0; ; i += 1) {
  say('published', now(), bus.publish((process.pid + ' ' + i + ' ').repeat(50)))
  await new Promise(resolve => setTimeout(resolve, 1))
}
for await (const message of bus.messages()) {
  say('taken', now(), message.name, new Set(message.text().match(/\\d+ \\d+ /g)).size)
  if (Math.random() < 0.1) await new Promise(resolve => setTimeout(resolve, 20))
  message.complete()
  say('completed', now(), message.name)
}
`

test('BOOK-6 all acknowledged messages arrive, none after its completion, under kills', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 100)
  bus()
  const history: string[] = []
  const parts = ['publisher', 'worker', 'worker', 'publisher']
  const cast = parts.map(part => act(SOAK, part))
  for (let i = 0; i < kills; i += 1) {
    const victim = Math.floor(Math.random() * cast.length)
    await cast[victim]!.said(1)
    await new Promise(resolve => setTimeout(resolve, Math.random() * 40))
    history.push(...await dead(cast[victim]!))
    cast[victim] = act(SOAK, parts[victim]!)
  }
  for (const actor of cast) history.push(...await dead(actor))
  const heir = bus()
  for (let message; (message = heir.tryTake()) !== undefined; message.complete()) {
    const parts = new Set(message.text().match(/\d+ \d+ /g)).size
    history.push(`taken ${process.hrtime.bigint()} ${String(message.name)} ${parts}`)
  }
  mustBeHonest(history)
  assert.equal(['inbox', 'processing'].map(namesIn), [[], []])
})

async function dead(actor: Actor): Promise<string[]> {
  actor.child.kill('SIGKILL')
  assert.is(await actor.ended, 'SIGKILL')
  return actor.lines
}

function mustBeHonest(history: string[]): void {
  const words = history.map(line => line.split(' '))
  const timesOf = (word: string) => words.filter(([first]) => first === word)
    .map(([, time, name]) => [name!, BigInt(time!)] as const)
  const completed = new Map(timesOf('completed'))
  const taken = timesOf('taken')
  const delivered = new Set([...taken.map(([name]) => name), ...namesIn('completed')])
  assert.is(timesOf('completed').length, completed.size, 'a message was completed twice')
  for (const [name] of timesOf('published')) assert.ok(delivered.has(name), `${name} is lost`)
  for (const [name, time] of taken) {
    const end = completed.get(name)
    assert.ok(end === undefined || time < end, `${name} was delivered after its completion`)
  }
  for (const [word, , name, parts] of words) {
    if (word === 'taken') assert.is(parts, '1', `${name} is not whole`)
  }
}

test('BOOK-6 a file that a shell moves into the inbox is a message, whatever bytes its name has', () => {
  const worker = bus()
  const texts = ['two words\n@', 'x'.repeat(242)]
  const names = [Buffer.of(0x66, 0xff, 0x40), ...texts.map(text => Buffer.from(text))]
  for (const [i, name] of names.entries()) {
    const path = (part: string) => Buffer.concat([Buffer.from(`${folder}/${part}`), name])
    writeFileSync(path(''), `text ${i}`)
    renameSync(path(''), path('inbox/'))
    const message = worker.tryTake()!
    assert.equal(Buffer.from(message.name as string), name)
    assert.is(message.text(), `text ${i}`)
    message.release()
    worker.tryTake()!.complete()
    assert.is(readFileSync(path('completed/'), 'utf8'), `text ${i}`)
  }
})

test('BOOK-6 what cannot be a message is passed over and told, and holds nobody up', () => {
  const worker = bus()
  mkdirSync(join(folder, 'inbox/folder'))
  writeFileSync(join(folder, `inbox/${'x'.repeat(243)}`), '')
  writeFileSync(join(folder, 'inbox/fit'), 'fit')
  assert.equal(drain(worker), ['fit'])
  const unfit = [...worker.list()].filter(({ state }) => state === 'unfit')
  assert.equal(unfit.map(({ reason }) => reason).sort(),
    ['it is a directory, not a file', 'its name is longer than 242 bytes'])
})

test('BOOK-6 a name that is used again overwrites nothing, in the inbox, as a claim or when completed', () => {
  const worker = bus()
  const put = (text: string) => writeFileSync(join(folder, 'inbox/hello'), text)
  put('one')
  const one = worker.tryTake()!
  put('two')
  assert.is(worker.tryTake(), undefined, 'a claim of that name is ours already')
  one.release()
  assert.equal(drain(worker).sort(), ['one', 'two'])
  put('three')
  assert.equal(drain(worker), ['three'])
  const texts = namesIn('completed').map(name => readFileSync(`${folder}/completed/${name}`, 'utf8'))
  assert.equal(texts.sort(), ['one', 'three', 'two'])
  assert.is(worker.prune({ olderThanMs: 60_000 }), 0)
  assert.is(worker.prune(), 3)
})

test('BOOK-6 a full or read-only disk is told in the words of the kernel, and nothing is left behind', () => {
  const publisher = bus({ durability: 'disk', bytesMax: 1000 })
  const refusals = [
    ['write', 'ENOSPC'], ['open', 'EROFS'], ['fdatasync', 'EIO'], ['renameat2', 'EDQUOT'],
  ]
  for (const [call, code] of refusals) {
    const stop = tap((syscall, _args, proceed) => {
      return syscall === call ? new SystemError(code!, call).errno : proceed()
    })
    assert.throws(() => publisher.publish('parcel'), (error: SystemError) => error.code === code)
    stop()
    assert.equal(readdirSync(join(folder, 'inbox')), [], code)
  }
  assert.throws(() => publisher.publish('x'.repeat(1001)), /EMSGSIZE: message too long, write/)
  writeFileSync(join(folder, 'inbox/large'), 'x'.repeat(1001))
  const large = publisher.tryTake()!
  assert.throws(() => large.text(), /EMSGSIZE/)
  large.release()
  assert.equal(namesIn('inbox'), ['large'])
})

test('BOOK-6 a folder that is no bus is refused with a hint; a wait ends with its time or signal', async () => {
  const refused = (open: () => unknown, code: string) => {
    assert.throws(open, (error: SystemError) => error.code === code && error.hint !== undefined)
  }
  refused(() => openBus(folder), 'ENOENT')
  writeFileSync(join(folder, 'letter'), '')
  refused(() => bus(), 'ENOTEMPTY')
  rmSync(join(folder, 'letter'))

  const worker = bus()
  const late = await worker.take({ timeoutMs: 20 }).catch(error => error)
  assert.is(late.message, `ETIMEDOUT: connection timed out, take '${folder}/inbox'`)
  const controller = new AbortController()
  const loop = worker.messages({ signal: controller.signal }).next().catch(error => error)
  controller.abort()
  assert.is((await loop).name, 'AbortError')
  worker.close()
})

test('BOOK-6 a watcher hears what happens to a message, from the names alone', async () => {
  const [worker, controller] = [bus({ keep: false }), new AbortController()]
  const events = worker.watch({ signal: controller.signal })
  const first = events.next()
  worker.publish('parcel')
  worker.tryTake()!.release()
  worker.tryTake()!.complete()
  const told = [(await first).value!.event]
  for (let i = 0; i < 4; i += 1) told.push((await events.next()).value!.event)
  assert.equal(told, ['published', 'claimed', 'returned', 'claimed', 'completed'])
  controller.abort()
  await events.next().catch(() => {})
  worker.close()
})

test.run()
