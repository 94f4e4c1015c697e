// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { stage } from './lock-file.stage.ts'
import { killable, killAll } from './spool-killed.stage.ts'
import { TwoPhaseFolder } from './two-phase-publish.ts'

const root = fs.mkdtempSync(`${tmpdir()}/two-phase-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => fs.mkdirSync(folder = `${root}/${count++}`))
const names = ['hosts', 'ports', 'rules']
const set = (text: string) => Object.fromEntries(names.map(name => [name, text]))
const read = (path = folder) =>
  [...new Set(Object.values(new TwoPhaseFolder(path).read(names)).map(String))].join(' and ')

test('BOOK-4 a death before any call, and another of the heir, leave one whole set and no more', () => {
  let decided = ''
  for (let step = 0, isOver = false; !isOver; step++) {
    const path = `${folder}/${step}`
    fs.mkdirSync(path)
    new TwoPhaseFolder(path).publish(set('old'))
    const one = killable(() => new TwoPhaseFolder(path).publish(set('new')), step)
    killAll(one.descriptors)
    killAll(killable(() => read(path), step * 7 % 20).descriptors)
    isOver = !one.died
    assert.match(read(path), /^(old|new)$/, `died at ${step}`)
    if (decided === 'new') assert.is(read(path), 'new', 'once decided, decided')
    decided = read(path)
    new TwoPhaseFolder(path).publish({})
    assert.equal(fs.readdirSync(path).sort(), ['.mark', ...names])
  }
  assert.is(decided, 'new')
})

test('BOOK-4 whoever reads between two calls of a publisher finds one whole set', () => {
  new TwoPhaseFolder(folder).publish(set('old'))
  const seen: string[] = []
  let isReading = false
  const stop = tap((_syscall, _args, proceed) => {
    if (!isReading) {
      isReading = true
      seen.push(read())
      isReading = false
    }
    return proceed()
  })
  new TwoPhaseFolder(folder).publish(set('new'))
  stop()
  assert.equal([...new Set(seen)], ['old', 'new'])
})

test('BOOK-4 two processes publish, are killed and read, and never see half of two sets', async () => {
  const { start, clear } = stage('patterns/two-phase-publish')
  try {
    new TwoPhaseFolder(folder).publish(set('0'))
    const begin = (who: string) => start(`const own = new m.TwoPhaseFolder('${folder}')
      for (let i = 0; ; i++) {
        own.publish({ hosts: '${who}' + i, ports: '${who}' + i, rules: '${who}' + i })
        const seen = new Set(Object.values(own.read(['hosts', 'ports', 'rules'])).map(String))
        if (seen.size > 1) say('half: ' + [...seen])
        if (i === 3) say('at work')
      }`)
    for (let i = 0; i < Number(process.env['FCS_KILLS'] ?? 4); i++) {
      const actors = ['ann', 'bob'].map(begin)
      for (const actor of actors) assert.is(await actor.hear(), 'at work')
      for (let n = 0; n < 20; n++) assert.match(read(), /^\w+$/)
      const said = Promise.race([...actors.map(actor => actor.hear()), new Promise(resolve => setTimeout(resolve, 5, 'quiet'))])
      assert.is(await said, 'quiet')
      await Promise.all(actors.map(actor => actor.kill()))
      assert.match(read(), /^(ann|bob)\d+$/)
    }
  } finally { clear() }
})

test('an error while preparing leaves nothing; names that could hurt are refused', () => {
  const own = new TwoPhaseFolder(folder)
  own.publish(set('old'))
  const stop = tap((syscall, _args, proceed) => syscall === 'fdatasync' ? -28 : proceed())
  assert.throws(() => own.publish(set('new')), /^ENOSPC/)
  stop()
  assert.equal([read(), fs.readdirSync(folder).length], ['old', 4])
  for (const name of ['../x', '.mark', '']) assert.throws(() => own.publish({ [name]: '' }), /^EINVAL/)
  own.publish({ ports: 'new' })
  assert.is(read(), 'old and new')
  assert.is(own.read(['none'])['none'], undefined)
  assert.throws(() => new TwoPhaseFolder(`${folder}/none`).publish(set('x')), /^ENOENT/)
})

test.run()
