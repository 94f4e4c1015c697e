// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { livesThrough } from './lamport-clock.stage.ts'
import { stage } from './lock-file.stage.ts'
import { VectorClock } from './vector-clock.ts'
import { compareVectors, mergeVectors, parseVector, type Vector } from './vector-clock-vector.ts'
import { fateOf, peekVersion, readVersion, writeVersion, type Version } from './vector-clock-version.ts'

const { folder, start, clear } = stage('patterns/vector-clock', 'patterns/vector-clock-version')
test.after(clear)
let count = 0
const fresh = () => `${folder}/${count++}`

interface Event { vector: Vector, knows: Set<Event> }
const action = fc.record({
  process: fc.nat(3), message: fc.nat(1000),
  kind: fc.constantFrom('tick', 'send', 'receive', 'receive', 'leave'),
})

test('BOOK-Q2 vectors say before, after and concurrent exactly as the model of happens-before does', () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 30, size: 'max' }), actions => {
    const place = fresh()
    fs.mkdirSync(place)
    const clocks: (VectorClock | undefined)[] = []
    const entries = new Map<string, Set<Event>>()   // what the file of an entry knows
    const [events, sent] = [[] as Event[], [] as Event[]]
    for (const { process, message, kind } of actions) {
      if (kind === 'leave') {
        clocks[process]?.leave()
        clocks[process] = undefined
        continue
      }
      const clock = clocks[process] ??= VectorClock.join(place)
      const known = new Set(entries.get(clock.name))
      const got = kind === 'receive' ? sent[message % sent.length] : undefined
      if (got !== undefined) for (const each of [...got.knows, got]) known.add(each)
      const vector = got === undefined ? clock.tick() : clock.observe(got.vector)
      const event = { vector, knows: known }
      entries.set(clock.name, new Set([...known, event]))
      events.push(event)
      if (kind === 'send') sent.push(event)
    }
    clocks.forEach(clock => clock?.leave())
    for (const a of events) for (const b of events) {
      const order = a === b ? 'equal' : b.knows.has(a) ? 'before' : a.knows.has(b) ? 'after' : 'concurrent'
      assert.is(compareVectors(a.vector, b.vector), order)
    }
    assert.ok(fs.readdirSync(place, { encoding: 'utf8' }).length <= 8, 'entries are used again')
  }), { numRuns: 50 })
})

test('BOOK-Q2 an event that was returned is never given again, whichever call the process dies before', () => {
  const place = fresh()
  let latest: Vector = {}
  let deaths = 0
  for (let step = 0, lived = false; !lived; step++) {
    lived = livesThrough(step, () => {
      const clock = VectorClock.join(place)
      for (let i = 0; i < 3; i++) {
        const vector = i === 1 ? clock.observe({ far: step + 1 }) : clock.tick()
        assert.is(compareVectors(latest, vector), 'before', `killed before call ${step}`)
        latest = vector
      }
      clock.leave()
    })
    if (!lived) deaths++
  }
  assert.ok(deaths > 15, `${deaths} deaths`)
  const clock = VectorClock.join(place)
  assert.is(clock.name, '0', 'the dead keep nothing')
  clock.leave()
})

test('BOOK-Q2 no two living processes have one entry; those of the killed are taken over with what they knew', async () => {
  const place = fresh()
  const script = `const clock = m.VectorClock.join('${place}')
    say(clock.name)
    say(JSON.stringify(clock.tick()))
    for (;;) { await hear(); say(JSON.stringify(clock.tick())) }`
  const actors = [start(script), start(script), start(script)]
  const names = await Promise.all(actors.map(each => each.hear()))
  assert.equal([...names].sort(), ['0', '1', '2'])
  const vectors = (await Promise.all(actors.map(each => each.hear()))).map(text => JSON.parse(text) as Vector)
  assert.is(compareVectors(vectors[0]!, vectors[1]!), 'concurrent')
  await actors[1]!.kill()
  const heir = VectorClock.join(place)
  assert.is(heir.name, names[1])
  assert.is(compareVectors(vectors[1]!, heir.tick()), 'before')
  heir.leave()
  await Promise.all(actors.map(each => each.kill()))
})

const edit = fc.record({ who: fc.nat(2), kind: fc.constantFrom('read', 'write', 'write') })

test('BOOK-Q2 every lost update is told, and no other', () => {
  fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 12, size: 'max' }), edits => {
    const [place, path] = [fresh(), fresh()]
    const editors = Array.from({ length: 3 }, () => ({ clock: VectorClock.join(place), seen: new Set<number>() }))
    const written: { version: Version, seen: Set<number> }[] = []
    let there = -1
    for (const { who, kind } of edits) {
      const { clock, seen } = editors[who]!
      if (kind === 'read') {
        readVersion(path, clock)
        if (there >= 0) for (const each of [there, ...written[there]!.seen]) seen.add(each)
      } else {
        written.push({ version: writeVersion(path, 'x', clock), seen: new Set(seen) })
        there = written.length - 1
        seen.add(there)
      }
      written.forEach(({ version }, i) => {
        const fate = i === there ? 'there' : written[there]!.seen.has(i) ? 'known' : 'lost'
        assert.is(fateOf(version, path), fate)
      })
    }
    editors.forEach(({ clock }) => clock.leave())
  }), { numRuns: 25 })
})

test('a vector is a record of positive numbers, and a damaged entry is refused and left free', () => {
  for (const text of ['', '[]', 'null', '{"a":0}', '{"a":1.5}', '{"a":"1"}', '{"a":1']) {
    assert.is(parseVector(text), null, text)
  }
  assert.equal(mergeVectors({ a: 1, b: 5 }, { a: 3 }, { constructor: 2 }), { a: 3, b: 5, constructor: 2 })
  assert.is(compareVectors({ constructor: 1 }, {}), 'after')
  const place = fresh()
  VectorClock.join(place).leave()
  fs.writeFileSync(`${place}/0.json`, '{"0":')
  assert.throws(() => VectorClock.join(place), /^EBADMSG/)
  fs.writeFileSync(`${place}/0.json`, '{"0":7}')
  const clock = VectorClock.join(place)
  assert.equal([clock.vector, clock.tick()], [{ 0: 7 }, { 0: 8 }])
  clock.leave()
  fs.writeFileSync(`${place}/note`, 'no vector')
  assert.throws(() => peekVersion(`${place}/note`), /^EBADMSG/)
  assert.is(fateOf({ content: '', vector: { 0: 8 } }, `${place}/none`), 'lost')
})

test.run()
