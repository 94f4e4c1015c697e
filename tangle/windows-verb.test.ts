import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { declared } from './windows-verb.ts'

test('a line above a test says why it differs, for that test only', () => {
  const source = [
    "test('one', () => {})",
    '',
    '// On Windows: there are no FIFOs.',
    "test('two: it\\'s (more) *than* one', () => {})",
    '// On Windows: there is no /proc.',
    '// Another remark.',
    "onLinux('three', () => {})",
    '// On Windows: no links.',
    ['  test(`$', '{kind} are copied`, () => {})'].join(''),
    '// On Windows this is no declaration',
    "test('four', () => {})",
  ].join('\n')
  assert.equal([...declared(source)], [
    ["two: it's \\(more\\) \\*than\\* one", 'there are no FIFOs.'],
    ['three', 'there is no /proc.'],
    ['.+ are copied', 'no links.'],
  ])
})

test.run()
