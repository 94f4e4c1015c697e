// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { FileBus } from 'filesystem-communication-space/experiments'
import { syncs, writes } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/what-is-asked-`)
const bus = new FileBus(`${folder}/bus`)
const bob = bus.enter('packers', { pattern: '>' })
bus.publish('a', 'the first opens the file')
bob.done([bob.tryTake()!])
function count<T>(name: RegExp, action: () => T): { count: number, result: T } {
  let calls = 0
  const stop = tap((syscall, _args, proceed) => {
    if (name.test(syscall)) calls++
    return proceed()
  })
  const result = action()
  stop()
  return { count: calls, result }
}

test('you know the writes of one publish, of taking sixteen and of one acknowledgement', () => {
  assert.is(writes.publish, count(/^write$/, () => void bus.publish('a', '0')).count)
  for (let i = 1; i < 16; i++) void bus.publish('a', `${i}`)
  const { count: taking, result } = count(/^write$/, () => bob.tryTake()!)
  assert.is(writes.takeSixteen, taking)
  assert.is(writes.acknowledgeOne, count(/^write$/, () => bob.done([result])).count)
})

test('you know the writes of acknowledging sixteen with one call', () => {
  void bus.publish('a', '16')
  const sixteen = Array.from({ length: 16 }, () => bob.tryTake()!)
  assert.is(writes.acknowledgeSixteen, count(/^write$/, () => bob.done(sixteen)).count)
})

test('you know the syncs of one publish for each durability', () => {
  for (const durability of ['os', 'disk', 'disk and folder'] as const) {
    const own = new FileBus(`${folder}/${durability}`, { durability })
    void own.publish('a', 'the first')
    assert.is(syncs[durability], count(/sync$/, () => void own.publish('a', 'the second')).count, durability)
  }
})

test.run()
