// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import {
  acquireLease, Fence, readLease, tryAcquireLease, withLease, type Lease, type LeaseOptions,
} from './fencing-lease.ts'
import { stage } from './lock-file.stage.ts'

const { folder, start, clear } = stage('patterns/fencing-lease')
test.after(clear)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/lease${count++}` })
const os = { durability: 'os' } as const
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const codeOf = (error: unknown) => (error as SystemError).code ?? String(error)
const codeOfCall = (call: () => unknown) => {
  try {
    call()
    return 'passed'
  } catch (error) { return codeOf(error) }
}

const [F_OFD_SETLK, F_UNLCK] = [37, 2]

/** Does `action` as a process that is killed before its `step`-th call: from there on only its files are closed. */
function killedBefore(step: number, action: () => unknown): boolean {
  let [calls, isDead] = [0, false]
  const stop = tap((syscall, [, command, argument], proceed) => {
    if (calls++ >= step) isDead = true
    const isUnlock = command === F_OFD_SETLK && (argument as Uint8Array)[0] === F_UNLCK
    if (isDead && isUnlock) return 0   // the dead give nothing back but by the close
    if (isDead && syscall !== 'close') throw new Error('dead')
    return proceed()
  })
  try {
    action()
  } catch { /* it is dead */ } finally { stop() }
  return isDead
}

interface Model { holder: number | null, token: number, fenced: number, nowMs: number, untilMs: number, tokens: number[] }
interface Real { path: string, clock: { nowMs: number }, leases: (Lease | undefined)[], fence: Fence }
class Step implements fc.Command<Model, Real> {
  readonly #what: string
  readonly #client: number
  readonly #run: (model: Model, real: Real, client: number) => void
  constructor(what: string, client: number, run: (model: Model, real: Real, client: number) => void) {
    this.#what = what
    this.#client = client
    this.#run = run
  }
  check(): boolean { return true }
  run(model: Model, real: Real): void {
    this.#run(model, real, this.#client)
    if (model.holder !== null && model.nowMs >= model.untilMs) model.holder = null
    const state = readLease(real.path, { nowMs: () => real.clock.nowMs })
    assert.equal([state?.isHeld ?? false, state?.token ?? 0], [model.holder !== null, model.token], String(this))
  }
  toString(): string { return `${this.#what}(${this.#client})` }
}

const acquire = (ttlMs?: number) => (model: Model, { path, clock, leases }: Real, i: number) => {
  if (leases[i] !== undefined) return
  const lease = tryAcquireLease(path, { ...os, ttlMs, renewMs: 0, nowMs: () => clock.nowMs, name: `${i}` })
  assert.is(lease !== null, model.holder === null)
  if (lease === null) return
  Object.assign(model, { holder: i, token: model.token + 1, untilMs: model.nowMs + (ttlMs ?? Infinity) })
  assert.is(lease.token, model.token)
  model.tokens[i] = model.token
  leases[i] = lease
}

const steps: Record<string, (model: Model, real: Real, client: number) => void> = {
  acquire: acquire(), acquireForTime: acquire(100),
  release: (model, { leases }, i) => {
    leases[i]?.release()
    leases[i] = undefined
    if (model.holder === i) model.holder = null
  },
  die: (model, { leases }, i) => {
    killedBefore(0, () => leases[i]?.release())
    leases[i] = undefined
    if (model.holder === i) model.holder = null
  },
  renew: (model, { leases }, i) => {
    const lease = leases[i]
    if (lease === undefined) return
    assert.is(lease.renew(), model.holder === i)
    if (model.holder !== i) return void (leases[i] = undefined)
    if (model.untilMs < Infinity) model.untilMs = model.nowMs + 100
  },
  sleep: (model, { clock }, i) => {
    model.nowMs = clock.nowMs += 30 + 40 * i
  },
  write: (model, { fence }, i) => {
    const token = model.tokens[i]
    if (token === undefined) return
    const code = codeOfCall(() => fence.passSync(token, () => {}))
    assert.is(code, token < model.fenced ? 'ESTALE' : 'passed')
    model.fenced = Math.max(model.fenced, token)
  },
}

test('BOOK-4 whatever three clients do, the lease does as the model: one holder, growing tokens, a fence that remembers', () => {
  const commands = Object.entries(steps).map(([what, run]) =>
    fc.nat({ max: 2 }).map(client => new Step(what, client, run)))
  const runs = Number(process.env['FCS_RUNS'] ?? 60)
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 40 }), sequence => {
    const own = `${folder}/model${count++}`
    const real: Real = { path: own, clock: { nowMs: 1000 }, leases: [], fence: new Fence(`${own}.fence`) }
    fc.modelRun(() => ({ real,
      model: { holder: null, token: 0, fenced: 0, nowMs: 1000, untilMs: 0, tokens: [] } }), sequence)
    for (const lease of real.leases) lease?.release()
  }), { numRuns: runs })
})

