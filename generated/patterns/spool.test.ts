// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { killable, killAll } from './spool-killed.stage.ts'
import { stage } from './lock-file.stage.ts'
import { Spool } from './spool.ts'

const root = fs.mkdtempSync(`${tmpdir()}/spool-test-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [count, spool] = [0, new Spool(`${root}/first`)]
test.before.each(() => { spool = new Spool(`${root}/${count++}`, { durability: 'os' }) })
const names = () => fs.readdirSync(spool.folder).filter(name => name !== '.seq').map(name => name.slice(0, 7)).sort()
const all = (from: Spool) => {
  const done: string[] = []
  for (let work; (work = from.begin()) !== undefined; work.done()) done.push(String(work.data()))
  return done
}

test('BOOK-4 jobs are done in the order of their numbers, past 9999, each once', () => {
  fs.writeFileSync(`${spool.folder}/.seq`, '9997')
  for (const text of ['a', 'b', 'c', 'd']) spool.submit(text, { name: text })
  assert.equal(spool.jobs().map(({ number, name }) => `${number}${name}`), ['9998a', '9999b', '10000c', '10001d'])
  const [one, two] = [spool.begin()!, spool.begin()!]
  assert.equal([one.job.name, two.job.name], ['a', 'b'])
  one.release()
  two.done()
  assert.equal(all(spool), ['a', 'c', 'd'])
  assert.equal(names(), [])
})

test('a job waits until it is due, and is cancelled unless somebody works on it', () => {
  const [late, soon] = [spool.submit('late', { notBefore: 2000 }), spool.submit('soon')]
  const work = spool.begin(1000)!
  assert.equal([work.job.number, spool.begin(1000)], [soon, undefined])
  assert.equal([spool.cancel(soon), spool.cancel(late), spool.cancel(late)], [false, true, false])
  assert.is(spool.begin(3000), undefined)
  work.release()
  assert.is(spool.cancel(soon), true)
  assert.equal(names(), [])
})

test('BOOK-4 a death at any call leaves a whole job or none, and what is left is swept', () => {
  for (let step = 0, isOver = false; !isOver; step++) {
    spool = new Spool(`${root}/step-${step}`)
    let [submitted, isDone] = [false, false]
    const { died, descriptors } = killable(() => {
      spool.submit('a whole job')
      submitted = true
      spool.submit('second')
      spool.begin()!.done()
      isDone = true
    }, step)
    killAll(descriptors)
    isOver = !died
    const left = spool.jobs().map(({ data }) => fs.readFileSync(`${spool.folder}/${data}`, 'utf8'))
    for (const text of left) assert.ok(['a whole job', 'second'].includes(text), `step ${step}: ${text}`)
    if (submitted && !left.includes('a whole job')) assert.ok(left.includes('second'), 'only its end removes it')
    if (isDone) assert.equal(left, ['second'])
    const swept = killable(() => spool.sweep(), step)
    killAll(swept.descriptors)
    spool.sweep()
    assert.is(names().length, left.length * 2, `step ${step}: ${names()}`)
    assert.equal(all(spool), left)
  }
})

test('a sweeper between any two calls of a submitter takes nothing from it', () => {
  let calls = 0
  for (let step = 0; step <= calls; step++) {
    calls = 0
    const stop = tap((_syscall, _args, proceed) => {
      if (calls++ === step) new Spool(spool.folder).sweep()
      return proceed()
    })
    const number = spool.submit(`job ${step}`)
    stop()
    const work = spool.begin()!
    assert.equal([work.job.number, String(work.data())], [number, `job ${step}`])
    work.done()
  }
  assert.ok(calls > 15)
})

test('BOOK-4 the job of a worker that is killed is begun anew, and of many submitters each gets a number', async () => {
  const { start, folder, clear } = stage('patterns/spool')
  const shared = new Spool(`${folder}/spool`, { durability: 'os' })
  const submitters = [1, 2, 3].map(() => start(`
    const spool = new m.Spool('${folder}/spool', { durability: 'os' })
    const numbers = Array.from({ length: 30 }, () => spool.submit('x'.repeat(5000)))
    say(numbers.join(' '))
    await hear()`))
  const numbers = (await Promise.all(submitters.map(each => each.hear()))).join(' ').split(' ').map(Number)
  assert.equal(numbers.sort((a, b) => a - b), Array.from({ length: 90 }, (_, i) => i + 1))
  const worker = start(`const work = new m.Spool('${folder}/spool').begin(); say(work.job.number); await hear()`)
  assert.is(await worker.hear(), '1')
  assert.is(shared.begin()!.job.number, 2)
  await worker.kill()
  assert.is(shared.begin()!.job.number, 1)
  for (const submitter of submitters) await submitter.kill()
  clear()
})

test.run()
