// Told in chapters/02-primitives-catalog/12-memory-map.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from '../foundations/file.ts'
import { probe } from '../foundations/taxonomy.ts'
import { allocate, ENDS, Mapping, MAPPING_MAX } from './memory-map.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/memory-map-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let count = 0
function fresh(length: number) {
  const path = `${folder}/${count++}`
  const file = open(path, O_RDWR | O_CREAT)
  allocate(file, length)
  return { path, file }
}

const script = (path: string, body: string) => [...process.execArgv, '--input-type=module', '--eval', `
  import { open, O_RDONLY, O_RDWR } from '${new URL('../foundations/file.ts', import.meta.url)}'
  import { Mapping } from '${new URL('./memory-map.ts', import.meta.url)}'
  import { execFileSync } from 'node:child_process'
  const file = open('${path}', O_RDWR)
  const map = new Mapping(file, { writable: true })
  const words = new Int32Array(map.bytes.buffer)
  ${body}`]

test('BOOK-3 what one process stores the other sees, by mapping and by read', async () => {
  const { path, file } = fresh(8192)
  const map = new Mapping(file, { writable: true })
  const words = new Int32Array(map.bytes.buffer)
  const bob = spawn(process.execPath, script(path, `
    while (Atomics.load(words, 0) !== 1);
    map.bytes.set(Buffer.from('from Bob'), 4096)
    Atomics.store(words, 0, 2)`), { stdio: 'inherit' })
  Atomics.store(words, 0, 1)
  await once(bob, 'exit')
  assert.is(words[0], 2)
  assert.is(Buffer.from(map.bytes.subarray(4096, 4104)).toString(), 'from Bob')
  assert.is(execFileSync('tail', ['-c', '4096', path], { encoding: 'utf8' }).slice(0, 8), 'from Bob')
  file.write(Buffer.from('by a call'), 4096)
  assert.is(Buffer.from(map.bytes.subarray(4096, 4105)).toString(), 'by a call')
  map.sync()
  map.close()
  file.close()
})

test('BOOK-3 two processes add with Atomics, and nothing is lost', async () => {
  const { path, file } = fresh(4096)
  const map = new Mapping(file, { writable: true })
  const add = script(path, 'for (let i = 0; i < 200_000; i++) Atomics.add(words, 3, 1)')
  await Promise.all([1, 2].map(() => once(spawn(process.execPath, add, { stdio: 'inherit' }), 'exit')))
  assert.is(new Int32Array(map.bytes.buffer)[3], 400_000)
  assert.throws(() => Atomics.wait(new Int32Array(map.bytes.buffer), 0, 0, 1), TypeError)
  map.close()
  file.close()
})

test('BOOK-3 after close, views read zeros, writes go nowhere, and the file is as it was', () => {
  const { path, file } = fresh(4096)
  const map = new Mapping(file, { writable: true })
  file.close()
  const view = map.bytes.subarray(0, 10)
  view.fill(7)
  map.close()
  map.close()
  assert.equal([...view], Array(10).fill(0))
  view.fill(9)
  map.sync()
  assert.is(fs.readFileSync(path)[0], 7)
})

test('BOOK-3 a mapping for reading shows what others store, and keeps stray writes to itself', () => {
  const { path, file } = fresh(8192)
  const map = new Mapping(open(path))
  file.write(Buffer.from('seen'), 4096)
  assert.is(Buffer.from(map.bytes.subarray(4096, 4100)).toString(), 'seen')
  map.bytes[0] = 1
  assert.is(fs.readFileSync(path)[0], 0)
  assert.throws(() => new Mapping(open(path), { writable: true }), /EACCES: permission denied, mmap/)
  map.close()
  file.close()
})

test('BOOK-3 a length that would kill is refused', () => {
  const { file } = fresh(5000)
  for (const length of [5001, 0, -1, 1.5, NaN]) {
    assert.throws(() => new Mapping(file, { length }), RangeError)
  }
  assert.throws(() => new Mapping(file, { offset: 8192 }), RangeError)
  assert.throws(() => new Mapping(file, { offset: 1 }), /EINVAL/)
  assert.is(new Mapping(file, { offset: 4096 }).bytes.length, 904)
  file.truncate(MAPPING_MAX + 1)   // a hole: no blocks behind it
  assert.throws(() => new Mapping(file), RangeError)
  const large = new Mapping(file, { length: MAPPING_MAX })
  assert.is(large.bytes.at(-1), 0)
  large.close()
  file.close()
})

test('BOOK-3 a file that another process cuts kills its mapper with SIGBUS, as is said', () => {
  const { path, file } = fresh(8192)
  const { signal } = spawnSync(process.execPath, script(path, `
    execFileSync('truncate', ['-s', '0', '${path}'])
    map.bytes[4096]
    process.exit(3)`))
  assert.is(signal, 'SIGBUS')
  file.close()
})

test('BOOK-3 ten thousand mappings that are closed and forgotten do not use the addresses up', async () => {
  const { file } = fresh(4096)
  const maps = () => fs.readFileSync('/proc/self/maps', 'utf8').split('\n').length
  const before = maps()
  for (let i = 0; i < 10_000; i++) {
    new Mapping(file).close()
    if (i % 500 === 499) {
      global.gc?.()
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }
  file.close()
  if (global.gc === undefined) assert.ok(maps() < 65_000, 'the kernel allows 65,530')
  else assert.ok(maps() < before + 1000)
})

test('BOOK-1 the five questions, asked of notes in common bytes', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: true, found: 'by its name',
    alone: 'kept', readers: 'both', writers: 'apart' })
})

test.run()
