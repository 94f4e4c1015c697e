// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBus } from 'filesystem-communication-space/experiments'
import { tap } from 'filesystem-communication-space/foundations'
import { publishByHand } from './solution.ts'

const order = 'one teapot\ntwo cups\n'
let folder = ''
const inbox = () => readdirSync(`${folder}/inbox`)
test.before.each(() => {
  folder = mkdtempSync(`${tmpdir()}/publish-by-hand-`)
  openBus(folder, { create: true }).close()
})

test('a worker takes what was published, whole', () => {
  publishByHand(folder, 'order-1', order)
  assert.is(openBus(folder).tryTake()?.text(), order)
})

test('no name in the inbox leads to half a message, at any call', () => {
  const halves: string[] = []
  const stop = tap((_syscall, _args, proceed) => {
    const answer = proceed()
    for (const name of inbox().filter(each => !each.startsWith('.'))) {
      const text = readFileSync(`${folder}/inbox/${name}`, 'utf8')
      if (text !== order) halves.push(text)
    }
    return answer
  })
  publishByHand(folder, 'order-1', order)
  stop()
  assert.equal(halves, [], 'what a worker could have taken')
})

test('a name that is taken is refused with EEXIST, and what stands there stays', () => {
  publishByHand(folder, 'order-1', order)
  assert.throws(() => publishByHand(folder, 'order-1', 'another'), /^EEXIST/)
  assert.is(readFileSync(`${folder}/inbox/order-1`, 'utf8'), order)
})

test('nothing is left beside it', () => {
  publishByHand(folder, 'order-1', order)
  try {
    publishByHand(folder, 'order-1', 'another')
  } catch { /* it is refused */ }
  assert.equal(inbox(), ['order-1'])
})

test.run()
