// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tangle } from './solution.ts'

const call = (name: string, indent = '') => `${indent}// <<${name}>>`
const textOf = (...blocks: Parameters<typeof tangle>[0]) => tangle(blocks).get('a.ts')

test('blocks of one file are joined in the order of the page', () => {
  assert.is(textOf({ file: 'a.ts', lines: ['one'] }, { file: 'b.ts', lines: ['other'] },
    { file: 'a.ts', lines: ['two'] }), 'one\ntwo\n')
})

test('a call is replaced by its chunk, with the indentation of the call', () => {
  assert.is(textOf({ file: 'a.ts', lines: ['if (x) {', call('act', '  '), '}'] },
    { name: 'act', lines: ['one()', '', '  two()'] }), 'if (x) {\n  one()\n\n    two()\n}\n')
})

test('a chunk may call another, and be called twice', () => {
  assert.is(textOf({ file: 'a.ts', lines: [call('outer'), call('inner')] },
    { name: 'inner', lines: ['in'] }, { name: 'outer', lines: ['out', call('inner', ' ')] }),
  'out\n in\nin\n')
})

test('a call of a chunk that nobody wrote is told by its name', () => {
  assert.throws(() => textOf({ file: 'a.ts', lines: [call('great them')] }),
    (error: Error) => error.message.includes('great them'), 'an error that names the chunk')
})

test('a chunk that contains itself is told by its name', () => {
  const circle = [{ name: 'hen', lines: [call('egg')] }, { name: 'egg', lines: [call('hen')] }]
  assert.throws(() => textOf({ file: 'a.ts', lines: [call('hen')] }, ...circle),
    (error: Error) => !(error instanceof RangeError) && /hen|egg/.test(error.message),
    'an error that names the chunk, and no stack that is full')
})

test.run()
