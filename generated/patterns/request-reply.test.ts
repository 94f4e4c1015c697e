// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stage } from './lock-file.stage.ts'
import { Requests, type RequestOptions } from './request-reply.ts'
import { killable, killAll } from './spool-killed.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/request-reply-test-`)
const { start, clear } = stage('patterns/request-reply')
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })
const opened: Requests[] = []
const requestsIn = (options?: RequestOptions) => {
  opened.push(new Requests(folder, options))
  return opened.at(-1)!
}
test.after.each(() => { for (const each of opened.splice(0)) each.close() })
test.after(() => { fs.rmSync(root, { recursive: true }); clear() })
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const codeOf = (promise: Promise<unknown>) => promise.then(String, error => error.wasBegun === undefined
  ? String(error.code ?? error.name) : `${error.code} ${error.wasBegun}`)
const boxes = () => fs.readdirSync(`${folder}/boxes`).filter(name => name !== '.bell')
const inBox = () => boxes().flatMap(box => fs.readdirSync(`${folder}/boxes/${box}`)).sort().join(' ')

test('BOOK-4 every reply finds its call, in whatever order the servers end', async () => {
  const [ann, bob, carol] = [requestsIn(), requestsIn(), requestsIn()]
  const slow = async (request: Buffer) => {
    await sleep(Math.random() * 10)
    return `answer to ${request}`
  }
  const serving = [bob.serve(slow, { atOnce: 5 }), carol.serve(slow)]
  const questions = Array.from({ length: 60 }, (_, i) => `${i}`)
  const [first, second] = await Promise.all([ann, carol].map(client =>
    Promise.all(questions.map(async each => String(await client.call(each))))))
  for (const replies of [first, second]) assert.equal(replies, questions.map(each => `answer to ${each}`))
  assert.is(inBox(), 'lock lock', 'nothing is left in the boxes')
  bob.close()
  carol.close()
  await Promise.all(serving)
  assert.is(inBox(), 'lock')
})

test('errors of the handler are told, and bytes go through as they are', async () => {
  const [ann, bob] = [requestsIn(), requestsIn()]
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const call = (text: string | Uint8Array) => {
    const promise = codeOf(ann.call(text))
    assert.ok(bob.tryServe(request => {
      if (request.length === 0) throw new TypeError('empty')
      return request
    }))
    return promise
  }
  assert.is(await call('word'), 'word')
  assert.is(await call(''), 'ESERVER')
  const all = ann.call(bytes)
  bob.tryServe(request => request)
  assert.equal(await all, bytes)
  assert.not(bob.tryServe(() => ''))
})

test('BOOK-4 who gives up before anybody has begun knows that it will not be done', async () => {
  const [ann, bob] = [requestsIn(), requestsIn()]
  assert.is(await codeOf(ann.call('1', { timeoutMs: 20 })), 'ETIMEDOUT false')
  assert.is(await codeOf(ann.call('2', { signal: AbortSignal.timeout(20) })), '23')
  let executed = 0
  while (bob.tryServe(() => `${executed++}`)) { /* all that wait */ }
  assert.equal([executed, inBox()], [0, 'lock'])
  const late = codeOf(ann.call('3', { timeoutMs: 30 }))
  const serving = bob.serve(async () => { await sleep(200); executed++; return 'late' })
  assert.is(await late, 'ETIMEDOUT true')
  assert.is(await codeOf(ann.call('4')), 'late')
  assert.is(executed, 2)
  assert.is(inBox(), 'lock', 'the late reply was removed')
  bob.close()
  await serving
})

test('BOOK-4 who waits is told at once that the server has died over it', async () => {
  const ann = requestsIn()
  const actor = start(`const bob = new m.Requests('${folder}')
    say('ready')
    await bob.serve(async request => { say('begun ' + request); await new Promise(() => {}) })`)
  await actor.hear()
  const call = codeOf(ann.call('7', { timeoutMs: 20_000 }))
  assert.is(await actor.hear(), 'begun 7')
  actor.child.kill('SIGSTOP')
  await sleep(50)
  const begin = performance.now()
  await actor.kill()
  assert.is(await call, 'EOWNERDEAD')
  assert.ok(performance.now() - begin < 5000)
})

