// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Observer, SystemError } from '../foundations/kernel.ts'
import { disturbed, during, failing, livesThrough, openBelow } from './append-log.stage.ts'
import { Intake, type Enrich } from './durable-intake.ts'

const home = fs.mkdtempSync(`${tmpdir()}/durable-intake-test-`)
const descriptors = () => openBelow(home)
test.after(() => fs.rmSync(home, { recursive: true }))

let folders = 0
const fresh = () => `${home}/${folders++}`
const openIntake = (folder: string, enrich: Enrich = parse) =>
  new Intake(folder, enrich, { sync: 'here', segmentBytes: 512 })
const bytes = (text: string) => Buffer.from(text)

/** The usual enrichment: it fails for what is not JSON. */
const parse: Enrich = raw => bytes(`parsed ${JSON.parse(raw.toString()).id}`)
const stateOf = (intake: Intake, sequence: number) => {
  const outcome = intake.outcome(sequence)
  return outcome.state === 'enriched' ? outcome.bytes.toString() : outcome.state
}

test('IO-3 control returns when the raw data is stored, before anybody looks at it', async () => {
  const events: string[] = []
  let go = () => {}
  const gate = new Promise<void>(resolve => { go = resolve })
  const intake = openIntake(fresh(), async raw => {
    events.push('looked at')
    await gate
    return raw
  })
  const { sequence, durability } = await intake.accept(bytes('anything'))
  events.push(`stored on ${durability}`)
  assert.is(stateOf(intake, sequence), 'waiting')
  for (let i = 0; i < 5; i++) await new Promise(setImmediate)
  assert.equal(events, ['stored on disk and folder', 'looked at'])
  await intake.accept(bytes('more'))   // although the first one is still being looked at
  go()
  await intake.idle()
  assert.is(stateOf(intake, sequence), 'anything')
  await intake.close()
})

test('IO-3 enrichment may fail: the data stays, the reason is kept, and it can be tried again', async () => {
  const folder = fresh()
  let isFixed = false
  const enrich: Enrich = (raw, sequence) => isFixed ? bytes(`mended ${sequence}`) : parse(raw, sequence)
  const intake = openIntake(folder, enrich)
  for (const raw of ['{ "id": 1 }', '{ "id": ', '{ "id": 3 }']) await intake.accept(bytes(raw))
  await intake.idle()
  assert.equal([1, 2, 3].map(sequence => stateOf(intake, sequence)), ['parsed 1', 'failed', 'parsed 3'])
  assert.match((intake.outcome(2) as { reason: string }).reason, /^SyntaxError: /)
  assert.is(intake.raw(2).toString(), '{ "id": ')
  await intake.close()
  isFixed = true
  const again = openIntake(folder, enrich)
  await again.idle()
  assert.equal(again.failed(), [2], 'what has failed is not tried by itself')
  again.retry(2)
  await again.idle()
  assert.equal([1, 2, 3].map(sequence => stateOf(again, sequence)), ['parsed 1', 'mended 2', 'parsed 3'])
  assert.throws(() => again.retry(4), /ENOENT/)
  await again.close()
})

test('IO-3 what was stored and not looked at is looked at after the next opening', async () => {
  const folder = fresh()
  const intake = openIntake(folder, () => new Promise(() => {}))
  const ids = Array.from({ length: 40 }, (_, i) => i + 1)
  await Promise.all(ids.map(id => intake.accept(bytes(`{ "id": ${id} }`))))
  await new Promise(resolve => setTimeout(resolve, 5))   // the first is being looked at
  abandon(intake)
  const again = openIntake(folder)
  await again.idle()
  assert.equal(ids.map(id => stateOf(again, id)), ids.map(id => `parsed ${id}`))
  await again.close()
})

/** Leaves an intake as a kill does: its descriptors are closed, and nobody else is told. */
function abandon(_intake: Intake): void {
  for (const name of fs.readdirSync('/proc/self/fd')) {
    try {
      if (fs.readlinkSync(`/proc/self/fd/${name}`).startsWith(home)) fs.closeSync(Number(name))
    } catch { /* the folder that was just listed */ }
  }
}

