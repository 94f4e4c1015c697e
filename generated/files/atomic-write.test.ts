// Told in chapters/10-files/06-atomic-write.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SystemError } from '../foundations/kernel.ts'
import { platform } from '../platforms/here.ts'
import { atomicWrite, type WriteOptions } from './atomic-write.ts'

const home = fs.mkdtempSync(`${tmpdir()}/files-atomic-write-`)
test.after(() => fs.rmSync(home, { recursive: true }))
const isWindows = platform.name === 'windows'
let files = 0
const fresh = (text?: string) => {
  const path = `${home}/${files++}`
  if (text !== undefined) fs.writeFileSync(path, text)
  return path
}
const codeOf = (path: string, options: WriteOptions) => {
  try {
    atomicWrite(path, 'new', options)
    return 'written'
  } catch (error) {
    return (error as SystemError).code
  }
}

test('FILES-17 the file is created or replaced, and the answer names the durability', () => {
  const path = fresh()
  const said = ([{ fsync: false }, {}, { fsyncDir: true }] as const).map((options, i) => {
    const { durability } = atomicWrite(path, `version ${i}`, options)
    assert.is(fs.readFileSync(path, 'utf8'), `version ${i}`)
    return durability
  })
  assert.equal(said, ['os', 'disk', 'disk and folder'])
  assert.equal(fs.readdirSync(home).filter(name => name.startsWith('.')), [])
})

test('FILES-17 bytes, the empty file and a megabyte arrive as they are', () => {
  for (const data of [Buffer.from([0, 255, 10]), Buffer.alloc(0), Buffer.alloc(2 ** 20, 'ab')]) {
    const path = fresh('old')
    atomicWrite(path, data, { fsync: false })
    assert.equal(fs.readFileSync(path), data)
  }
})

test('FILES-17 replace: false creates once, and exchange keeps the old version', () => {
  const path = fresh()
  assert.is(codeOf(path, { replace: false }), 'written')
  assert.is(codeOf(path, { replace: false }), 'EEXIST')
  assert.is(fs.readFileSync(path, 'utf8'), 'new')
  const { previous } = atomicWrite(path, 'newer', { replace: 'exchange' })
  assert.is(fs.readFileSync(path, 'utf8'), 'newer')
  assert.is(fs.readFileSync(previous as string, 'utf8'), 'new')
  fs.unlinkSync(previous as string)
})

test('FILES-17 mode is given exactly, and without it the old file keeps its own', () => {
  const bits = (path: string) => fs.statSync(path).mode & 0o777
  const path = fresh('old')
  fs.chmodSync(path, 0o640)
  atomicWrite(path, 'new')
  assert.is(bits(path), isWindows ? 0o666 : 0o640)
  atomicWrite(path, 'new', { mode: 0o604 })
  assert.is(bits(path), isWindows ? 0o666 : 0o604)
})

test('FILES-17 the temporary file stands in tmpdir, which must be there', () => {
  const path = fresh('old')
  const nursery = `${home}/nursery`
  assert.is(codeOf(path, { tmpdir: nursery }), 'ENOENT')
  assert.is(fs.readFileSync(path, 'utf8'), 'old')
  fs.mkdirSync(nursery)
  assert.is(codeOf(path, { tmpdir: nursery }), 'written')
  assert.equal([fs.readFileSync(path, 'utf8'), fs.readdirSync(nursery)], ['new', []])
})

test('options that contradict each other or mean nothing are refused, and nothing is written', () => {
  const path = fresh('old')
  assert.is(codeOf(path, { fsync: false, fsyncDir: true }), 'ERR_INVALID_ARG_VALUE')
  assert.is(codeOf(path, { fsync: 'no' as never }), 'ERR_INVALID_ARG_TYPE')
  assert.is(codeOf(path, { replace: 'yes' as never }), 'ERR_INVALID_ARG_VALUE')
  assert.is(fs.readFileSync(path, 'utf8'), 'old')
})

test.run()
