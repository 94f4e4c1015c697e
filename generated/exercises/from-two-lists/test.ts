// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { differences } from './solution.ts'

const look = (text: string) => new Map(text.split(' ').filter(Boolean).map(each => {
  const [name, id, stamp] = each.split(':') as [string, string, string]
  return [name, { id, stamp }]
}))
const told = (before: string, now: string) => differences(look(before), look(now))
  .map(each => each.kind === 'renamed' ? `${each.name}>${each.to}` : `${each.kind} ${each.name}`).join(', ')

test('names that came, went and changed are told, in the order of the names', () => {
  assert.is(told('c:3:x a:1:x b:2:x', 'b:2:y d:4:x c:3:x'), 'deleted a, changed b, created d')
})

test('a name that went and one that came with the same file are a rename', () => {
  assert.is(told('b:1:x', 'a:1:x'), 'b>a')
  assert.is(told('a:1:x b:2:x', 'c:1:x d:2:x'), 'a>c, b>d')
})

test('a file that was replaced under its name has changed', () => {
  assert.is(told('a:1:x', 'a:2:x'), 'changed a')
  assert.is(told('a:1:x .a:2:x', 'a:2:x'), 'deleted .a, changed a', 'what had the name is lost, and nobody has a new one')
})

test('a second name of a file that stayed is no rename', () => {
  assert.is(told('a:1:x', 'a:1:x b:1:x'), 'created b')
  assert.is(told('a:1:x b:1:x', 'a:1:x c:1:x'), 'b>c', 'one of two names was taken elsewhere')
  assert.is(told('a:1:x b:1:x', 'c:1:x'), 'a>c, deleted b', 'one file came once')
})

test('a number that the system gave to another file is no rename', () => {
  assert.is(told('a:1:x', 'b:1:y'), 'deleted a, created b')
})

test.run()
