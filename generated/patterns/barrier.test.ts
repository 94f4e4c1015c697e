// Told in chapters/03-patterns-and-idioms/17-barrier.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { Barrier, type Party } from './barrier.ts'
import { stage } from './lock-file.stage.ts'

const { folder, start, clear } = stage('patterns/barrier')
test.after(clear)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/barrier${count++}` })
const told = (promise: Promise<unknown>) =>
  promise.then(String, (error: SystemError) => `${error.code} ${error.hint?.replace(/\d+ /, '')}`)

test('BOOK-4 nobody goes on before all are there, round after round', async () => {
  const rounds = 20
  const others = [1, 2, 3].map(name => start(`const party = new m.Barrier('${path}', 3).join('${name}')
    for (let i = 1; i <= ${rounds}; i++) {
      fs.appendFileSync('${path}.log', i + '\\n')
      if (await party.meet() !== i) say('another round')
    }
    say('through'); process.exit(0)`))
  assert.equal(await Promise.all(others.map(other => other.hear())), ['through', 'through', 'through'])
  const log = fs.readFileSync(`${path}.log`, 'utf8').trim().split('\n').map(Number)
  assert.equal(log, Array.from({ length: 3 * rounds }, (_, i) => Math.floor(i / 3) + 1))
  assert.equal(fs.readdirSync(path).sort(), [`round-${rounds}`, 'seats'])
})

test('BOOK-4 one that dies before it arrives is told to all who wait, by name and at once', async () => {
  const barrier = new Barrier(path, 3)
  const [ann, carol] = [barrier.join('Ann'), barrier.join('Carol')]
  const bob = start(`const party = new m.Barrier('${path}', 3).join('Bob')
    await party.meet(); say('met'); await hear()`)
  assert.equal(await Promise.all([ann.meet(), carol.meet(), bob.hear()]), [1, 1, 'met'])
  const waits = [told(ann.meet({ timeoutMs: 5000 })), told(carol.meet({ timeoutMs: 5000 }))]
  await new Promise(resolve => setTimeout(resolve, 200))
  const begin = performance.now()
  void bob.kill()
  assert.equal(await Promise.all(waits), ['EOWNERDEAD dead Bob', 'EOWNERDEAD dead Bob'])
  assert.ok(performance.now() - begin < 600)
  assert.is(await told(ann.meet()), 'EOWNERDEAD dead Bob', 'and it stays so')
  for (const party of [ann, carol]) party.leave()
})

test('BOOK-4 a death before any call of another leaves nobody waiting for it', async () => {
  for (let step = 0, wasKilled = true; wasKilled; step++) {
    const barrier = new Barrier(`${path}.${step}`, 2)
    const ann = barrier.join('Ann')
    let [calls, isDead] = [0, false]
    const opened: Party[] = []
    const stop = tap((syscall, _args, proceed) => {
      if (calls++ >= step) isDead = true
      if (!isDead || syscall === 'close') return proceed()
      if (syscall === 'fcntl') return 0
      throw new Error('dead')
    })
    try {
      opened.push(barrier.join('Bob'))
      const meeting = opened[0]!.meet({ timeoutMs: 1 }).catch(() => {})
      opened[0]!.leave()
      void meeting
    } catch { /* he is dead */ } finally {
      for (const each of opened) {
        try { each.leave() } catch { /* his files are closed */ }
      }
      stop()
    }
    wasKilled = isDead
    const answer = await told(ann.meet({ timeoutMs: 300 }))
    assert.match(answer, /^(1|EOWNERDEAD (dead|left) Bob|ETIMEDOUT .*)$/)
    const hasJoined = /Bob/.test(fs.readFileSync(`${path}.${step}/seats`, 'utf8'))
    if (hasJoined) assert.is.not(answer.slice(0, 9), 'ETIMEDOUT', `step ${step}`)
    ann.leave()
    assert.ok(step < 60)
  }
})

test('one that leaves is told, one too many is refused, and a deadline lets the arrival stand', async () => {
  const barrier = new Barrier(path, 2)
  const ann = barrier.join('Ann')
  assert.match(await told(ann.meet({ timeoutMs: 20 })), /^ETIMEDOUT/)
  const bob = barrier.join('Bob')
  assert.throws(() => barrier.join('Carol'), /^EBUSY/)
  assert.is(await bob.meet({ timeoutMs: 1000 }), 1, 'Ann has arrived')
  assert.is(await ann.meet(), 1)
  bob.leave()
  bob.leave()
  assert.is(await told(ann.meet()), 'EOWNERDEAD left Bob')
  assert.throws(() => barrier.join('Carol'), /^EBUSY/)
  assert.is(await ann.meet({ signal: AbortSignal.abort('enough') }).catch(each => each), 'enough')
  assert.throws(() => new Barrier(path, 0), RangeError)
  ann.leave()
})

test.run()
