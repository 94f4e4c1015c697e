// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { socketPair, type SocketKind } from 'filesystem-communication-space/primitives'
import { answers } from './solution.ts'

function after(kind: SocketKind, ...notes: number[]) {
  const [one, two] = socketPair(kind)
  for (const size of notes) one.send(Buffer.alloc(size))
  return { one, two }
}

test('you know how many notes of a stream, of datagrams and of packets two sends make', () => {
  for (const kind of ['stream', 'datagram', 'seqpacket'] as const) {
    const { two } = after(kind, 3, 3)
    let count = 0
    while (two.receive() !== null) count++
    assert.is(answers.receivesAfterTwoSends[kind], count, kind)
  }
})

test('you know what an empty note looks like to the reader of datagrams and of packets', () => {
  assert.is(answers.emptyDatagramArrives, after('datagram', 0).two.receive() !== null)
})

test('you know what is left of a note of ten bytes after four were taken', () => {
  const { two } = after('seqpacket', 10)
  two.receive(4)
  assert.is(answers.leftOfTenAfterFour, two.receive()?.bytes.length ?? 0)
})

test('you know what a datagram\'s reader sees when the other end closes', () => {
  const { one, two } = after('datagram')
  one.close()
  assert.is(answers.datagramReaderSeesTheEnd, two.receive() !== null)
})

test.run()
