// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open } from '../foundations/file.ts'
import { SystemError, tap, type Observer } from '../foundations/kernel.ts'
import { disturbed, during, failing, livesThrough, openBelow } from './append-log.stage.ts'
import { Cursor, follow } from './append-log-reader.ts'
import { SyncThread, type Sync } from './append-log-sync.ts'
import { openSegments } from './append-log-segments.ts'
import { victimRecord } from './append-log.victim.ts'
import { AppendLog, type Ack, type LogDurability, type LogOptions } from './append-log.ts'

const home = fs.mkdtempSync(`${tmpdir()}/append-log-test-`)
test.after(() => fs.rmSync(home, { recursive: true }))

let logs = 0
const fresh = () => `${home}/${logs++}`
const openLog = (folder: string, options: LogOptions = {}) =>
  new AppendLog(folder, { sync: 'here', segmentBytes: 4096, ...options })
const text = (i: number) => `record ${i} `.repeat(1 + i % 5)
const bytes = (i: number) => Buffer.from(text(i))

/** What a reader finds, as texts; the first of them must be record `from`. */
function read(folder: string, from?: number): string[] {
  const cursor = new Cursor(folder, { from })
  const found: string[] = []
  try {
    for (let record; (record = cursor.next()) !== undefined;) found.push(record.bytes.toString())
  } finally {
    cursor.close()
  }
  return found
}

const texts = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => text(first + i))

/** Appends records `first` to `last`, all in one batch unless told, and returns the answers. */
async function fill(log: AppendLog, first: number, last: number, together = true): Promise<Ack[]> {
  const acks: (Ack | Promise<Ack>)[] = []
  for (let i = first; i <= last; i++) acks.push(together ? log.append(bytes(i)) : await log.append(bytes(i)))
  return Promise.all(acks)
}
const segments = (folder: string) => fs.readdirSync(folder).filter(name => name.endsWith('.log')).sort()
const others = (folder: string) => fs.readdirSync(folder).filter(name => !/^(\d+\.log|lock)$/.test(name))

test('IO-8 records come back in order, across segments, and after the log was opened again', async () => {
  const folder = fresh()
  for (const [first, last] of [[1, 100], [101, 500]] as const) {
    const log = openLog(folder)
    assert.equal(log.recovery, { first: 1, next: first, removed: [] })
    const acks = await fill(log, first, last)
    assert.equal(acks.map(({ sequence }) => sequence), texts(first, last).map((_, i) => first + i))
    await log.close()
  }
  assert.equal(read(folder), texts(1, 500))
  assert.equal(read(folder, 333), texts(333, 500))
  assert.ok(segments(folder).length > 3)
})

test('IO-8 empty records, and one as large as a segment can hold, but none larger', async () => {
  const folder = fresh()
  const log = openLog(folder)
  const sizes = [0, 4096 - 92, 0, 1]
  await Promise.all(sizes.map(size => log.append(Buffer.alloc(size, 'x'))))
  await assertRejects(log.append(Buffer.alloc(4096 - 91)), 'ERR_INVALID_ARG_VALUE')
  await log.close()
  assert.equal(read(folder).map(each => each.length), sizes)
})

async function assertRejects(promise: Promise<unknown>, code: string, hint = /(?:)/): Promise<void> {
  const error = await promise.then(() => undefined, (error: SystemError) => error) as SystemError
  assert.is(error.code, code)
  assert.match(error.hint ?? '', hint)
}

function traced(calls: string[]): () => void {
  const known = new Map<number, string>()
  return tap((syscall, args, proceed) => {
    const result = proceed()
    if (syscall === 'open') known.set(result, String(args[0]).split('/').at(-1)!)
    const name = known.get(args[0] as number) ?? ''
    if (/^(pwrite|fdatasync|fsync)$/.test(syscall)) calls.push(`${syscall} ${name.replace(/^0+/, '')}`)
    if (syscall === 'rename') calls.push('rename')
    return result
  })
}

