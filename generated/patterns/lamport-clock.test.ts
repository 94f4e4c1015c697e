// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { compareStamps, LamportClock, type Stamp } from './lamport-clock.ts'
import { livesThrough } from './lamport-clock.stage.ts'
import { stage } from './lock-file.stage.ts'

const { folder, start, clear } = stage('patterns/lamport-clock')
test.after(clear)
let count = 0
const fresh = () => `${folder}/clock${count++}`

const action = fc.record({
  node: fc.nat(2), process: fc.nat(1), message: fc.nat(1000),
  kind: fc.constantFrom('tick', 'send', 'receive', 'receive', 'kill'),
})
interface Event { stamp: Stamp, knows: Set<Event> }

test('BOOK-Q2 a cause has a smaller time than its effects, in every interleaving of 6 processes on 3 nodes', () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 40, size: 'max' }), actions => {
    const paths = [fresh(), fresh(), fresh()]
    const clock = (node: number) => new LamportClock(paths[node]!, `n${node}`)
    const clocks = paths.map((_, node) => [clock(node), clock(node)])
    const known = paths.map(() => new Set<Event>())   // the clock file is read by all of the node
    const [events, sent] = [[] as Event[], [] as Event[]]
    for (const { node, process, message, kind } of actions) {
      if (kind === 'kill') {
        clocks[node]![process]!.close()
        clocks[node]![process] = clock(node)
        continue
      }
      const got = kind === 'receive' ? sent[message % sent.length] : undefined
      const own = clocks[node]![process]!
      if (got !== undefined) for (const each of [...got.knows, got]) known[node]!.add(each)
      const stamp = got === undefined ? own.tick() : own.observe(got.stamp)
      const event = { stamp, knows: new Set(known[node]) }
      known[node]!.add(event)
      events.push(event)
      if (kind === 'send') sent.push(event)
    }
    clocks.flat().forEach(each => each.close())
    for (const { stamp, knows } of events) for (const cause of knows) {
      assert.ok(cause.stamp.time < stamp.time, `${JSON.stringify(cause.stamp)} ${JSON.stringify(stamp)}`)
    }
    const sorted = events.map(({ stamp }) => stamp).sort(compareStamps)
    for (let i = 1; i < sorted.length; i++) assert.ok(compareStamps(sorted[i - 1]!, sorted[i]!) < 0)
  }), { numRuns: 60 })
})

test('BOOK-Q2 it never goes back, whichever call the process dies before', () => {
  const path = fresh()
  let [latest, deaths] = [0, 0]
  for (let step = 0, lived = false; !lived; step++) {
    lived = livesThrough(step, () => {
      const clock = new LamportClock(path, 'ann', { ahead: 2 })
      for (let i = 0; i < 4; i++) {
        const { time } = i === 2 ? clock.observe({ time: latest + 5 }) : clock.tick()
        assert.ok(time > latest, `${time} after ${latest}, killed before call ${step}`)
        latest = time
      }
      clock.close()
    })
    deaths += lived ? 0 : 1
  }
  assert.ok(deaths > 20, `${deaths} deaths`)
})

test('BOOK-Q2 it never goes back after a power cut, also when a process was killed before it', () => {
  for (let step = 0, lived = false; !lived; step++) {
    const path = fresh()
    let [latest, onDisk] = [0, '']
    const stop = tap((syscall, _args, proceed) => {
      if (syscall === 'fdatasync') onDisk = fs.readFileSync(path, 'latin1')
      return proceed()
    })
    const work = () => {
      const clock = new LamportClock(path, 'ann', { ahead: 3 })
      for (let i = 0; i < 6; i++) latest = clock.tick().time
      clock.close()
    }
    lived = livesThrough(step, work)
    work()
    stop()
    fs.writeFileSync(path, onDisk.replace(/[0-9a-f-]{36}/, '0'.repeat(36)))
    const clock = new LamportClock(path, 'ann', { ahead: 3 })
    const { time } = clock.tick()
    clock.close()
    assert.ok(time > latest && time <= latest + 4, `${time} after ${latest}, step ${step}`)
  }
})

test('a damaged file is refused, and one that was removed goes on from what is known', () => {
  const path = fresh()
  const clock = new LamportClock(path, 'ann')
  clock.observe({ time: 41 })
  fs.unlinkSync(path)
  assert.is(clock.tick().time, 43)
  const text = fs.readFileSync(path, 'latin1')
  for (const damaged of [text.slice(1), `${text}x`, '43\n', 'x'.repeat(79)]) {
    fs.writeFileSync(path, damaged)
    assert.throws(() => clock.tick(), /^EBADMSG/)
  }
  fs.writeFileSync(path, text)
  assert.is(clock.tick().time, 44)
  assert.throws(() => clock.observe({ time: -1 }), /no Lamport time/)
  clock.close()
})

test('BOOK-Q2 real processes that are killed at any moment: no time twice, none goes back', async () => {
  const path = fresh()
  const heard: number[] = []
  let backwards = 0
  const begin = () => {
    const actor = start(`const clock = new m.LamportClock('${path}', 'ann', { ahead: 10 })
      say('ready')
      for (;;) { say(String(clock.tick().time)); if (Math.random() < 0.1) await sleep(1) }`)
    let last = 0
    const listen = async (): Promise<void> => {
      const time = Number(await actor.hear())
      if (time <= last) backwards++
      heard.push(last = time)
      return listen()
    }
    return { actor, ready: actor.hear(), run: () => void listen() }
  }
  for (let round = 0; round < 3; round++) {
    const actors = [begin(), begin(), begin()]
    await Promise.all(actors.map(({ ready }) => ready))
    const floor = Math.max(0, ...heard)
    const from = heard.length
    actors.forEach(({ run }) => run())
    while (heard.length < from + 60) await new Promise(resolve => setTimeout(resolve, 5))
    await Promise.all(actors.map(({ actor }) => actor.kill()))
    if (round > 0) assert.ok(heard.slice(from).every(time => time > floor))
  }
  assert.equal([new Set(heard).size, backwards], [heard.length, 0])
})

test.run()
