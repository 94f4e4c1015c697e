// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Conversation } from './solution.ts'

test('the answer comes without the question and without its newline', async () => {
  const sed = new Conversation('sed', 's/hello/jello/')
  assert.is(await sed.ask('hello'), 'jello')
  sed.close()
})

test('three questions have three answers in order', async () => {
  const sed = new Conversation('sed', 's/^/answer to /')
  for (const question of ['one', 'two', 'three']) assert.is(await sed.ask(question), `answer to ${question}`)
  sed.close()
})

test('a program that has ended is an error and not a wait', async () => {
  const head = new Conversation('head', '-n', '1')
  assert.is(await head.ask('one'), 'one')
  const outcome = await head.ask('two').then(answer => `answer '${answer}'`, error => `${error.code}`)
  assert.ok(!/answer|ETIMEDOUT/.test(outcome), outcome)
  head.close()
})

test.run()