test('IO-8 each answer names what was reached, and nothing is answered before it', async () => {
  const folder = fresh(), calls: string[] = []
  const stop = traced(calls)
  const log = openLog(folder)
  calls.splice(0)
  const answered: string[] = []
  const levels: LogDurability[] = ['memory', 'os', 'disk', 'disk and folder']
  for (const durability of levels) {
    const ack = await log.append(bytes(1), { durability })
    answered.push(`${ack.durability}: ${calls.splice(0).join(', ')}`)
    await log.flush()
    calls.splice(0)
  }
  assert.equal(answered, ['memory: ', 'os: pwrite 1.log',
    'disk and folder: pwrite 1.log, fdatasync 1.log', 'disk and folder: pwrite 1.log, fdatasync 1.log'])
  await fill(log, 5, 200)
  assert.match(calls.join(', '),
    /^fdatasync 1.log, pwrite (\d+.log.new), fdatasync \1, rename, fsync \d+, pwrite \1, /,
    'the old segment is durable before the new one, and its name before its first record')
  stop()
  await log.close()
  assert.throws(() => openLog(folder, { durability: 'dsik' as never }), /disk and folder/)
})

/** A disk that answers when it is told to. */
class SlowDisk {
  syncs = 0
  #waiting: (() => void)[] = []
  readonly sync: Sync = () => {
    this.syncs++
    return new Promise<void>(resolve => this.#waiting.push(resolve))
  }
  async answer(): Promise<void> {
    while (this.#waiting.length === 0) await new Promise(setImmediate)
    this.#waiting.shift()!()
    for (let i = 0; i < 5; i++) await new Promise(setImmediate)
  }
}

test('IO-8 what is appended while the disk works waits together, and is synced once', async () => {
  const disk = new SlowDisk()
  const log = openLog(fresh(), { sync: disk.sync, segmentBytes: 2 ** 20 })
  const done: number[] = []
  const add = (count: number) => {
    for (let i = 0; i < count; i++) void log.append(bytes(i)).then(({ sequence }) => done.push(sequence))
  }
  add(1)
  await new Promise(resolve => setTimeout(resolve, 5))
  add(1000)
  assert.equal([disk.syncs, done.length], [1, 0])
  await disk.answer()
  assert.equal([disk.syncs, done], [2, [1]])
  await disk.answer()
  assert.equal([disk.syncs, done.length], [2, 1001])
  assert.ok(done.every((sequence, i) => sequence === i + 1), 'answers are in order')
  const closing = log.close()
  await disk.answer()
  await closing
})

test('IO-8 a thread syncs that loads no library, and a process with an idle log ends', () => {
  const folder = fresh()
  const code = `
    import threads from 'node:worker_threads'
    threads.Worker = class extends threads.Worker {
      constructor(program, options) { super('process.dlopen = undefined;' + program, options) }
    }
    process.getBuiltinModule('module').syncBuiltinESMExports()
    const { AppendLog } = await import(${JSON.stringify(new URL('./append-log.ts', import.meta.url).href)})
    const log = new AppendLog(${JSON.stringify(folder)})
    await Promise.all(${JSON.stringify(texts(1, 300))}.map(text => log.append(Buffer.from(text))))`
  const { status, stderr } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', code],
    { encoding: 'utf8', timeout: 20_000 })
  assert.is(status, 0, stderr)
  assert.equal(read(folder), texts(1, 300))
})

test('IO-8 a sync that fails in the thread is told, and the thread ends when it is closed', async () => {
  const born = once(process, 'worker')
  const thread = new SyncThread()
  const [worker] = await born
  const nothing = open('/dev/null')
  await assertRejects(Promise.resolve(thread.sync(nothing, 'all')), 'EINVAL')
  nothing.close()
  worker.ref()
  thread.close()
  assert.equal(await once(worker, 'exit'), [0])
})

test('IO-8 a log has one appender, and any number of readers beside it', async () => {
  const folder = fresh()
  const log = openLog(folder)
  await fill(log, 1, 3)
  assert.throws(() => openLog(folder), /EBUSY/)
  assert.equal(read(folder), texts(1, 3))
  await log.close()
  await openLog(folder).close()
})

test('IO-8 a reader that follows sees each record once, through rotations, while it is written', async () => {
  const folder = fresh()
  const log = openLog(folder)
  const stop = new AbortController()
  const seen: string[] = []
  const following = (async () => {
    for await (const record of follow(folder, { signal: stop.signal })) {
      seen.push(record.bytes.toString())
      if (seen.length === 400) stop.abort()
    }
  })().catch(error => error)
  for (let i = 1; i <= 400; i += 40) await fill(log, i, i + 39, i % 80 === 1)
  assert.is((await following).name, 'AbortError')
  assert.equal(seen, texts(1, 400))
  await log.close()
})

test('IO-8 what is older than a sequence goes by whole segments, and who looks for it is told', async () => {
  const folder = fresh()
  const log = openLog(folder)
  await fill(log, 1, 500)
  const cursor = new Cursor(folder)
  cursor.next()
  const removed = log.removeBefore(400)
  assert.ok(removed.length > 0 && read(folder).length >= 101)
  assert.equal(read(folder).at(-1), text(500))
  assert.throws(() => read(folder, 1), /ENOENT/)
  assert.is(cursor.next()!.bytes.toString(), text(2), 'an open segment can be read to its end')
  assert.throws(() => { while (cursor.next() !== undefined); })
  cursor.close()
  await log.close()
  const again = openLog(folder)
  assert.ok(again.recovery.first > 1 && again.recovery.first <= 400)
  await again.close()
})

// Every truncation and every flipped bit, of a small log that was closed and of one that was not.

async function small(isClosed: boolean): Promise<{ folder: string, path: string, whole: Buffer }> {
  const folder = fresh()
  const log = openLog(folder, { segmentBytes: 512 })
  await fill(log, 1, 3, false)
  await fill(log, 4, 5)
  const path = `${folder}/${segments(folder)[0]}`
  const whole = fs.readFileSync(path)   // as a kill would leave it
  await log.close()
  return { folder, path, whole: isClosed ? fs.readFileSync(path) : whole }
}

function recover(folder: string): { cut?: unknown, next: number } {
  const { recovery, lock, names, file } = openSegments(folder, 512)
  for (const each of [lock, names, file]) each.close()
  return recovery
}

/** Opens the log with these bytes and says what became of it: how many records, or the refusal. */
function outcome(folder: string, path: string, content: Buffer): { count: number, cut?: unknown } | string {
  fs.writeFileSync(path, content)
  try {
    const { cut, next } = recover(folder)
    return { count: next - 1, ...(cut !== undefined && { cut }) }
  } catch (error) {
    assert.ok(fs.readFileSync(path).equals(content), 'a refused log is not touched')
    return (error as SystemError).code
  }
}

for (const isClosed of [false, true]) {
  const kind = isClosed ? 'closed' : 'killed'
  test(`IO-8 every truncation of a log whose appender was ${kind} is recovered or told`, async () => {
    const { folder, path, whole } = await small(isClosed)
    for (let length = 0; length < whole.length; length++) {
      assert.is(outcome(folder, path, whole.subarray(0, length)), 'EBADMSG', `cut to ${length} bytes`)
    }
    assert.equal(outcome(folder, path, whole), { count: 5 })
    for (let length = 64; length < whole.length; length++) {   // torn: zeros where bytes were to be
      const torn = Buffer.alloc(whole.length)
      whole.copy(torn, 0, 0, length)
      const found = outcome(folder, path, torn)
      assert.ok(typeof found === 'object' && found.count <= 5)
      assert.equal(read(folder), texts(1, found.count), `torn at ${length}`)
    }
  })

  test(`IO-8 every flipped bit of a log whose appender was ${kind} is recovered or told`, async () => {
    const { folder, path, whole } = await small(isClosed)
    const told = { refused: 0, cut: 0, lost: 0 }
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const found = outcome(folder, path, flipped)
      if (typeof found === 'string') {
        assert.is(found, 'EBADMSG')
        told.refused++
        continue
      }
      if (found.cut !== undefined) told.cut++
      else assert.is(found.count, 5)
      if (found.count < 5) told.lost++
      assert.equal(read(folder), texts(1, found.count), `bit ${bit}`)
      assert.ok(found.count === 5 || found.cut !== undefined, `bit ${bit} was not told`)
    }
    assert.ok(told.refused > 500 && told.cut > 500)
    // what no later record proves may be a torn tail; in a closed log all records are proven
    assert.is(told.lost > 0, !isClosed, JSON.stringify(told))
  })
}

