import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../config.ts'
import { openStore } from './store.ts'

let config: Config
const path = () => join(config.root, '.loom/things.jsonl')
const open = (version = '1') => openStore<{ word: string }>(config, 'things', version)
const keep = (...keys: string[]) => {
  const store = open()
  for (const key of keys) store.set(key, { word: key })
  store.save()
}
test.before.each(() => {
  config = { root: mkdtempSync(join(tmpdir(), 'store-')), cache: '.loom' } as Config
})
test.after.each(() => rmSync(config.root, { recursive: true }))

test('what was set is there when the store is opened again, and another version finds nothing', () => {
  keep('a', 'b')
  assert.equal([open().get('a'), open().get('c')], [{ word: 'a' }, undefined])
  assert.is(open('2').get('a'), undefined)
})

test('one thing more is one line more, whatever stood there', () => {
  keep(...Array.from({ length: 10 }, (_, i) => `old ${i}`))
  const before = readFileSync(path(), 'utf8')
  keep('new')
  assert.is(readFileSync(path(), 'utf8'), `${before}\n["new",{"word":"new"}]`)
})

test('what another process wrote is read, a line that was cut off costs itself alone, and strange files cost all', () => {
  keep('a')
  appendFileSync(path(), '\n["b",{"word":"b"}]\n["c",{"wo')
  assert.equal([open().get('a'), open().get('b'), open().get('c')], [{ word: 'a' }, { word: 'b' }, undefined])
  writeFileSync(path(), 'no store')
  assert.is(open().get('a'), undefined)
  keep('d')
  assert.equal(open().get('d'), { word: 'd' })
})

test('what nobody asks for goes when it is the larger part', () => {
  keep(...Array.from({ length: 100 }, (_, i) => `old ${i}`))
  const size = statSync(path()).size
  keep('new')
  assert.ok(statSync(path()).size < size / 10)
  assert.equal([open().get('old 1'), open().get('new')], [undefined, { word: 'new' }])
})

test.run()