test('BOOK-4 a death before any call leaves a lease that the next one gets, with a greater token', () => {
  const fence = new Fence(`${path}.fence`)
  let token = 0
  for (let step = 0, wasKilled = true; wasKilled; step++) {
    let dead: Lease | null = null
    wasKilled = killedBefore(step, () => {
      dead = tryAcquireLease(path, { ttlMs: 1e6, renewMs: 0 })!
      dead.renew()
      fence.passSync(dead.token, () => {})
      dead.release()
    })
    killedBefore(0, () => dead?.release())   // the kernel closes what it had open
    const lease = tryAcquireLease(path, { ttlMs: 1e6, renewMs: 0 })
    assert.ok(lease !== null, `after a death before call ${step} nobody gets it`)
    assert.ok(lease.token > token && lease.token <= token + 2, `${token} and then ${lease.token}`)
    token = lease.token
    fence.passSync(token, () => {})
    assert.is(codeOfCall(() => fence.passSync(token - 1, () => {})), token === 1 ? codeOfCall(
      () => fence.passSync(0, () => {})) : 'ESTALE')
    lease.release()
    assert.ok(step < 200)
  }
})

test('a claimer that was overtaken behind its last look is not granted, and the size stays', () => {
  let isOvertaken = false
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'pwrite' && !isOvertaken) {
      isOvertaken = true
      fs.truncateSync(path, 128)   // the one who skipped our record has written its own
    }
    return proceed()
  })
  assert.is(tryAcquireLease(path, os), null)
  stop()
  assert.is(fs.statSync(path).size, 128)
})

test('BOOK-4 a holder that is stopped past its lease and continued is refused, and learns of it', async () => {
  const ann = start(`const lease = await m.acquireLease('${path}', { name: 'Ann', ttlMs: 150 })
    lease.signal.addEventListener('abort', () => say('lost ' + lease.signal.reason.code))
    say(lease.token)
    process.kill(process.pid, 'SIGSTOP')
    try { new m.Fence('${path}.fence').passSync(lease.token, () => {}) } catch (error) { say(error.code) }
    await sleep(1000)`)
  assert.is(await ann.hear(), '1')
  const bob = await acquireLease(path, { name: 'Bob', ttlMs: 60_000, timeoutMs: 5000 })
  assert.equal([bob.token, readLease(path)?.name, readLease(path)?.pid], [2, 'Bob', process.pid])
  new Fence(`${path}.fence`).passSync(bob.token, () => {})
  ann.child.kill('SIGCONT')
  assert.equal([await ann.hear(), await ann.hear()], ['ESTALE', 'lost ESTALE'])
  await ann.kill()
  assert.is(bob.isHeld, true)
  bob.release()
})

test('BOOK-4 by its lock alone, a stopped holder keeps the lease, and a killed one leaves it at once', async () => {
  const ann = start(`say((await m.acquireLease('${path}')).token); await hear()`)
  await ann.hear()
  ann.child.kill('SIGSTOP')
  const error = await acquireLease(path, { timeoutMs: 200 }).catch(each => each)
  assert.equal([error.code, readLease(path)?.leftMs], ['ETIMEDOUT', Infinity])
  const waiting = acquireLease(path, { timeoutMs: 5000 })
  await sleep(30)
  const begin = performance.now()
  void ann.kill()
  const lease = await waiting
  assert.ok(performance.now() - begin < 900, 'the bell, and not the round')
  assert.is(lease.token, 2)
  lease.release()
  await ann.ended
})

test('BOOK-4 tokens grow however many holders are killed or stopped, and the ledger behind the fence never goes back', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 10)
  const begin = () => start(`for (;;) await m.withLease('${path}', async lease => {
    const fence = new m.Fence('${path}.fence')
    for (let i = 0; i < 3; i++) {
      try {
        fence.passSync(lease.token, () => fs.appendFileSync('${path}.ledger', lease.token + '\\n'))
      } catch (error) { if (error.code !== 'ESTALE') say(error.message) }
      await sleep(Math.random() * 4)
    }
  }, { ttlMs: 40, durability: 'os' })`)
  const living = Array.from({ length: 3 }, begin)
  while (!fs.existsSync(`${path}.ledger`)) await sleep(10)
  for (let i = 0; i < kills; i++) {
    const one = living[i % 3]!
    one.child.kill('SIGSTOP')
    await sleep(60)
    if (i % 2 === 0) one.child.kill('SIGCONT')
    else await one.kill().then(() => { living[i % 3] = begin() })
  }
  await Promise.all(living.map(each => each.kill()))
  const tokens = fs.readFileSync(`${path}.ledger`, 'utf8').trim().split('\n').map(Number)
  assert.ok(tokens.length > kills)
  assert.ok(tokens.every((token, i) => i === 0 || token >= tokens[i - 1]!), tokens.join(' '))
  assert.ok(tokens.at(-1)! <= readLease(path)!.token)
})

test('waiting ends with a deadline, a signal or a release; a lease renews itself; the options are checked', async () => {
  const first = await acquireLease(path, { ...os, ttlMs: 900 })
  const code = (options: LeaseOptions) => acquireLease(path, options).then(() => '', error => error.code ?? error.name)
  assert.is(await code({ timeoutMs: 0 }), 'ETIMEDOUT')
  assert.is(await code({ signal: AbortSignal.abort() }), 20)
  await sleep(1200)
  assert.equal([first.isHeld, first.signal.aborted], [true, false])
  setTimeout(() => first.release(), 20)
  assert.is(await withLease(path, lease => lease.token, os), 2)
  assert.equal([first.renew(), first.isHeld, readLease(path)?.why], [false, false, 'it was given back'])
  assert.throws(() => tryAcquireLease(path, { ttlMs: 0 }), /ttlMs must be positive/)
  assert.throws(() => tryAcquireLease(path, { name: 'a\nb' }), /one line/)
  assert.throws(() => tryAcquireLease(`${folder}/no/lease`), /^ENOENT/)
  assert.is(readLease(`${folder}/none`), null)
})

test.run()