test('IO-8 a reader is told of damage, also if it begins behind it', async () => {
  const { folder, path, whole } = await small(true)
  whole[whole.indexOf('record 2')]! ^= 1
  fs.writeFileSync(path, whole)
  for (const from of [1, 2, 4]) assert.throws(() => read(folder, from), /^EBADMSG: .*, read/)
})

// What a writer was told, and what is found afterwards, whatever happened in between.

interface Told { acks: Map<number, string>, errors: SystemError[], opening?: SystemError, open?: AppendLog }

/** Opens a log that rotates soon, appends 12 records in four batches, notes each answer, and closes. */
async function scene(folder: string, told: Told): Promise<void> {
  try {
    told.open = openLog(folder, { segmentBytes: 256 })
  } catch (error) {
    told.opening = error as SystemError
    return
  }
  const log = told.open
  for (let batch = 0; batch < 4; batch++) {
    await Promise.all([1, 2, 3].map(i => {
      const record = `record ${batch * 3 + i}`
      return log.append(Buffer.from(record)).then(
        ({ sequence }) => { told.acks.set(sequence, record) }, error => { told.errors.push(error) })
    }))
  }
  await log.close()
}

/** Opens the log as the next process would, and looks whether it keeps what was promised. */
async function mustKeep({ acks }: Told, folder: string, where: string): Promise<string[]> {
  const log = openLog(folder, { segmentBytes: 256 })
  const { sequence } = await log.append(Buffer.from('after'))
  await log.close()
  const found = read(folder)
  assert.is(found.length, sequence, where)
  assert.is(found.pop(), 'after', where)
  for (const [at, record] of acks) assert.is(found[at - 1], record, `${where}: record ${at} was acknowledged`)
  const numbers = found.map(record => Number(/^record (\d+)$/.exec(record)![1]))
  assert.ok(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!), `${where}: in order, each once`)
  assert.equal(others(folder), [], where)
  return found
}

