// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OpenFile } from './file.ts'
import { PRIMITIVES, probe, type Primitive, type Traits } from './taxonomy.ts'

const named = (name: string) => PRIMITIVES.find(each => each.name === name)!
const [file, fifo, pipe] = [named('regular file'), named('FIFO'), named('pipe')]
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const elsewhere = tmpdir()
const place = fs.mkdtempSync(`${elsewhere}/taxonomy-test-`)
test.before(() => { process.env['TMPDIR'] = place })
test.after(() => {
  process.env['TMPDIR'] = elsewhere
  assert.equal(fs.readdirSync(place).filter(each => each.startsWith('taxonomy-')), [])
  fs.rmSync(place, { recursive: true })
})

test('BOOK-1 the probes find what the manual pages say of three primitives', async () => {
  const before = descriptors()
  const known: [Primitive, Traits][] = [
    [file, {
      lasts: true, found: 'by its name', alone: 'kept', readers: 'both', writers: 'merged',
    }],
    [fifo, {
      lasts: false, found: 'by its name', alone: 'waits', readers: 'one of two', writers: 'merged',
    }],
    [pipe, {
      lasts: false, found: 'through /proc', alone: 'fails (EPIPE)',
      readers: 'one of two', writers: 'merged',
    }],
  ]
  const found = await Promise.all(known.map(([primitive]) => probe(primitive)))
  assert.equal(found, known.map(([, traits]) => traits))
  assert.ok(descriptors() <= before)
})

test('BOOK-1 a primitive that behaves otherwise than its name says is found out', async () => {
  const forgetful: Primitive = {
    ...file,
    receive: from => {
      const honest = file.receive(from)
      return { next: honest.next, close: () => { honest.close(); fs.truncateSync(String(from)) } }
    },
  }
  const copying: Primitive = { ...file, name: fifo.name, send: fifo.send }
  const misplaced: Primitive = {
    ...pipe,
    create: folder => {
      const { sender, receiver } = pipe.create(folder)
      const nowhere = fs.openSync('/dev/null', 'w')
      ;(sender as OpenFile).close()
      return { sender: new OpenFile(nowhere), receiver }
    },
  }
  const [first, second, third] = await Promise.all([forgetful, copying, misplaced].map(probe))
  assert.is(first!.lasts, false)
  assert.equal([second!.lasts, second!.alone, second!.readers], [true, 'kept', 'both'])
  assert.equal([third!.found, third!.writers], ['no', 'lost'])
})

test.run()
