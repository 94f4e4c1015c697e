// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareHybrid, HybridClock, hybridText, parseHybrid, type HybridStamp } from './hybrid-clock.ts'
import { livesThrough } from './lamport-clock.stage.ts'
import { stage } from './lock-file.stage.ts'

const { folder, start, clear } = stage('patterns/hybrid-clock')
test.after(clear)
let count = 0
const fresh = () => `${folder}/clock${count++}`
const noon = Date.UTC(2026, 0, 1, 12)
const EPSILON = 500

const action = fc.record({
  node: fc.nat(2), message: fc.nat(1000), amount: fc.integer({ min: -EPSILON, max: EPSILON }),
  kind: fc.constantFrom('event', 'send', 'receive', 'receive', 'kill', 'pass', 'jump'),
})
interface Event { stamp: HybridStamp, knows: Set<Event> }

test('BOOK-Q2 causes before effects, and never further from the true time than the clocks are', () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 40, size: 'max' }), actions => {
    let trueMs = noon
    const nodes = Array.from({ length: 3 }, () => {
      const [path, known] = [fresh(), new Set<Event>()]
      const node = { error: 0, known, open: () => new HybridClock(path, {
        maxAheadMs: 2 * EPSILON, physical: () => trueMs + node.error }) }
      return { node, clock: node.open() }
    })
    const sent: Event[] = []
    for (const { node: i, message, amount, kind } of actions) {
      const each = nodes[i]!
      const { node, clock } = each
      if (kind === 'pass') trueMs += Math.abs(amount)
      else if (kind === 'jump') node.error = amount
      else if (kind === 'kill') {
        clock.close()
        each.clock = node.open()
      } else {
        const got = kind === 'receive' ? sent[message % sent.length] : undefined
        const stamp = got === undefined ? clock.now() : clock.observe(got.stamp)
        if (got !== undefined) for (const event of [...got.knows, got]) node.known.add(event)
        for (const cause of node.known) assert.ok(compareHybrid(cause.stamp, stamp) < 0)
        assert.ok(stamp.ms >= trueMs + node.error, 'not less than the own clock')
        assert.ok(stamp.ms <= trueMs + EPSILON, 'not more than the fastest clock')
        const event = { stamp, knows: new Set(node.known) }
        node.known.add(event)
        if (kind === 'send') sent.push(event)
      }
    }
    nodes.forEach(({ clock }) => clock.close())
  }), { numRuns: 60 })
})

test('BOOK-Q2 it never goes back, whichever call the process dies before, with a clock that is set back each time', () => {
  const path = fresh()
  let [latest, deaths, time] = ['', 0, noon]
  for (let step = 0, lived = false; !lived; step++) {
    lived = livesThrough(step, () => {
      const clock = new HybridClock(path, { physical: () => time, leapMs: 0 })
      for (let i = 0; i < 3; i++) {
        const text = hybridText(i === 1 ? clock.observe({ ms: time + 3, count: 9 }) : clock.now())
        assert.ok(text > latest, `${text} after ${latest}, killed before call ${step}`)
        latest = text
        time -= 60_000
      }
      clock.close()
    })
    if (!lived) deaths++
  }
  assert.ok(deaths > 15, `${deaths} deaths`)
})

test('BOOK-Q2 after a power cut it leaps by leapMs at most', () => {
  const path = fresh()
  const options = { physical: () => noon, leapMs: 50 }
  const clock = new HybridClock(path, options)
  for (let i = 0; i < 10; i++) clock.now()
  clock.close()
  fs.writeFileSync(path, fs.readFileSync(path, 'latin1').replace(/[0-9a-f-]{36}/, '0'.repeat(36)))
  const again = new HybridClock(path, options)
  assert.equal(again.now(), { ms: noon + 50, count: 1 })
  assert.is(again.aheadMs, 50)
  again.close()
})

test('BOOK-Q2 a stamp too far ahead is refused and changes nothing; a chain cannot creep ahead', () => {
  const path = fresh()
  const clock = new HybridClock(path, { physical: () => noon })
  clock.now()
  const before = fs.readFileSync(path, 'latin1')
  assert.throws(() => clock.observe({ ms: noon + 1001, count: 0 }), /^ERANGE/)
  assert.is(fs.readFileSync(path, 'latin1'), before)
  assert.equal(clock.observe({ ms: noon + 1000, count: 65_535 }), { ms: noon + 1001, count: 0 })
  const stamp = clock.now()
  assert.throws(() => clock.observe(stamp), /^ERANGE/)
  clock.close()
})

test('the text keeps the order, and what is no stamp is refused', () => {
  fc.assert(fc.property(fc.nat(5), fc.nat(65_535), fc.nat(5), fc.nat(65_535), (a, b, c, d) => {
    const [one, other] = [{ ms: noon + a, count: b }, { ms: noon + c, count: d }]
    const [x, y] = [hybridText(one), hybridText(other)]
    assert.is(Math.sign(compareHybrid(one, other)), x < y ? -1 : x > y ? 1 : 0)
    assert.equal(parseHybrid(x), one)
  }))
  assert.throws(() => parseHybrid('12'), /no hybrid time/)
  assert.throws(() => hybridText({ ms: -1, count: 0 }), /no hybrid time/)
  assert.throws(() => hybridText({ ms: 2 ** 48, count: 0 }), /no hybrid time/)
})

test('BOOK-Q2 real processes, killed and started again: no stamp twice, each later than those heard before it', async () => {
  const path = fresh()
  const heard: string[] = []
  for (let round = 0; round < 2; round++) {
    const actors = [0, 1, 2].map(() => start(`const clock = new m.HybridClock('${path}')
      for (;;) { say(m.hybridText(clock.now())); await hear() }`))
    const floor = heard.at(-1) ?? ''
    const first = await Promise.all(actors.map(actor => actor.hear()))
    first.forEach(text => assert.ok(text > floor))
    heard.push(...first.sort())
    for (let i = 0; i < 50; i++) {
      const actor = actors[i % 3]!
      actor.tell('')
      const text = await actor.hear()
      assert.ok(text > heard.at(-1)!)
      assert.ok(Math.abs(parseHybrid(text).ms - Date.now()) < 1000)
      heard.push(text)
    }
    await Promise.all(actors.map(actor => actor.kill()))
  }
  assert.is(new Set(heard).size, heard.length)
})

test.run()