test('IO-8 nothing acknowledged is lost, and nothing is left over, when the appender dies before any of its calls', async () => {
  const lengths = new Set<number>()
  for (let step = 0, lived = false; !lived; step++) {
    const folder = fresh(), told: Told = { acks: new Map(), errors: [] }
    lived = await livesThrough(step, () => scene(folder, told))
    const found = await mustKeep(told, folder, `died before call ${step}`)
    lengths.add(told.acks.size)
    if (lived) assert.equal(found.length, 12)
  }
  assert.equal([...lengths], [0, 3, 6, 9, 12])
})

for (const [code, answer] of Object.entries({ ENOSPC: -28, EIO: -5 })) {
  test(`IO-8 ${code} at any call is told with a path, and loses nothing that was acknowledged`, async () => {
    const hints = new Set<string>()
    for (let step = 0, failed: string | undefined = ''; failed !== undefined; step++) {
      const folder = fresh(), told: Told = { acks: new Map(), errors: [] }
      const fault = failing(step, answer)
      await during(fault.observer, () => scene(folder, told))
      failed = fault.failed()
      const where = `${failed} at call ${step}`
      const errors = told.opening === undefined ? told.errors : [told.opening]
      assert.is(errors.length > 0, told.acks.size < 12, where)
      for (const error of errors) {
        assert.equal([error.code, error.syscall], [code, failed], where)
        assert.ok(error.path!.startsWith(home), where)
        hints.add((error.hint ?? 'opening').replace(/\d+/, 'N'))
      }
      const found = await mustKeep(told, folder, where)
      const isUnsure = errors.some(({ hint }) => /opened again/.test(hint ?? ''))
      if (!isUnsure && told.opening === undefined) assert.is(found.length, told.acks.size, where)
    }
    assert.equal(hints.size, 3, [...hints].join('\n'))
  })
}

