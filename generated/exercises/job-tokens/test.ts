// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mkfifo } from 'filesystem-communication-space/foundations'
import { fill, Worker } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/job-tokens-`)}/fifo`
mkfifo(path)
const holder = fill(path, 2)
const [ann, bob, carol] = [new Worker(path), new Worker(path), new Worker(path)]
test.after(() => holder.close())

test('as many may work as there are tokens and no more', () => {
  assert.equal([ann.take(), bob.take(), carol.take()], [true, true, false])
})

test('who gives back lets the next one in', () => {
  ann.give()
  assert.equal([carol.take(), ann.take()], [true, false])
})

test('what is given twice makes no new token', () => {
  bob.give()
  bob.give()
  assert.equal([ann.take(), bob.take()], [true, false])
})

test.run()
