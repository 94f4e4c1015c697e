// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { death, feelPulse, Heart } from './heartbeat.ts'
import { stage } from './lock-file.stage.ts'

const { folder, start, clear } = stage('patterns/heartbeat')
test.after(clear)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/heart${count++}` })
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const state = () => feelPulse(path, { silentMs: 300 })?.state ?? null
const becomes = async (wanted: string) => {
  for (let i = 0; i < 200 && state() !== wanted; i++) await sleep(10)
  return state()
}

test('BOOK-4 a stopped process is silent and never dead, a continued one beats, a killed one is dead at once', async () => {
  assert.is(state(), null)
  const ann = start(`new m.Heart('${path}', { everyMs: 30 }); say('beats'); await hear()`)
  await ann.hear()
  assert.equal([state(), feelPulse(path)?.pid], ['beating', ann.child.pid])
  ann.child.kill('SIGSTOP')
  assert.is(await becomes('silent'), 'silent')
  const error: SystemError = await death(path, { timeoutMs: 200 }).catch(each => each)
  assert.equal([error.code, state()], ['ETIMEDOUT', 'silent'])
  assert.throws(() => new Heart(path), /^EBUSY/)
  ann.child.kill('SIGCONT')
  assert.is(await becomes('beating'), 'beating')
  const dying = death(path, { timeoutMs: 5000 })
  await sleep(200)
  const begin = performance.now()
  void ann.kill()
  await dying
  assert.ok(performance.now() - begin < 500, 'the bell, and not the round')
  assert.is(state(), 'dead')
})

test('BOOK-4 a death before any call leaves no heart that seems to beat', () => {
  for (let step = 0, wasKilled = true; wasKilled; step++) {
    let [calls, isDead] = [0, false]
    let heart: Heart | undefined
    const stop = tap((syscall, _args, proceed) => {
      if (calls++ >= step) isDead = true
      if (!isDead || syscall === 'close') return proceed()
      if (syscall === 'fcntl') return 0
      throw new Error('dead')
    })
    try {
      heart = new Heart(path, { everyMs: 0 })
      heart.beat()
      heart.stop()
    } catch { /* it is dead */ } finally {
      heart?.stop()
      stop()
    }
    wasKilled = isDead
    assert.ok([null, 'dead'].includes(state()), `${state()} after a death before call ${step}`)
    assert.ok(step < 50)
  }
})

test('a blocked loop is silent, the clock of the file is not asked, and a stopped heart is dead', () => {
  const heart = new Heart(path, { everyMs: 20 })
  fs.utimesSync(path, 0, 0)
  assert.is(state(), 'beating')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 350)
  assert.is(state(), 'silent')
  heart.beat()
  assert.is(state(), 'beating')
  heart.stop()
  heart.stop()
  heart.beat()
  assert.is(state(), 'dead')
})

test.run()
