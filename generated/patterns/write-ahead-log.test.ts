// Told in chapters/03-patterns-and-idioms/03-write-ahead-log.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { disturbed, during, failing, livesThrough, openBelow } from './append-log.stage.ts'
import { PageFile, type PageFileOptions, type Transaction } from './write-ahead-log.ts'

const home = fs.mkdtempSync(`${tmpdir()}/write-ahead-log-test-`)
const descriptors = () => openBelow(home)
test.after(() => fs.rmSync(home, { recursive: true }))

let folders = 0
const fresh = () => `${home}/${folders++}`
const PAGE = 64, ACCOUNTS = 4, MONEY = 1000
const openBank = (folder: string, options: PageFileOptions = {}) =>
  new PageFile(folder, { pageBytes: PAGE, segmentBytes: 1024, checkpointBytes: 400, sync: 'here', ...options })

const balance = (page: Buffer) => page.readInt32LE(0)
const page = (amount: number) => {
  const bytes = Buffer.alloc(PAGE)
  bytes.writeInt32LE(amount)
  return bytes
}
const balances = (bank: PageFile) => Array.from({ length: ACCOUNTS }, (_, i) => balance(bank.read(i)))

/** Moves money, each account being a page of its own. */
const transfer = (from: number, to: number, amount: number) => ({ read, write }: Transaction) => {
  write(from, page(balance(read(from)) - amount))
  write(to, page(balance(read(to)) + amount))
  return amount
}
const endow = ({ write }: Transaction) => {
  for (let i = 0; i < ACCOUNTS; i++) write(i, page(MONEY))
}

test('IO-10 a transaction is seen whole or not at all, also by the next process', async () => {
  const folder = fresh()
  const bank = openBank(folder)
  await bank.transact(endow)
  const transfers = Array.from({ length: 60 }, (_, i) => bank.transact(transfer(i % 4, (i + 1) % 4, i)))
  assert.equal(balances(bank), [MONEY, MONEY, MONEY, MONEY], 'not before it is durable')
  assert.equal(await Promise.all(transfers), transfers.map((_, i) => i), 'each resolves to what its work returned')
  const after = balances(bank)
  assert.is(after.reduce((sum, each) => sum + each), ACCOUNTS * MONEY)
  await bank.close()
  const again = openBank(folder)
  assert.equal(balances(again), after)
  await again.close()
})

test('IO-10 work that throws changes nothing, and those beside it in the group are not disturbed', async () => {
  const bank = openBank(fresh())
  await bank.transact(endow)
  const [good, bad, next] = await Promise.allSettled([
    bank.transact(transfer(0, 1, 100)),
    bank.transact(transaction => { transfer(1, 2, 500)(transaction); throw new Error('no cover') }),
    bank.transact(({ read }) => balance(read(1))),
  ])
  assert.equal([good.status, bad.status], ['fulfilled', 'rejected'])
  assert.equal((next as { value: number }).value, MONEY + 100, 'it saw the one before, and not the one that failed')
  assert.equal(balances(bank), [MONEY - 100, MONEY + 100, MONEY, MONEY])
  await bank.close()
})

test('IO-10 a hundred transactions that wait together cost one sync', async () => {
  const bank = openBank(fresh(), { segmentBytes: 2 ** 20, checkpointBytes: 2 ** 20 })
  await bank.transact(endow)
  let syncs = 0
  await during((syscall, _args, proceed) => {
    if (syscall === 'fdatasync') syncs++
    return proceed()
  }, () => Promise.all(Array.from({ length: 100 }, () => bank.transact(transfer(0, 1, 1)))))
  assert.is(syncs, 1)
  assert.equal(balances(bank), [MONEY - 100, MONEY + 100, MONEY, MONEY])
  await bank.close()
})

test('IO-10 the file is changed only after the log is durable, and the log is cut only after the file is', async () => {
  const folder = fresh(), calls: string[] = []
  const files = new Map<number, string>()
  const stop = tap((syscall, args, proceed) => {
    const result = proceed()
    if (syscall === 'open') files.set(result, /pages/.test(String(args[0])) ? 'pages' : 'log')
    if (/^(pwrite|fdatasync)$/.test(syscall)) calls.push(`${syscall} ${files.get(args[0] as number)}`)
    if (syscall === 'unlink') calls.push('unlink segment')
    return result
  })
  const bank = openBank(folder, { checkpointBytes: 2 ** 20 })
  for (let i = 0; i < 12; i++) await bank.transact(endow)
  await bank.checkpoint()
  stop()
  calls.splice(0, calls.lastIndexOf('pwrite log'))
  const write = Array.from({ length: ACCOUNTS }, () => 'pwrite pages')
  assert.equal(calls.filter((each, i) => each !== 'unlink segment' || calls[i - 1] !== each),
    ['pwrite log', 'fdatasync log', ...write, 'fdatasync pages', 'unlink segment'])
  await bank.close()
})