test('BOOK-4 a dead client\'s requests are not executed, and its box goes', async () => {
  const [bob, carol] = [requestsIn(), requestsIn()]
  const ann = start(`const ann = new m.Requests('${folder}')
    void ann.call('1'); void ann.call('2')
    say('asked')
    await hear()`)
  await ann.hear()
  let executed = 0
  assert.ok(bob.tryServe(() => `${executed++}`))
  await ann.kill()
  assert.is(boxes().length, 1)
  const call = carol.call('3')
  assert.is(boxes().length, 1, 'hers is gone, and Carol has one')
  while (bob.tryServe(() => `${executed++}`)) { /* all that wait */ }
  assert.equal([String(await call), executed], ['1', 2])
})

test('too many that wait are refused, and what is no request is passed over', async () => {
  const [ann, bob] = [requestsIn({ waitingMax: 3 }), requestsIn()]
  const three = [1, 2, 3].map(each => codeOf(ann.call(`${each}`)))
  assert.is(await codeOf(ann.call('4')), 'EAGAIN')
  bob.tryServe(() => 'done')
  const fourth = codeOf(ann.call('4'))
  while (bob.tryServe(() => 'done')) { /* all */ }
  assert.equal(await Promise.all([...three, fourth]), Array(4).fill('done'))
  fs.writeFileSync(`${folder}/by-hand`, '../../etc/1\nx')
  fs.renameSync(`${folder}/by-hand`, `${folder}/queue/tail/by-hand`)
  assert.ok(bob.tryServe(() => 'done'))
  assert.throws(() => requestsIn({ waitingMax: 0 }), RangeError)
  const waiting = codeOf(ann.call('5'))
  ann.close()
  assert.equal([await waiting, await codeOf(ann.call('6'))], ['EBADF', 'EBADF'])
})

test('BOOK-4 wherever a server dies, a request is executed at most once, and the client is told', async () => {
  for (let step = 0, isOver = false; !isOver; step++) {
    folder = `${root}/${count++}`
    const ann = requestsIn()
    const call = codeOf(ann.call('once', { timeoutMs: 2_000 }))
    let executed = 0
    const { died, descriptors } = killable(() => new Requests(folder).tryServe(() => `done ${++executed}`), step)
    killAll(descriptors)
    isOver = !died
    const carol = requestsIn()
    for (let tries = 0; tries < 2; tries++) while (carol.tryServe(() => `done ${++executed}`)) { /* all that wait */ }
    const end = await call
    assert.ok(executed <= 1, `executed ${executed} times at ${step}`)
    assert.ok(end === 'done 1' || end === 'EOWNERDEAD', `${end} at ${step}`)
    if (end === 'done 1') assert.is(executed, 1)
    ann.close()
    assert.ok(step < 500)
  }
})

test('BOOK-4 with servers killed at any moment, nothing is executed twice, and every call ends', async () => {
  const kills = Number(process.env['FCS_KILLS'] ?? 8)
  const ann = requestsIn()
  const begin = () => start(`const bob = new m.Requests('${folder}')
    say('ready')
    await bob.serve(async request => {
      fs.appendFileSync('${folder}/executed', request + '\\n')
      if (Math.random() < 0.3) await sleep(Math.random() * 5)
      return 'answer to ' + request
    }, { atOnce: 2 })`)
  const living = [begin(), begin()]
  const ends = new Map<string, string>()
  let isOver = false
  let asked = 0
  const asking = Array.from({ length: 3 }, async () => {
    while (!isOver) {
      const text = String(asked++)
      ends.set(text, await codeOf(ann.call(text, { timeoutMs: Math.random() < 0.1 ? 1 : 60_000 })))
    }
  })
  for (let i = 0; i < kills; i++) {
    await living[i % 2]!.hear()
    await sleep(Math.random() * 30)
    await living[i % 2]!.kill()
    living[i % 2] = begin()
  }
  isOver = true
  await Promise.all(asking)
  await Promise.all(living.map(each => each.kill()))
  // compare what was executed with what was told
  const executed = fs.readFileSync(`${folder}/executed`, 'utf8').trim().split('\n')
  assert.is(new Set(executed).size, executed.length, 'nothing twice')
  const has = new Set(executed)
  for (const [text, end] of ends) {
    if (end === 'ETIMEDOUT false') assert.not(has.has(text), `${text} was executed after all`)
    else if (!/^ETIMEDOUT true$|^EOWNERDEAD$/.test(end)) assert.equal([end, has.has(text)], [`answer to ${text}`, true])
  }
})

test.run()
