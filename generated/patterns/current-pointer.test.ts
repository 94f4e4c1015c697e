// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { CurrentPointer } from './current-pointer.ts'
import { stage } from './lock-file.stage.ts'
import { killable, killAll } from './spool-killed.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/current-pointer-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })
const write = (text: string) => (path: string) => {
  for (const name of ['bread', 'cakes']) fs.writeFileSync(`${path}/${name}`, text)
}
function read(pointer: CurrentPointer): string | null {
  const version = pointer.open()
  if (version === null) return null
  const texts = ['bread', 'cakes'].map(name => fs.readFileSync(`${version.path}/${name}`, 'utf8'))
  version.close()
  return [...new Set(texts)].join(' and ')
}

test('BOOK-4 whoever looks between two calls of a change finds one whole version', () => {
  const [pointer, other] = [new CurrentPointer(folder), new CurrentPointer(folder)]
  assert.is(read(pointer), null)
  pointer.publish(write('June'))
  const seen: (string | null)[] = []
  const stop = tap((_syscall, _args, proceed) => {
    stop()
    seen.push(read(other))
    start()
    return proceed()
  })
  let end = stop
  function start() { end = tap((_syscall, _args, proceed) => { end(); seen.push(read(other)); start(); return proceed() }) }
  pointer.publish(write('July'))
  end()
  assert.equal([...new Set(seen)], ['June', 'July'])
})

test('BOOK-4 a death before any call leaves a whole version, and nothing that prune does not remove', () => {
  for (let step = 0, isOver = false; !isOver; step++) {
    const pointer = new CurrentPointer(`${folder}-${step}`)
    pointer.publish(write('June'))
    const { died, descriptors } = killable(() => {
      const own = new CurrentPointer(pointer.folder)
      own.publish(write('July'))
      own.point('000001')
      own.prune({ keep: 0 })
    }, step)
    killAll(descriptors)
    isOver = !died
    assert.match(read(pointer)!, /^(June|July)$/)
    pointer.prune({ keep: 0 })
    assert.equal(fs.readdirSync(`${pointer.folder}/versions`), [pointer.name()], `died at ${step}`)
  }
})

test('BOOK-4 what is read is not removed, until its reader closes it or is killed', async () => {
  const { start, clear } = stage('patterns/current-pointer')
  try {
    const pointer = new CurrentPointer(folder)
    pointer.publish(write('June'))
    const version = pointer.open()!
    const actor = start(`new m.CurrentPointer('${folder}').open(); say('reads'); await hear()`)
    await actor.hear()
    pointer.publish(write('July'))
    assert.equal(pointer.prune({ keep: 1 }), [])
    version.close()
    assert.equal(pointer.prune({ keep: 1 }), [], 'another process reads it')
    assert.is(fs.readFileSync(`${version.path}/bread`, 'utf8'), 'June')
    await actor.kill()
    assert.equal(pointer.prune({ keep: 1 }), ['000001'])
  } finally { clear() }
})

test('BOOK-4 of two who expect the same, one moves the pointer', () => {
  const [ann, bob] = [new CurrentPointer(folder), new CurrentPointer(folder)]
  const first = ann.publish(write('June'), { expected: null })
  const second = ann.publish(write('July'), { expected: first })
  assert.throws(() => bob.publish(write('August'), { expected: first }), /^ESTALE/)
  assert.equal([read(bob), bob.versions().length], ['July', 3])
  assert.is(bob.point(first), second)
  assert.is(bob.point(second, { expected: first }), first)
  assert.throws(() => bob.point('000009'), /^ENOENT/)
  assert.throws(() => bob.point('../versions'), /^ENOENT/)
})

test('an error while filling leaves nothing, and the old version is current', () => {
  const pointer = new CurrentPointer(folder)
  pointer.publish(write('June'))
  assert.throws(() => pointer.publish(() => { throw new Error('no flour') }), /no flour/)
  assert.equal([read(pointer), fs.readdirSync(`${folder}/versions`)], ['June', ['000001']])
  assert.throws(() => new CurrentPointer(`${folder}/none/pointer`), /^ENOENT/)
})

test.run()
