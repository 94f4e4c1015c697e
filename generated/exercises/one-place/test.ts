// Told in chapters/10-files/13-overlapped.md. Edit it there, or edit here and stitch.
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { File } from './solution.ts'

const text = 'abcdefghij'
const slow = async (position: number, length: number) => {
  await sleep(20)
  if (position === 99) throw new Error('refused')
  return text.slice(position, position + length)
}

test('reads without a position follow one another, also when they are asked for at once', async () => {
  const file = new File(slow)
  assert.equal(await Promise.all([file.read(2), file.read(3), file.read(1)]), ['ab', 'cde', 'f'])
})

test('a read at a position does not wait for them', async () => {
  const file = new File(slow)
  const order: string[] = []
  const note = (name: string) => () => { order.push(name) }
  await Promise.all([file.read(1).then(note('first')), file.read(1).then(note('second')),
    file.read(1, 5).then(note('at 5'))])
  assert.ok(order.indexOf('at 5') < order.indexOf('second'))
  assert.is(await file.read(1), 'c')
})

test('a failed read does not stop the next one', async () => {
  let fails = true
  const file = new File(async (position, length) => {
    if (fails) { fails = false; throw new Error('refused') }
    return slow(position, length)
  })
  const both = await Promise.allSettled([file.read(1), file.read(1)])
  assert.equal(both.map(({ status }) => status), ['rejected', 'fulfilled'])
})

test.run()
