// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { mergePatch, mergeUpdate, type Json, type MergeOptions } from './merge-update.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/merge-update-test-`)
const path = `${folder}/settings.json`
test.after(() => fs.rmSync(folder, { recursive: true }))
const quick = { durability: 'os' } as const
const content = () => JSON.parse(fs.readFileSync(path, 'utf8'))
const set = (patch: Json, options: MergeOptions = {}) => mergeUpdate(path, text =>
  JSON.stringify(mergePatch(JSON.parse(text ?? '{}'), patch)), { ...quick, ...options })
test.before.each(() => {
  for (const name of fs.readdirSync(folder)) fs.unlinkSync(`${folder}/${name}`)
})

/** Runs `other` before our first rename: in the window. */
function inTheWindow<T>(other: () => void, action: () => T): T {
  let isOver = false
  const stop = tap((syscall, _args, proceed) => {
    if (/^rename/.test(syscall) && !isOver) {
      isOver = true
      other()
    }
    return proceed()
  })
  try {
    return action()
  } finally {
    stop()
  }
}

test('IO-5 what others wrote before the read is kept, key by key', () => {
  assert.is(set({ ann: 1, both: { a: 1 } }).isWritten, true)
  fs.writeFileSync(path, JSON.stringify({ ...content(), bob: 2, both: { a: 1, b: 2 } }))
  const { windowMs, overwritten } = set({ both: { a: 3 }, ann: null })
  assert.equal(content(), { both: { a: 3, b: 2 }, bob: 2 })
  assert.ok(windowMs > 0 && windowMs < 1000)
  assert.is(overwritten, null)
  const { ino } = fs.statSync(path)
  assert.is(set({ bob: 2 }).isWritten, false)
  assert.is(fs.statSync(path).ino, ino)
})

test('IO-5 what others write in the window is lost, and without detection nobody knows', () => {
  set({ ann: 1 })
  const { overwritten } = inTheWindow(() => fs.writeFileSync(path, '{"bob":1}'), () => set({ carol: 1 }))
  assert.equal(content(), { ann: 1, carol: 1 })
  assert.equal([overwritten, fs.readdirSync(folder)], [null, ['settings.json']])
})

test('IO-5 with detection the overwritten version is kept, and told', () => {
  set({ ann: 1 })
  assert.is(set({ ann: 2 }, { detect: true }).overwritten, null)
  assert.equal(fs.readdirSync(folder), ['settings.json'])
  const bob = () => { fs.writeFileSync(`${path}.bob`, '{"bob":1}'); fs.renameSync(`${path}.bob`, path) }
  const { overwritten } = inTheWindow(bob, () => set({ carol: 1 }, { detect: true }))
  assert.equal(content(), { ann: 2, carol: 1 })
  assert.is(fs.readFileSync(String(overwritten), 'utf8'), '{"bob":1}')
})

test('IO-5 with detection every version is merged or kept, also of a file that was not there', () => {
  const bob = () => fs.writeFileSync(path, '{"bob":1}')
  const { overwritten } = inTheWindow(bob, () => set({ ann: 1 }, { detect: true }))
  assert.is(fs.readFileSync(String(overwritten), 'utf8'), '{"bob":1}')
  assert.equal(content(), { ann: 1 })
})

test('mergePatch does what RFC 7396 shows in its appendix', () => {
  const examples: [Json, Json, Json][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }], [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}], [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }], [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }], [['a', 'b'], ['c', 'd'], ['c', 'd']],
    [{ a: 'b' }, ['c'], ['c']], [{ a: 'foo' }, null, null], [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }], [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of examples) assert.equal(mergePatch(target, patch), result)
  const odd = mergePatch({}, JSON.parse('{ "__proto__": { "x": 1 } }')) as object
  assert.equal([Object.keys(odd), ({} as { x?: number }).x], [['__proto__'], undefined])
})

test.run()
