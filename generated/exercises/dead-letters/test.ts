// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FolderQueue } from 'filesystem-communication-space/patterns'
import { takeOrBury } from './solution.ts'

const root = mkdtempSync(`${tmpdir()}/dead-letters-`)
const side = `${root}/side`
mkdirSync(side)
let queue = new FolderQueue(`${root}/queue`)
const dies = () => {
  queue.close()
  queue = new FolderQueue(`${root}/queue`)
}

test('a good message is claimed as always', () => {
  queue.push('good')
  const claim = takeOrBury(queue, side)!
  assert.is(claim.text(), 'good')
  claim.ack()
  assert.is(takeOrBury(queue, side), undefined)
})

let name = ''

test('the fourth claim of a message finds it among the dead', () => {
  name = queue.push('poison')
  for (let i = 0; i < 3; i++) {
    assert.is(takeOrBury(queue, side)?.name, name)
    dies()
  }
  assert.is(takeOrBury(queue, side), undefined)
})

test('what is buried is not claimed again, and its bytes are whole', () => {
  dies()
  assert.is(queue.claim(), undefined)
  assert.is(readFileSync(`${side}/dead/${name}`, 'utf8'), 'poison')
})

test('the count survives the death of its worker', () => {
  for (const text of ['a', 'b']) queue.push(text)
  for (let i = 0; i < 3; i++) {
    takeOrBury(queue, side)
    dies()
  }
  assert.is(takeOrBury(queue, side)?.text(), 'b')
})

test.run()
