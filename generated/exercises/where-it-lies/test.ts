// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BusOptions, openBus } from 'filesystem-communication-space/experiments'
import { answers } from './solution.ts'

function scene(options: BusOptions = {}) {
  const folder = mkdtempSync(`${tmpdir()}/where-it-lies-`)
  const bus = openBus(folder, { create: true, ...options })
  const isNote = (name: string) => !name.startsWith('.')
  const where = () => ['inbox', 'processing', 'completed']
    .find(state => readdirSync(`${folder}/${state}`).some(isNote)) ?? 'nowhere'
  return { folder, bus, where }
}

function published(options?: BusOptions) {
  const { bus, where } = scene(options)
  bus.publish('parcel')
  return { bus, where, message: bus.tryTake()! }
}

test('you know where a message lies that was taken', () => {
  assert.is(answers.taken, published().where())
})

test('you know where it lies when it was taken and given back', () => {
  const { message, where } = published()
  message.release()
  assert.is(answers.givenBack, where())
})

test('you know where it lies when its worker closed the bus without a word', () => {
  const { bus, where } = published()
  bus.close()
  assert.is(answers.workerClosed, where())
})

test('you know where it lies when it was completed on a bus that keeps nothing', () => {
  const { message, where } = published({ keep: false })
  message.complete()
  assert.is(answers.completedAndNotKept, where())
})

test('you know where a message lies that came by a shell, once it was completed', () => {
  const { folder, bus, where } = scene()
  writeFileSync(`${folder}/parcel`, '')
  renameSync(`${folder}/parcel`, `${folder}/inbox/parcel`)
  bus.tryTake()!.complete()
  assert.is(answers.movedInByHandAndCompleted, where())
})

test.run()
