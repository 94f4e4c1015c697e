// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CausalMember, deposit, type CausalMessage } from './causal-delivery.ts'
import { livesThrough } from './lamport-clock.stage.ts'
import { stage } from './lock-file.stage.ts'
import { compareVectors } from './vector-clock-vector.ts'

const { folder, start, clear } = stage('patterns/causal-delivery')
test.after(clear)
let count = 0
const fresh = () => `${folder}/${count++}`
const NAMES = ['ann', 'bob', 'carol']
const action = fc.record({
  who: fc.nat(2), message: fc.nat(1000),
  kind: fc.constantFrom('send', 'send', 'carry', 'read', 'read', 'deliver', 'kill'),
})

test('BOOK-Q2 no effect is delivered before its cause, whatever the carrier does, and all are delivered once', () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 40, size: 'max' }), actions => {
    const members = NAMES.map(name => {
      const place = fresh()
      return { name, place, member: CausalMember.join(place, name), seen: new Set<string>() }
    })
    const sent: { message: CausalMessage, knows: Set<string> }[] = []
    const idOf = ({ sender, vector }: CausalMessage) => `${sender} ${vector[sender]}`
    const deliver = ({ member, seen }: typeof members[number]) => {
      const message = member.next()
      if (message === null) return false
      const { knows } = sent.find(each => idOf(each.message) === idOf(message))!
      for (const cause of knows) assert.ok(seen.has(cause), `${idOf(message)} before ${cause}`)
      assert.not.ok(seen.has(idOf(message)), 'twice')
      member.done(message)
      seen.add(idOf(message))
      return true
    }
    for (const { who, message, kind } of actions) {
      const each = members[who]!
      const carried = sent[message % sent.length]
      if (kind === 'send') {
        const knows = new Set(each.seen)
        const fresh = each.member.send('x')
        sent.push({ message: fresh, knows })
        each.seen.add(idOf(fresh))
      } else if (kind === 'carry' && carried !== undefined) deposit(each.place, carried.message)
      else if (kind === 'read' && carried !== undefined) {
        deposit(each.place, carried.message)
        deliver(each)
      } else if (kind === 'deliver') deliver(each)
      else if (kind === 'kill') {
        each.member.leave()
        each.member = CausalMember.join(each.place, each.name)
      }
    }
    // let the carrier bring everything, and deliver it
    for (const { message } of [...sent].reverse()) for (const each of members) {
      deposit(each.place, message)
      deliver(each)
    }
    for (const each of members) {
      while (deliver(each)) { /* the next */ }
      assert.is(each.seen.size, sent.length)
      each.member.leave()
    }
    for (const a of sent) for (const b of sent) {
      if (b.knows.has(idOf(a.message))) {
        assert.is(compareVectors(a.message.vector, b.message.vector), 'before')
      }
    }
  }), { numRuns: 30 })
})

test('BOOK-Q2 nothing that was sent is lost or sent twice, whichever call the sender dies before', () => {
  const place = fresh()
  const ann = CausalMember.join(place, 'ann')
  const [said, given] = [[] as string[], [] as string[]]
  let deaths = 0
  for (let step = 0, lived = false; !lived; step++) {
    ann.send(`question ${step}`)
    lived = livesThrough(step, () => {
      const bob = CausalMember.join(place, 'bob')
      const question = bob.next()!
      given.push(question.body)
      bob.done(question)
      for (const half of ['a', 'b']) {
        const { body } = bob.send(`${question.body}${half}`)
        said.push(body)
      }
      bob.leave()
    })
    if (!lived) deaths++
  }
  assert.ok(deaths > 20, `${deaths} deaths`)
  const seen: string[] = []
  for (let message; (message = ann.next()) !== null; ann.done(message)) seen.push(message.body)
  assert.equal(said.filter(body => !seen.includes(body)), [], 'all that was acknowledged')
  assert.is(seen.length, fs.readdirSync(`${place}/messages/bob`).length, 'no gap')
  assert.is(seen.length - said.length <= deaths, true, 'what was sent and not acknowledged')
  assert.equal([...new Set(given)], given.filter((body, i) => body !== given[i - 1]), 'only again at once')
  ann.leave()
})

test('BOOK-Q2 real processes: each reader sees each question before its answer, also one that is killed', async () => {
  const place = fresh()
  const join = (name: string) => `const me = m.CausalMember.join('${place}', '${name}')
    const loop = async handle => { for (;;) {
      const message = me.next()
      if (message === null) { await sleep(2); continue }
      handle(message)
      me.done(message)
    } }\n`
  const bob = start(`${join('bob')} say('ready')
    await loop(({ sender, body }) => { if (sender === 'ann') me.send('re ' + body) })`)
  const reader = (name: string) => start(`${join(name)}
    await loop(({ body }) => fs.appendFileSync('${place}.${name}', body + '\\n'))`)
  const seenBy = (name: string) =>
    fs.readFileSync(`${place}.${name}`, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1)
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise(resolve => setTimeout(resolve, 10))
  }
  await bob.hear()
  const [carol, dave] = [reader('carol'), reader('dave')]
  const ann = CausalMember.join(place, 'ann')
  const COUNT = 60
  for (let i = 0; i < COUNT; i++) ann.send(`question ${i}`)
  await until(() => seenBy('dave').length > 10)
  await dave.kill()
  const heir = reader('dave')
  for (const name of ['carol', 'dave']) {
    await until(() => new Set(seenBy(name)).size === 2 * COUNT)
    for (let i = 0; i < COUNT; i++) {
      const [question, answer] = [`question ${i}`, `re question ${i}`].map(body => seenBy(name).indexOf(body))
      assert.ok(question! >= 0 && question! < answer!, `${name} ${i}`)
    }
  }
  await Promise.all([bob, carol, heir].map(actor => actor.kill()))
  ann.leave()
})

test('one process is a member, and what is no message is refused', () => {
  const place = fresh()
  const ann = CausalMember.join(place, 'ann')
  assert.throws(() => CausalMember.join(place, 'ann'), /^EBUSY/)
  for (const name of ['', '..', 'a/b', '__proto__', '.hidden']) {
    assert.throws(() => CausalMember.join(place, name), /no member's name/)
    assert.throws(() => deposit(place, { sender: name, vector: {}, body: '' }), /no member's name/)
  }
  const early = { sender: 'bob', vector: { bob: 2 }, body: 'second' }
  const first = { sender: 'bob', vector: { bob: 1 }, body: 'first\nof two lines' }
  assert.equal([deposit(place, early), deposit(place, early), ann.next()], [true, false, null])
  assert.throws(() => ann.done(early), /not the next/)
  deposit(place, first)
  assert.equal(ann.next(), first)
  ann.done(first)
  assert.throws(() => ann.done(first), /not the next/)
  assert.is(ann.next()!.body, 'second')
  fs.writeFileSync(`${place}/messages/bob/2`, '{"bob":3}\nnot what its name says')
  assert.throws(() => ann.next(), /^EBADMSG/)
  ann.leave()
  fs.writeFileSync(`${place}/members/ann.json`, '{')
  assert.throws(() => CausalMember.join(place, 'ann'), /^EBADMSG/)
})

test.run()
