// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { Election, type Leader, type Term } from './leader-election.ts'
import { stage } from './lock-file.stage.ts'

const { folder, start, clear } = stage('patterns/fencing-lease', 'patterns/leader-election')
test.after(clear)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/election${count++}` })
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const os = { durability: 'os' } as const

/** As `kill -9` on who holds it: the kernel closes the files, and no other call is made. */
function dies(term: Term): void {
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'close') return proceed()
    if (syscall === 'fcntl') return 0
    throw new Error('dead')
  })
  try {
    term.resign()
  } catch { /* it is dead */ } finally { stop() }
}

interface Model { leader: number | null, token: number, untilMs: number, nowMs: number }
interface Real { elections: Election[], terms: (Term | undefined)[], clock: { nowMs: number } }
type Act = (model: Model, real: Real, who: number) => void
const isOver = (model: Model) => model.nowMs >= model.untilMs

const acts: Record<string, Act> = {
  campaign(model, { elections, terms }, who) {
    if (terms[who] !== undefined) return
    const term = elections[who]!.tryCampaign()
    assert.is(term !== null, model.leader === null)
    if (term === null) return
    Object.assign(model, { leader: who, token: model.token + 1, untilMs: model.nowMs + 100 })
    assert.is(term.token, model.token)
    terms[who] = term
  },
  resign(model, { terms }, who) {
    terms[who]?.resign()
    terms[who] = undefined
    if (model.leader === who) model.leader = null
  },
  die(model, { terms }, who) {
    if (terms[who] !== undefined) dies(terms[who]!)
    terms[who] = undefined
    if (model.leader === who) model.leader = null
  },
  renew(model, { terms }, who) {
    const term = terms[who]
    if (term === undefined) return
    assert.is(term.renew(), model.leader === who)
    assert.is(term.signal.aborted, model.leader !== who)
    if (model.leader === who) model.untilMs = model.nowMs + 100
    else terms[who] = undefined
  },
  sleep(model, { clock }, who) {
    model.nowMs = clock.nowMs += 25 * (who + 1)
    if (isOver(model)) model.leader = null
  },
}

class Step implements fc.Command<Model, Real> {
  readonly #what: string
  readonly #who: number
  constructor(what: string, who: number) { [this.#what, this.#who] = [what, who] }
  check(): boolean { return true }
  run(model: Model, real: Real): void {
    acts[this.#what]!(model, real, this.#who)
    const said = real.elections[0]!.leader()
    assert.equal(said && [said.name, said.token], model.leader === null ? null : [`${model.leader}`, model.token])
    const believers = real.terms.filter(term => term?.isLeading).length
    assert.is(believers, model.leader === null ? 0 : 1)
  }
  toString(): string { return `${this.#what}(${this.#who})` }
}

test('BOOK-4 whatever three candidates do, there is the leader that the model has, with a token that grows', () => {
  const commands = Object.keys(acts).map(what => fc.nat({ max: 2 }).map(who => new Step(what, who)))
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 40 }), sequence => {
    const own = `${folder}/model${count++}`
    const clock = { nowMs: 1000 }
    const elections = [0, 1, 2].map(who =>
      new Election(own, { ...os, name: `${who}`, ttlMs: 100, renewMs: 0, nowMs: () => clock.nowMs }))
    const real: Real = { elections, terms: [], clock }
    fc.modelRun(() => ({ real, model: { leader: null, token: 0, untilMs: 0, nowMs: 1000 } }), sequence)
    for (const term of real.terms) term?.resign()
  }), { numRuns: Number(process.env['FCS_RUNS'] ?? 60) })
})

