// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fences } from './solution.ts'

const mark = '`'.repeat(3)
const page = (...lines: string[]) => fences(lines.join('\n'))

test('a block that shows a block is one block', () => {
  const lines = [`${mark}js`, 'how a block looks', mark]
  assert.equal(page(`${mark}\`md`, ...lines, `${mark}\``, 'prose'), [{ info: 'md', lines }])
  assert.equal(page('~~~~md', ...lines, '~~~~'), [{ info: 'md', lines }])
})

test('a block in a list comes without the indentation of the list', () => {
  const inside = [`  ${mark}js`, '  if (real) {', '    run()', '', '  }', `  ${mark}`]
  assert.equal(page('- in a list', '', ...inside, 'prose'),
    [{ info: 'js', lines: ['if (real) {', '  run()', '', '}'] }])
})

test('tildes fence as well, and a longer mark ends a block too', () => {
  assert.equal(page('~~~sh', 'one', '~~~~~', 'prose', `${mark}ts`, 'two', '~~~', `${mark}ts`, mark),
    [{ info: 'sh', lines: ['one'] }, { info: 'ts', lines: ['two', '~~~', `${mark}ts`] }])
})

test('a fence that is never closed goes to the end', () => {
  assert.equal(page(`${mark}ts`, 'one', 'two'), [{ info: 'ts', lines: ['one', 'two'] }])
})

test.run()