interface Told { stored: Set<string>, errors: SystemError[], opening?: SystemError }
const deliveries = ['{ "id": 0 }', '{ "id": 1 }', 'no JSON', '{ "id": 3 }', '{ "id": 4 }']

async function scene(folder: string, told: Told): Promise<void> {
  let intake: Intake
  try {
    intake = openIntake(folder)
  } catch (error) {
    told.opening = error as SystemError
    return
  }
  for (const raw of deliveries) {
    await intake.accept(bytes(raw.padEnd(90))).then(() => { told.stored.add(raw) }, error => told.errors.push(error))
  }
  await intake.idle().catch(error => told.errors.push(error))
  await intake.close()
}

/** The next process finds all that was acknowledged, each with an outcome in the end. */
async function mustKeep(folder: string, { stored }: Told, where: string): Promise<number> {
  const intake = openIntake(folder)
  const { sequence } = await intake.accept(bytes('{ "id": "last" }'))
  await intake.idle()
  const found = Array.from({ length: sequence - 1 }, (_, i) => intake.raw(i + 1).toString().trim())
  for (const raw of stored) assert.ok(found.includes(raw), `${where}: ${raw} was acknowledged`)
  assert.is(new Set(found).size, found.length, where)
  for (const [i, raw] of found.entries()) {
    assert.is(stateOf(intake, i + 1), raw === 'no JSON' ? 'failed' : `parsed ${JSON.parse(raw).id}`, where)
  }
  await intake.close()
  return found.length
}

test('IO-3 nothing acknowledged is lost when the process dies before any of its calls', async () => {
  const seen = new Set<number>()
  for (let step = 0, lived = false; !lived; step++) {
    const folder = fresh(), told: Told = { stored: new Set(), errors: [] }
    lived = await livesThrough(step, () => scene(folder, told))
    seen.add(await mustKeep(folder, told, `died before call ${step}`))
  }
  assert.is(seen.size, 6)
})

for (const [code, answer] of Object.entries({ ENOSPC: -28, EIO: -5 })) {
  test(`IO-3 ${code} at any call is told, and loses nothing that was acknowledged`, async () => {
    for (let step = 0, failed: string | undefined = ''; failed !== undefined; step++) {
      const folder = fresh(), told: Told = { stored: new Set(), errors: [] }
      const fault = failing(step, answer)
      await during(fault.observer, () => scene(folder, told))
      failed = fault.failed()
      const where = `${code}, ${failed} at call ${step}`
      for (const error of told.opening === undefined ? told.errors : [told.opening]) {
        assert.is(error.code, code, where)
        assert.ok(error.path!.startsWith(home), where)
      }
      if (told.opening === undefined) assert.ok(told.stored.size === 5 || told.errors.length > 0, where)
      await mustKeep(folder, told, where)
    }
  })
}

test('IO-3 signals and short writes do not show', async () => {
  const folder = fresh(), told: Told = { stored: new Set(), errors: [] }
  await during(disturbed(), () => scene(folder, told))
  assert.equal([told.errors, told.opening, told.stored.size], [[], undefined, 5])
  assert.is(await mustKeep(folder, told, 'disturbed'), 5)
})

test('IO-3 raw data is still taken while results cannot be stored, and the work goes on when they can', async () => {
  const intake = openIntake(fresh(), () => Buffer.alloc(400))
  let isFull = true
  const full: Observer = (syscall, _args, proceed) => syscall === 'fallocate' && isFull ? -28 : proceed()
  await during(full, async () => {
    await intake.accept(bytes('1'))
    await intake.accept(bytes('2'))
    assert.is((await intake.idle().catch(error => error)).code, 'ENOSPC')
    isFull = false
    await intake.accept(bytes('3'))
    await intake.idle()
  })
  assert.equal([1, 2, 3].map(sequence => intake.outcome(sequence).state), ['enriched', 'enriched', 'enriched'])
  await intake.close()
})

test('no test has left a descriptor behind', () => {
  assert.equal(descriptors(), [])
})

test.run()
