// Told in chapters/02-primitives-catalog/07-descriptor-passing.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open } from 'filesystem-communication-space/foundations'
import { receiveWith, sendWith, socketPair } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/what-came-along-`)}/file`
writeFileSync(path, '0123456789')
const text = Buffer.from('text')

test('you know where the receiver\'s first read begins when the sender has read four bytes', () => {
  const [[one, two], file] = [socketPair('seqpacket'), open(path)]
  file.read(Buffer.alloc(4))
  sendWith(one, text, [file])
  const first = Buffer.alloc(1)
  receiveWith(two)!.files[0]!.read(first)
  assert.is(answers.receiverBeginsAt, Number(String(first)))
})

test('you know what a plain read does with a note that carries a file', () => {
  const [[one, two], file] = [socketPair('seqpacket'), open(path)]
  sendWith(one, text, [file])
  const before = readdirSync('/proc/self/fd').length
  two.read(Buffer.alloc(10))
  assert.is(answers.descriptorsAfterAPlainRead, readdirSync('/proc/self/fd').length - before)
})

test('you know how many notes a stream makes of a sent file between two texts', () => {
  const [[one, two], file] = [socketPair('stream'), open(path)]
  one.send(text)
  sendWith(one, text, [file])
  one.send(text)
  let count = 0
  while (receiveWith(two) !== null) count++
  assert.is(answers.receivesOfAStream, count)
})

test.run()