test('IO-8 a failed sync is never tried again; after it every append is refused', async () => {
  const folder = fresh()
  let syncs = 0
  const log = openLog(folder, { sync: () => { if (++syncs === 2) throw new SystemError('EIO', 'fdatasync') } })
  await log.append(bytes(1))
  await assertRejects(log.append(bytes(2)), 'EIO', /after 1 are in the log is known when it is opened again/)
  await assertRejects(log.append(bytes(3)), 'EIO', /opened again/)
  await assertRejects(log.flush(), 'EIO')
  await log.close()
  assert.is(syncs, 2)
  const calls: string[] = []
  const stop = traced(calls)
  const again = openLog(folder)
  stop()
  assert.equal(calls, ['pwrite 1.log', 'fdatasync 1.log'], 'what may not be on the disk is written again')
  assert.is(again.recovery.next, 3)
  await again.close()
})

const full: Observer = (syscall, _args, proceed) => syscall === 'fallocate' ? -28 : proceed()

test('IO-8 a full disk leaves the log usable: what was refused is not there, and the next record is', async () => {
  const folder = fresh()
  const log = openLog(folder, { segmentBytes: 512 })
  const answers = await during(full, () =>
    Promise.allSettled(Array.from({ length: 50 }, (_, i) => log.append(bytes(i + 1)))))
  const kept = answers.filter(({ status }) => status === 'fulfilled').length
  assert.ok(kept < 50)
  for (const answer of answers) {
    if (answer.status === 'rejected') assert.match(answer.reason.hint, /it can be used as before/)
  }
  const { sequence } = await log.append(bytes(50))
  await log.close()
  assert.is(sequence, kept + 1)
  assert.equal(read(folder), [...texts(1, kept), text(50)])
})

test('IO-8 a weak promise that was broken is told by flush, or by close', async () => {
  const log = openLog(fresh(), { segmentBytes: 256, durability: 'memory' })
  await during(full, async () => {
    for (let i = 0; i < 50; i++) await log.append(bytes(1))
    await assertRejects(log.flush(), 'ENOSPC')
  })
  await log.flush()
  await log.close()
})

test('IO-8 signals and short writes do not show', async () => {
  const folder = fresh(), told: Told = { acks: new Map(), errors: [] }
  await during(disturbed(), () => scene(folder, told))
  assert.equal([told.errors, told.opening], [[], undefined])
  assert.is((await mustKeep(told, folder, 'disturbed')).length, 12)
})

test('a block that was used before, by this log or another, is not taken for a record', async () => {
  const [one, other] = [fresh(), fresh()]
  for (const folder of [one, other]) {
    const log = openLog(folder, { segmentBytes: 512 })
    for (let i = 1; i <= 30; i++) await log.append(Buffer.from(`record ${i}`))
    await log.close()
  }
  const [first, last] = [segments(one)[0], segments(one).at(-1)].map(name => `${one}/${name}`)
  const stale = fs.readFileSync(`${other}/${segments(other).at(-1)}`)
  assert.is(recover(one).next, 31)
  // the same frames at the same places, from another log; then from this log's own first segment
  for (const [source, into] of [[stale, last!], [fs.readFileSync(first!), last!]] as const) {
    const mixed = fs.readFileSync(into)
    source.copy(mixed, 64, 64)
    fs.writeFileSync(into, mixed)
    assert.is(recover(one).next, Number.parseInt(segments(one).at(-1)!, 10))
  }
})

// Killed at random, many times. FCS_KILLS=10000 for the whole torture.

