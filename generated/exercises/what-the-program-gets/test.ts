// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PseudoTerminal } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

function readAfter(keys: string): string {
  const terminal = new PseudoTerminal()
  terminal.set({ echo: false })
  const [peer, buffer] = [terminal.openPeer(), Buffer.alloc(10_000)]
  for (let at = 0; at < keys.length;) at += terminal.type(keys.slice(at, at + 1000))
  const text = buffer.toString('utf8', 0, peer.read(buffer))
  peer.close()
  terminal.close()
  return text
}

test('you know what of a line of 5000 letters is read', () => {
  assert.is(answers.lengthReadOfALongLine, readAfter(`${'x'.repeat(5000)}\n`).length)
})

test('you know what a Ctrl-D in the middle of a line does', () => {
  assert.is(answers.afterCtrlDInside, readAfter('a\x04b\n'))
})

test('you know what a return typed becomes', () => {
  assert.is(answers.afterReturn, readAfter('a\r'))
})

test('you know what Ctrl-U does', () => {
  assert.is(answers.afterCtrlU, readAfter('wrong\x15right\n'))
})

test.run()
