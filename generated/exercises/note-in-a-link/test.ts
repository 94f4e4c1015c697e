// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { noteInLink } from './solution.ts'

let [sender, receiver] = ['', '']
const send = (text: string) => noteInLink.send(sender, text)
const open = () => noteInLink.receive(receiver)
test.before.each(() => {
  const ends = noteInLink.create(mkdtempSync(`${tmpdir()}/note-in-a-link-`))
  sender = String(ends.sender)
  receiver = String(ends.receiver)
})

test('a note lasts, and any number of readers get it', () => {
  send('note')
  assert.equal([open().next(), open().next()], ['note', 'note'])
})

test('two notes stay two, and come in the order in which they were sent', () => {
  const sent = Array.from({ length: 12 }, (_, i) => `note ${i}`)
  sent.forEach(send)
  const reader = open()
  assert.equal(sent.map(() => reader.next()), sent)
})

test("senders in two processes do not take each other's names", () => {
  let others = 0
  const stop = tap((syscall, args, proceed) => {
    // The other process is faster, by exactly one call, three times.
    if (syscall === 'symlink' && others < 3) {
      others++
      symlinkSync('theirs', String(args[1]))
    }
    return proceed()
  })
  send('ours')
  stop()
  const reader = open()
  const read = Array.from({ length: 4 }, () => reader.next())
  assert.equal(read.sort(), ['ours', 'theirs', 'theirs', 'theirs'])
})

test('a reader that has read all gets null, and later what comes later', () => {
  const reader = open()
  assert.is(reader.next(), null)
  send('first')
  assert.equal([reader.next(), reader.next()], ['first', null])
  send('second')
  assert.is(reader.next(), 'second')
})

test.run()
