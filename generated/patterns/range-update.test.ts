// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { stage } from './lock-file.stage.ts'
import { readRange, RecordFile, updateRange } from './range-update.ts'

const { folder, start, clear } = stage('patterns/range-update')
const KILLS = Number(process.env['FCS_KILLS'] ?? 8)
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
let [path, count] = ['', 0]
test.before.each(() => {
  path = `${folder}/records${count++}`
  fs.writeFileSync(path, '')
})
test.after(clear)
const codeOf = (promise: Promise<unknown>) => promise.then(() => '', (error: SystemError) => error.code)

/** Four actors that run `script` for ever and say the number of a record for each update; some are killed. */
async function massacre(records: number, script: string): Promise<number[]> {
  const told = Array.from({ length: records }, () => 0)
  const begin = () => {
    const actor = start(`for (;;) {
      const i = Math.floor(Math.random() * ${records})
      ${script}
      say(i)
    }`)
    const listen = async (): Promise<void> => { told[Number(await actor.hear())]!++; return listen() }
    void listen()
    return actor
  }
  const actors = [begin(), begin(), begin(), begin()]
  while (told.reduce((sum, each) => sum + each) < 60) await sleep(10)
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(40 + Math.random() * 60)
    await actors[kill % 4]!.kill()
    if (kill < KILLS - 4) actors[kill % 4] = begin()
  }
  await Promise.all(actors.map(actor => actor.kill()))
  return told
}

test('IO-9 records within a page are old or new when updaters are killed, and no update is lost', async () => {
  const [records, size] = [50, 512]
  const told = await massacre(records, `await m.updateRange('${path}', i * ${size}, ${size}, bytes => {
    const next = bytes.readUInt32LE(0) + 1
    bytes.fill(next & 255)
    bytes.writeUInt32LE(next, 0)
  })`)
  let ahead = 0
  for (let i = 0; i < records; i++) {
    const bytes = await readRange(path, i * size, size)
    const value = bytes.readUInt32LE(0)
    assert.ok(bytes.subarray(4).every(byte => byte === (value & 255)), `record ${i} is torn`)
    assert.ok(value >= told[i]!, `record ${i}: ${value} of ${told[i]}`)
    ahead += value - told[i]!
  }
  assert.ok(told.some(value => value > 1))
  assert.ok(ahead <= KILLS + 4, `${ahead} updates were done and not told`)
})

test('IO-9 records of any length are old or new in a RecordFile, also when their updaters are killed', async () => {
  const [records, size] = [4, 300_000]
  const told = await massacre(records, `
    const file = new m.RecordFile('${path}', ${size})
    await file.update(i, old => {
      const bytes = Buffer.alloc(${size})
      const next = (old?.readUInt32LE(0) ?? 0) + 1
      bytes.fill(next & 255)
      bytes.writeUInt32LE(next, 0)
      return bytes
    })`)
  const file = new RecordFile(path, size)
  for (let i = 0; i < records; i++) {
    const bytes = await file.read(i)
    if (bytes === null) { assert.is(told[i], 0); continue }
    const value = bytes.readUInt32LE(0)
    assert.ok(bytes.subarray(4).every(byte => byte === (value & 255)), `record ${i} is torn`)
    assert.ok(value >= told[i]! && value <= told[i]! + KILLS + 4)
  }
  assert.ok(told.some(value => value > 1))
})

test('IO-9 a slot that is torn after any number of bytes leaves the record as it was', async () => {
  const file = new RecordFile(path, 24)
  for (let torn = 0; torn < 32; torn++) {
    fs.writeFileSync(path, '')
    await file.update(1, () => Buffer.alloc(24, 'a'))
    await file.update(1, () => Buffer.alloc(24, 'b'))
    const stop = tap((syscall, args, proceed) => {
      if (syscall !== 'pwrite') return proceed()
      fs.writeSync(args[0] as number, args[1] as Buffer, 0, torn, args[3] as number)
      return -5
    })
    assert.is(await codeOf(file.update(1, () => Buffer.alloc(24, 'c'))), 'EIO')
    stop()
    assert.is(String(await file.read(1)), 'b'.repeat(24), `torn after ${torn} bytes`)
    await file.update(1, old => Buffer.from(String(old).replaceAll('b', 'd')))
    assert.is(String(await file.read(1)), 'd'.repeat(24))
  }
})

test('IO-9 no flipped bit is taken for a record: the older one is read, or EBADMSG', async () => {
  const file = new RecordFile(path, 8)
  await file.update(0, () => Buffer.from('eightone'))
  const whole = fs.readFileSync(path)
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    fs.writeFileSync(path, flipped)
    const read = await file.read(0).then(String, (error: SystemError) => error.code)
    assert.match(read, /^(null|EBADMSG)$/)
  }
  fs.writeFileSync(path, Buffer.concat([whole, Buffer.alloc(16), whole]))
  assert.is(String(await file.read(0)), 'eightone')
})

test('IO-9 a record at a wrong place, and one of which both slots are damaged, is told', async () => {
  const file = new RecordFile(path, 8)
  for (const text of ['eightone', 'eighttwo']) await file.update(0, () => Buffer.from(text))
  assert.is(String(await file.read(0)), 'eighttwo')
  const whole = fs.readFileSync(path)
  fs.writeFileSync(path, Buffer.concat([whole, whole]))
  assert.is(await codeOf(file.read(1)), 'EBADMSG')
  assert.is(String(await file.read(0)), 'eighttwo')
  assert.is(await file.read(7), null)
  assert.is(await codeOf(file.update(0, () => Buffer.from('short'))), 'ERR_OUT_OF_RANGE')
})

test('IO-9 updates of other bytes do not wait, those of the same bytes do, in one process as well', async () => {
  let release = () => {}
  const held = updateRange(path, 0, 10, () => new Promise<void>(resolve => { release = resolve }))
  await sleep(20)
  await updateRange(path, 10, 10, bytes => { bytes.fill('x') }, { timeoutMs: 1000, durability: 'disk' })
  assert.is(await codeOf(updateRange(path, 9, 2, () => {}, { timeoutMs: 30 })), 'ETIMEDOUT')
  assert.is(await codeOf(readRange(path, 0, 1, { timeoutMs: 30 })), 'ETIMEDOUT')
  release()
  await held
  assert.is(String(await readRange(path, 8, 4)), '\0\0xx')
  await Promise.all(Array.from({ length: 100 }, () =>
    updateRange(path, 100, 4, async bytes => { await sleep(0); bytes.writeUInt32LE(bytes.readUInt32LE() + 1) })))
  assert.is((await readRange(path, 100, 4)).readUInt32LE(), 100)
  assert.is(await codeOf(updateRange(`${path}.missing`, 0, 1, () => {})), 'ENOENT')
  assert.is(fs.existsSync(`${path}.missing`), false)
})

test.run()