/** The victim and what it imports as plain JavaScript, so that it is born quickly. */
function makeVictim(): string {
  const folder = `${home}/victim`
  const names = ['foundations', 'primitives', 'patterns']
  for (const name of names) {
    fs.mkdirSync(`${folder}/${name}`, { recursive: true })
    for (const file of fs.readdirSync(new URL(`../${name}/`, import.meta.url))) {
      if (!/^[\w-]+(\.victim)?\.ts$/.test(file)) continue
      const source = fs.readFileSync(new URL(`../${name}/${file}`, import.meta.url), 'utf8')
      const { outputText } = ts.transpileModule(source, { compilerOptions: {
        target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, rewriteRelativeImportExtensions: true } })
      fs.writeFileSync(`${folder}/${name}/${file.replace(/ts$/, 'js')}`, outputText)
    }
  }
  fs.writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
  fs.symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), `${folder}/node_modules`)
  return `${folder}/patterns/append-log.victim.js`
}

interface Toll { kills: number, acknowledged: number, found: number, early: number, slowestMs: number }

/** Lives and dies `lives` times over one log, and compares what was said with what is there. */
async function chain(victim: string, lives: number, sync: string, toll: Toll): Promise<void> {
  const folder = fresh()
  for (let life = 1, from = 1; life <= lives; life++) {
    const told = await die(victim, folder, life, sync)
    toll.kills++
    if (told.length === 0) toll.early++
    const acks = told.slice(1)
    toll.acknowledged += acks.length
    toll.slowestMs = Math.max(toll.slowestMs, ...acks.map(({ micros }) => micros / 1000))
    if (!fs.existsSync(folder) || segments(folder).length === 0) continue
    const cursor = new Cursor(folder, { from })
    let number = 0
    for (let record; (record = cursor.next()) !== undefined; toll.found++) {
      assert.ok(record.bytes.equals(victimRecord(life, ++number)), `life ${life}, record ${number}`)
    }
    from = cursor.sequence
    cursor.close()
    const last = Math.max(0, ...acks.map(({ number }) => number))
    assert.ok(number >= last, `life ${life}: record ${last} was acknowledged, and ${number} are there`)
  }
  await openLog(folder, { segmentBytes: 65_536 }).close()
  assert.equal(others(folder), [], 'leftovers')
  fs.rmSync(folder, { recursive: true })
}

/** One life, killed at a random moment: most while they write, some while they begin. */
async function die(
  victim: string, folder: string, life: number, sync: string,
): Promise<{ number: number, micros: number }[]> {
  const child = spawn(process.execPath, [victim, folder, String(life), sync, String(1 + life % 32)],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: Buffer[] = []
  const kill = () => child.kill('SIGKILL')
  if (life % 5 === 0) setTimeout(kill, Math.random() * 150)
  child.stdout.on('data', data => {
    if (said.length === 0) setTimeout(kill, Math.random() * 20)
    said.push(data)
  })
  const [, signal] = await once(child, 'close')
  assert.is(signal, 'SIGKILL')
  const bytes = Buffer.concat(said)
  return Array.from({ length: bytes.length >> 3 }, (_, i) =>
    ({ number: bytes.readUInt32LE(i * 8), micros: bytes.readUInt32LE(i * 8 + 4) }))
}

test('IO-8 no acknowledged record is lost, however often the appender is killed', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 15)
  const toll: Toll = { kills: 0, acknowledged: 0, found: 0, early: 0, slowestMs: 0 }
  const victim = makeVictim()
  await Promise.all(['here', 'thread', 'here'].map(sync => chain(victim, Math.ceil(kills / 3), sync, toll)))
  if (process.env['FCS_KILLS'] !== undefined) console.log(JSON.stringify(toll))
  assert.ok(toll.acknowledged > 0, JSON.stringify(toll))
  assert.ok(toll.slowestMs < Number(process.env['FCS_STALL_MS'] ?? 2000), JSON.stringify(toll))
})

test('no test has left a descriptor behind', () => {
  assert.equal(openBelow(home), [])
})

test.run()
