// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, type OpenFile, O_RDONLY, O_RDWR, O_TRUNC } from '../foundations/file.ts'
import { probe } from '../foundations/taxonomy.ts'
import { ENDS, mapSealed, memfd, seal, sealsOf } from './memfd.ts'
import { Mapping } from './memory-map.ts'

const bytes = Buffer.from('0123456789')
function filled() {
  const file = memfd('test')
  file.writeAll(bytes)
  return file
}
/** The same file, opened again by its link, as a stranger would. */
const again = (file: { fd: number }, flags: number) => open(`/proc/self/fd/${file.fd}`, flags)

type Attempt = (file: OpenFile) => unknown
const tries: Record<'shrink' | 'grow' | 'write' | 'seal', Attempt> = {
  shrink: file => file.truncate(5),
  grow: file => file.truncate(20),
  write: file => file.write(Buffer.from('x'), 0),
  seal: file => seal(file, 'futureWrite'),
}

test('BOOK-3 each seal takes its right from everybody who has the file, and no other', () => {
  for (const name of Object.keys(tries) as (keyof typeof tries)[]) {
    for (const [other, attempt] of Object.entries(tries)) {
      const file = filled()
      seal(file, name)
      assert.equal(sealsOf(file), [name])
      for (const each of [again(file, O_RDWR), file]) {
        if (other === name) assert.throws(() => attempt(each), /EPERM/, `${name}: ${other}`)
        else attempt(each)
      }
    }
  }
})

test('BOOK-3 a shared mapping is in the way of write, and not of futureWrite', () => {
  const file = filled()
  const map = new Mapping(file, { writable: true })
  assert.throws(() => seal(file, 'write'), /EBUSY/)
  seal(file, 'futureWrite')
  map.bytes[0] = 65
  assert.throws(() => file.write(bytes, 0), /EPERM/)
  assert.throws(() => new Mapping(file, { writable: true }), /EPERM/)
  assert.is(new Mapping(file).bytes[0], 65)
  map.close()
  seal(file, 'write')
  assert.equal(sealsOf(file), ['write', 'futureWrite'])
  file.close()
})

test('BOOK-3 mapSealed takes what nobody can cut, and then nobody can', () => {
  const file = filled()
  assert.throws(() => mapSealed(file), (error: Error & { hint: string }) =>
    /EPERM/.test(error.message) && error.hint === 'not sealed against: shrink')
  seal(file, 'shrink')
  assert.throws(() => mapSealed(file, 'write', 'grow'), (error: Error & { hint: string }) =>
    error.hint === 'not sealed against: write, grow')
  const map = mapSealed(file)
  const path = `/proc/${process.pid}/fd/${file.fd}`
  const { stderr } = spawnSync('truncate', ['-s', '0', path], { encoding: 'utf8' })
  assert.match(stderr, /not permitted/)
  assert.throws(() => again(file, O_RDWR | O_TRUNC), /EPERM/)
  assert.is(Buffer.from(map.bytes).toString(), '0123456789')
  map.close()
  file.close()
})

test('BOOK-3 a file on a disk has no seals to look at', () => {
  const folder = fs.mkdtempSync(`${tmpdir()}/memfd-test-`)
  fs.writeFileSync(`${folder}/file`, 'x')
  const file = open(`${folder}/file`, O_RDONLY)
  const isMemory = fs.statfsSync(folder).type === 0x01021994   // tmpfs knows seals, and grants none
  if (isMemory) assert.equal(sealsOf(file), ['seal'])
  else assert.throws(() => sealsOf(file), /EINVAL/)
  assert.throws(() => mapSealed(file), isMemory ? /EPERM/ : /EINVAL/)
  file.close()
  fs.rmSync(folder, { recursive: true })
})

test('BOOK-3 it has a label and no name, and is gone when the last holder closes', () => {
  const [one, two] = [memfd('same'), memfd('same')]
  one.writeAll(bytes)
  assert.is(two.stat().size, 0)
  assert.is(fs.readlinkSync(`/proc/self/fd/${one.fd}`), '/memfd:same (deleted)')
  assert.is(one.stat().nlink, 0)
  const fd = one.fd
  const copy = one.duplicate()
  one.close()
  assert.is(copy.stat().size, 10)
  copy.close()
  assert.is(fs.existsSync(`/proc/self/fd/${fd}`) &&
    fs.readlinkSync(`/proc/self/fd/${fd}`).includes('same'), false)
  two.close()
})

test('BOOK-1 the five questions, asked of a sealed note', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'by its name',
    alone: 'fails (ENOENT)', readers: 'only one', writers: 'apart' })
})

test.run()
