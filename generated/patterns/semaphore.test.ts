// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { stage } from './lock-file.stage.ts'
import { Semaphore, type Permit } from './semaphore.ts'

const { folder, start, clear } = stage('patterns/semaphore')
test.after(clear)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/semaphore${count++}` })
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'in', (error: SystemError) => error.code)

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

interface Model { permits: number, held: (number | undefined)[] }
interface Real { path: string, permits: (Permit | undefined)[] }
type Act = (model: Model, real: Real, who: number) => void
const takenIn = ({ held }: Model) => held.reduce<number>((sum, each) => sum + (each ?? 0), 0)

const acquire = (wanted: number): Act => (model, { path, permits }, who) => {
  if (permits[who] !== undefined || wanted > model.permits) return
  const permit = new Semaphore(path).tryAcquire({ count: wanted })
  assert.is(permit !== null, takenIn(model) + wanted <= model.permits)
  if (permit === null) return
  permits[who] = permit
  model.held[who] = wanted
  const seats = permits.flatMap(each => each?.seats ?? [])
  assert.is(new Set(seats).size, seats.length, 'nobody shares a seat')
}
const acts: Record<string, Act> = {
  one: acquire(1), two: acquire(2),
  release(model, { permits }, who) {
    permits[who]?.release()
    permits[who] = model.held[who] = undefined
  },
  die(model, { permits }, who) {
    killedBefore(0, () => permits[who]?.release())
    permits[who] = model.held[who] = undefined
  },
  resize(model, { path }, who) {
    if (takenIn(model) > 0) return
    new Semaphore(path).resize(who + 1)
    model.permits = who + 1
  },
}

class Step implements fc.Command<Model, Real> {
  readonly #what: string
  readonly #who: number
  constructor(what: string, who: number) { [this.#what, this.#who] = [what, who] }
  check(): boolean { return true }
  run(model: Model, real: Real): void {
    acts[this.#what]!(model, real, this.#who)
    assert.equal(new Semaphore(real.path).state(), { permits: model.permits, taken: takenIn(model) })
  }
  toString(): string { return `${this.#what}(${this.#who})` }
}

test('BOOK-4 whatever four clients do, as many are inside as the model says', () => {
  const commands = Object.keys(acts).map(what => fc.nat({ max: 3 }).map(who => new Step(what, who)))
  fc.assert(fc.property(fc.commands(commands, { maxCommands: 40 }), sequence => {
    const real: Real = { path: `${folder}/model${count++}`, permits: [] }
    new Semaphore(real.path, 3).state()
    fc.modelRun(() => ({ real, model: { permits: 3, held: [] } }), sequence)
    for (const permit of real.permits) permit?.release()
  }), { numRuns: Number(process.env['FCS_RUNS'] ?? 60) })
})

test('BOOK-4 a death before any call leaves all permits free', () => {
  for (let step = 0, wasKilled = true; wasKilled; step++) {
    const own = `${path}.${step}`
    let dead: Permit | null = null
    wasKilled = killedBefore(step, () => {
      dead = new Semaphore(own, 2).tryAcquire({ count: 2 })
      dead!.release()
    })
    killedBefore(0, () => (dead as Permit | null)?.release())
    const both = new Semaphore(own, 2).tryAcquire({ count: 2 })
    assert.ok(both !== null, `after a death before call ${step}`)
    both.release()
    assert.ok(step < 100)
  }
})

test('BOOK-4 the permits of killed processes come back, and never are more inside than there are permits', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 10)
  fs.mkdirSync(`${path}.inside`)
  const begin = () => start(`for (;;) await new m.Semaphore('${path}', 2).with(async ({ seats: [seat] }) => {
    const mine = '${path}.inside/' + seat
    try {
      const other = fs.readFileSync(mine, 'utf8')
      if (other !== '') {
        await sleep(200)   // a dying process closes its files before it is a zombie
        if (!/\\) [ZX]/.test(fs.readFileSync('/proc/' + other + '/stat', 'utf8'))) say('two on seat ' + seat)
      }
    } catch {}
    if (seat > 1) say('a third')
    fs.writeFileSync(mine, String(process.pid))
    await sleep(Math.random() * 3)
    if (fs.readFileSync(mine, 'utf8') !== String(process.pid)) say('another sat down on ' + seat)
    fs.writeFileSync(mine, '')
    fs.appendFileSync('${path}.turns', '.')
  })`)
  const living = Array.from({ length: 4 }, begin)
  while (!fs.existsSync(`${path}.turns`)) await sleep(10)
  const said: Promise<string>[] = []
  for (let i = 0; i < kills; i++) {
    await sleep(30)
    said.push(living[i % 4]!.hear())
    await living[i % 4]!.kill()
    living[i % 4] = begin()
  }
  said.push(...living.map(each => each.hear()))
  await Promise.all(living.map(each => each.kill()))
  assert.is(await Promise.race([...said, Promise.resolve('quiet')]), 'quiet')
  assert.equal(new Semaphore(path).state(), { permits: 2, taken: 0 })
})

test('BOOK-4 who waits is let in by a release and by a death, and ends with a deadline or a signal', async () => {
  const semaphore = new Semaphore(path, 2)
  semaphore.state()
  const ann = start(`await new m.Semaphore('${path}').acquire(); say('in'); await hear()`)
  await ann.hear()
  const mine = await semaphore.acquire()
  assert.is(semaphore.tryAcquire(), null)
  assert.is(await codeOf(semaphore.acquire({ timeoutMs: 30 })), 'ETIMEDOUT')
  assert.is(await codeOf(semaphore.acquire({ signal: AbortSignal.timeout(30) })), 23)
  const waiting = semaphore.acquire({ timeoutMs: 5000 })
  await sleep(200)
  const begin = performance.now()
  void ann.kill()
  const second = await waiting
  assert.ok(performance.now() - begin < 500, 'the bell, and not the round')
  const both = semaphore.acquire({ count: 2, timeoutMs: 5000 })
  mine.release()
  await sleep(30)
  second.release()
  assert.equal([...(await both).seats].sort(), [0, 1])
  await ann.ended
})

test('one number of permits for all, and resize changes it', async () => {
  const semaphore = new Semaphore(path, 3)
  assert.equal(semaphore.state(), { permits: 3, taken: 0 })
  assert.throws(() => new Semaphore(path, 2).tryAcquire(), /^EINVAL/)
  assert.throws(() => semaphore.tryAcquire({ count: 4 }), /^EINVAL/)
  assert.throws(() => new Semaphore(`${path}.none`).tryAcquire(), /^ENOENT/)
  assert.throws(() => new Semaphore(path, 0), RangeError)
  const all = semaphore.tryAcquire({ count: 3 })!
  const waiting = new Semaphore(path).acquire({ timeoutMs: 5000 })
  await sleep(20)
  semaphore.resize(4)
  assert.equal([(await waiting).seats, all.isHeld], [[3], true])
  all.release()
  all.release()
  assert.is(await new Semaphore(path).with(permit => permit.isHeld), true)
})

test.run()