test('IO-10 a checkpoint bounds what is done again', async () => {
  const folder = fresh()
  const bank = openBank(folder, { checkpointBytes: 2 ** 20 })
  await bank.transact(endow)
  for (let i = 0; i < 100; i++) await bank.transact(transfer(0, 1, 1))
  const [segments, counted] = [() => fs.readdirSync(`${folder}/log`).length, balances(bank)]
  assert.ok(segments() > 10)
  await bank.checkpoint()
  assert.is(segments(), 2, 'the lock, and the segment that is written')
  await bank.close()
  const again = openBank(folder)
  assert.ok(again.redone < 10)
  assert.equal(balances(again), counted)
  await again.close()
})

interface Told { sums: number[], done: number, errors: SystemError[], opening?: SystemError }

/** Nine transfers of 1, each awaited, so that account 0 counts what was acknowledged; then a checkpoint. */
async function scene(folder: string, told: Told): Promise<void> {
  let bank
  try {
    bank = openBank(folder)
  } catch (error) {
    told.opening = error as SystemError
    return
  }
  for (let i = 0; i < 9; i++) {
    await bank.transact(transfer(0, 1 + i % 3, 1)).then(
      () => { told.done++ }, error => { told.errors.push(error) })
  }
  await bank.checkpoint().catch(error => told.errors.push(error))
  await bank.close()
}

async function endowed(): Promise<string> {
  const folder = fresh()
  const bank = openBank(folder)
  await bank.transact(endow)
  await bank.close()
  return folder
}

/** As the next process finds it: no money made or lost, and nothing acknowledged undone. */
async function mustBalance(folder: string, told: Told, where: string): Promise<number> {
  const bank = openBank(folder)
  const found = balances(bank)
  assert.is(found.reduce((sum, each) => sum + each), ACCOUNTS * MONEY, `${where}: ${found.join(' ')}`)
  const moved = MONEY - found[0]!
  assert.ok(moved >= told.done && moved <= 9, `${where}: ${told.done} were acknowledged, ${moved} are there`)
  await bank.transact(transfer(0, 1, 1))
  await bank.close()
  return moved
}

test('IO-10 old or new, and nothing acknowledged lost, when the process dies before any of its calls', async () => {
  const seen = new Set<number>()
  for (let step = 0, lived = false; !lived; step++) {
    const folder = await endowed(), told: Told = { sums: [], done: 0, errors: [] }
    lived = await livesThrough(step, () => scene(folder, told))
    seen.add(await mustBalance(folder, told, `died before call ${step}`))
  }
  assert.is(seen.size, 10)
})

for (const [code, answer] of Object.entries({ ENOSPC: -28, EIO: -5 })) {
  test(`IO-10 ${code} at any call is told, and leaves old or new`, async () => {
    for (let step = 0, failed: string | undefined = ''; failed !== undefined; step++) {
      const folder = await endowed(), told: Told = { sums: [], done: 0, errors: [] }
      const fault = failing(step, answer)
      await during(fault.observer, () => scene(folder, told))
      failed = fault.failed()
      const where = `${code}, ${failed} at call ${step}`
      for (const error of told.opening === undefined ? told.errors : [told.opening]) {
        assert.is(error.code, code, where)
        assert.ok(error.path?.startsWith(folder), `${where}: ${error.message}`)
      }
      if (told.opening === undefined) assert.ok(told.done === 9 || told.errors.length > 0, where)
      await mustBalance(folder, told, where)
    }
  })
}

test('IO-10 signals and short writes do not show', async () => {
  const folder = await endowed(), told: Told = { sums: [], done: 0, errors: [] }
  await during(disturbed(), () => scene(folder, told))
  assert.equal([told.done, told.errors, told.opening], [9, [], undefined])
  assert.is(await mustBalance(folder, told, 'disturbed'), 9)
})

test('IO-10 a page file keeps its page size, and pages have numbers', async () => {
  const folder = await endowed()
  assert.throws(() => openBank(folder, { pageBytes: 128 }), /EINVAL/)
  const bank = openBank(folder)
  assert.throws(() => bank.read(-1), /page has a number/)
  assert.equal(bank.read(2 ** 31), Buffer.alloc(PAGE))
  const short = await bank.transact(({ write }) => write(0, Buffer.alloc(3))).catch(error => error)
  assert.instance(short, RangeError)
  await bank.close()
})

test('no test has left a descriptor behind', () => {
  assert.equal(descriptors(), [])
})

test.run()
