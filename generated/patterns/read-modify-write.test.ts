// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SystemError } from '../foundations/kernel.ts'
import { stage } from './lock-file.stage.ts'
import { readModifyWrite, readModifyWriteSync } from './read-modify-write.ts'

const { folder, start, clear } = stage('patterns/read-modify-write')
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/counter${count++}` })
test.after(clear)
const increment = (old: Buffer | null) => String(Number(old ?? 0) + 1)
const number = () => Number(fs.readFileSync(path, 'utf8'))
const quick = { durability: 'os' } as const

test('IO-4 no update is lost: 8 processes with 200 increments each, and 200 promises here', async () => {
  const script = (sync: boolean) => `const change = old => String(Number(old ?? 0) + 1)
    for (let i = 0; i < 200; i++) {
      ${sync ? 'm.readModifyWriteSync' : 'await m.readModifyWrite'}('${path}', change, { durability: 'os' })
    }
    process.exit(0)`
  const all = Array.from({ length: 8 }, (_, i) => start(script(i % 2 === 0)))
  await Promise.all(Array.from({ length: 200 }, () => readModifyWrite(path, increment, quick)))
  assert.equal(await Promise.all(all.map(({ ended }) => ended)), Array(8).fill(0))
  assert.is(number(), 8 * 200 + 200)
})

test('IO-4 promises of one process take turns also when the change itself waits', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, i) => readModifyWrite(path, async old => {
    await new Promise(resolve => setTimeout(resolve, i % 3))
    return increment(old)
  }, quick)))
  assert.is(number(), 50)
})

test('IO-4 what was acknowledged is there, when writers are killed in the middle of their work', async () => {
  let acknowledged = 0
  const begin = () => {
    const actor = start(`for (;;) {
      await m.readModifyWrite('${path}', old => String(Number(old ?? 0) + 1), { durability: 'os' })
      say('+')
    }`)
    const listen = async (): Promise<void> => { await actor.hear(); acknowledged++; return listen() }
    void listen()
    return actor
  }
  let kills = 0
  for (const actors = [begin(), begin(), begin()]; kills < 9; kills++) {
    const before = acknowledged
    do await sleep(20 + Math.random() * 50); while (acknowledged === before)   // a busy machine
    await actors[kills % 3]!.kill()
    if (kills < 6) actors[kills % 3] = begin()
  }
  assert.ok(acknowledged > 0)
  assert.ok(number() >= acknowledged, `${number()} of ${acknowledged}`)
  assert.ok(number() <= acknowledged + kills, 'a killed one may have written and not have said so')
})

test('a change that throws or returns null leaves the file and frees the lock', async () => {
  fs.writeFileSync(path, '7')
  const { ino } = fs.statSync(path)
  assert.is(await readModifyWrite(path, () => null), null)
  const error = await readModifyWrite(path, () => { throw new Error('no') }).catch(each => each as Error)
  assert.is((error as Error).message, 'no')
  assert.throws(() => readModifyWriteSync(path, () => { throw new Error('no') }), 'no')
  assert.equal([fs.statSync(path).ino, number()], [ino, 7])
  assert.is(readModifyWriteSync(path, increment, quick)?.durability, 'os')
  assert.is(number(), 8)
})

test('all names of one file have one lock, and who waits for himself is told', async () => {
  fs.writeFileSync(path, '0')
  fs.symlinkSync(path, `${path}.link`)
  let inside = 0
  const slowly = async (old: Buffer | null) => {
    assert.is(++inside, 1)
    await new Promise(resolve => setTimeout(resolve, 5))
    inside--
    return increment(old)
  }
  await Promise.all([path, `${path}.link`, path].map(name => readModifyWrite(name, slowly, quick)))
  assert.equal([number(), fs.lstatSync(`${path}.link`).isSymbolicLink()], [3, true])
  const again = () => readModifyWriteSync(path, () => readModifyWriteSync(path, increment) && null)
  assert.throws(again, /^EDEADLK/)
  const nested = await readModifyWrite(path, async () => {
    await readModifyWrite(`${path}.link`, increment, { timeoutMs: 20 })
    return null
  }).catch(error => (error as SystemError).code)
  assert.is(nested, 'ETIMEDOUT')
})

test.run()