const candidate = (name: number, ttlMs: number | undefined) => start(`
  const election = new m.Election('${path}', { name: '${name}', ttlMs: ${ttlMs}, durability: 'os' })
  const fence = new m.Fence('${path}.fence')
  for (;;) {
    const term = await election.campaign()
    for (let i = 0; i < 5 && term.isLeading; i++) {
      try {
        fence.passSync(term.token, () => fs.appendFileSync('${path}.ledger', term.token + ' ' + process.pid + '\\n'))
      } catch (error) { if (error.code !== 'ESTALE') say(error.message) }
      await sleep(Math.random() * 3)
    }
    term.resign()
  }`)

for (const ttlMs of [50, undefined]) {
  test(`BOOK-4 never two leaders with a valid token, ${ttlMs ? 'with' : 'without'} a time, in a storm of signals`, async () => {
    const storms = Number(process.env['FCS_KILLS'] ?? 8)
    const living = [0, 1, 2, 3].map(name => candidate(name, ttlMs))
    while (!fs.existsSync(`${path}.ledger`)) await sleep(10)
    for (let i = 0; i < storms; i++) {
      const one = living[i % 4]!
      one.child.kill('SIGSTOP')
      await sleep(70)
      one.child.kill('SIGCONT')
      if (i % 2 === 1) await one.kill().then(() => { living[i % 4] = candidate(i % 4, ttlMs) })
    }
    await Promise.all(living.map(each => each.kill()))
    const entries = fs.readFileSync(`${path}.ledger`, 'utf8').trim().split('\n').map(line => line.split(' ').map(Number))
    const names = new Map<number, number>()
    let newest = 0
    for (const [token, pid] of entries as [number, number][]) {
      assert.ok(token >= newest, `${token} after ${newest}`)
      newest = token
      assert.is(names.get(token) ?? pid, pid, `two leaders with token ${token}`)
      names.set(token, pid)
    }
    assert.ok(names.size > 3, `${names.size} terms`)
  })
}

test('BOOK-4 followers learn of a leader, of its death and of the next, and make no call in between', async () => {
  const election = new Election(path, { ...os, name: 'here' })
  const [seen, end] = [[] as (Leader | null)[], new AbortController()]
  const following = (async () => {
    for await (const leader of election.follow({ signal: end.signal })) seen.push(leader)
  })()
  const changes = async (many: number) => { for (let i = 0; i < 400 && seen.length < many; i++) await sleep(5) }
  await changes(1)
  const ann = start(`await new m.Election('${path}', { name: 'Ann' }).campaign(); say('leads'); await hear()`)
  await ann.hear()
  await changes(2)
  await sleep(300)
  let calls = 0
  const stop = tap((_syscall, _args, proceed) => { calls++; return proceed() })
  await sleep(400)
  stop()
  assert.is(calls, 0, 'it sleeps')
  await ann.kill()
  await changes(3)
  const term = await election.campaign({ timeoutMs: 2000 })
  await changes(4)
  term.resign()
  await changes(5)
  end.abort()
  await following
  assert.equal(seen.map(leader => leader && [leader.name, leader.token]), [null, ['Ann', 1], null, ['here', 2], null])
})

test('BOOK-4 a stopped leader is followed when its time is over, and followers are told by a timer', async () => {
  const ann = start(`const term = await new m.Election('${path}', { name: 'Ann', ttlMs: 150 }).campaign()
    term.signal.addEventListener('abort', () => say('lost'))
    say('leads'); await hear()`)
  await ann.hear()
  const election = new Election(path, { name: 'here', ttlMs: 60_000 })
  assert.is(election.tryCampaign(), null)
  ann.child.kill('SIGSTOP')
  for await (const leader of election.follow()) if (leader === null) break
  const term = await election.campaign({ timeoutMs: 2000 })
  ann.child.kill('SIGCONT')
  assert.is(await ann.hear(), 'lost')
  assert.equal([term.token, term.isLeading, election.leader()?.name], [2, true, 'here'])
  await ann.kill()
  const error: SystemError = await new Election(path).campaign({ timeoutMs: 20 }).catch(each => each)
  assert.is(error.code, 'ETIMEDOUT')
  term.resign()
  assert.is(election.leader(), null)
})

test.run()
