// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable, waitReadable } from '../foundations/wait.ts'
import { ENDS, MessageQueue, unlinkQueue } from './message-queue.ts'

let count = 0
const names: string[] = []
const fresh = () => names[names.push(`/fcs-test-${process.pid}-${count++}`) - 1]!
test.after(() => { for (const name of names) try { unlinkQueue(name) } catch {} })
const child = (script: string) => execFileSync(process.execPath,
  [...process.execArgv, '--input-type=module', '--eval', `
    import { MessageQueue } from '${new URL('./message-queue.ts', import.meta.url)}'
    ${script}`], { encoding: 'utf8' }).trim()
const take = (queue: MessageQueue) => String(queue.receive()?.bytes)

test('BOOK-3 another process gets the most urgent first, equals in order, when the sender is gone', () => {
  const name = fresh()
  child(`const queue = new MessageQueue('${name}', { create: true, messageSize: 64 })
    queue.send(Buffer.from('one'))
    queue.send(Buffer.from('two'))
    queue.send(Buffer.from('now!'), 32767)
    queue.send(Buffer.from('soon'), 5)`)
  const queue = new MessageQueue(name)
  assert.is(queue.state.waiting, 4)
  assert.equal(queue.receive(), { bytes: Buffer.from('now!'), urgency: 32767 })
  assert.equal([take(queue), take(queue), take(queue)], ['soon', 'one', 'two'])
  assert.is(queue.receive(), null)
  queue.close()
})

test('BOOK-3 a full queue says false, a long note is refused, and room comes back', () => {
  const queue = new MessageQueue(fresh(), { create: true, messagesMax: 2, messageSize: 8 })
  assert.equal([1, 2, 3].map(n => queue.send(Buffer.of(n))), [true, true, false])
  assert.throws(() => queue.send(Buffer.alloc(9)), /EMSGSIZE/)
  queue.receive()
  assert.is(queue.send(Buffer.alloc(0)), true)
  assert.equal(queue.state, { messagesMax: 2, messageSize: 8, waiting: 2 })
  queue.close()
})

test('BOOK-3 a queue that is there with other sizes is refused, and one that suits is not', () => {
  const name = fresh()
  new MessageQueue(name, { create: true, messageSize: 8 }).close()
  assert.throws(() => new MessageQueue(name, { create: true, messageSize: 9 }),
    (error: Error & { hint: string }) => /EEXIST/.test(error.message) && /10 notes of 8/.test(error.hint))
  for (const options of [{}, { create: true }, { messageSize: 8 }]) {
    new MessageQueue(name, options).close()
  }
  assert.throws(() => new MessageQueue(`${name}-not`), /ENOENT: .*mq_open '\/fcs/)
  assert.throws(() => new MessageQueue('no-slash'), /EINVAL/)
})

test('BOOK-3 one who waits is woken by a note from another process', async () => {
  const name = fresh()
  const queue = new MessageQueue(name, { create: true, messageSize: 8 })
  assert.is(isReadable(queue), false)
  const woken = waitReadable(queue, { timeoutMs: 5000 })
  child(`new MessageQueue('${name}').send(Buffer.from('hello'))`)
  await woken
  assert.is(take(queue), 'hello')
  queue.close()
})

test('BOOK-3 mounted, the queues are files: listed, removed, and opened by path', () => {
  const name = fresh()
  const queue = new MessageQueue(name, { create: true, messageSize: 64 })
  queue.send(Buffer.from('12345'))
  const folder = fs.mkdtempSync(`${tmpdir()}/message-queue-test-`)
  const { stdout, status } = spawnSync('unshare', ['--mount', 'sh', '-c', `
    mount -t mqueue none ${folder} && cd ${folder} && cat .${name} && rm .${name}`],
  { encoding: 'utf8' })
  assert.is(status, 0)
  assert.match(stdout, /^QSIZE:5 /)
  assert.throws(() => new MessageQueue(name), /ENOENT/)
  assert.is(take(queue), '12345')
  queue.close()
  fs.rmdirSync(folder)
})

test('BOOK-1 the five questions, asked of a queue', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: true, found: 'by its name', alone: 'kept',
    readers: 'one of two', writers: 'apart' })
})

test.run()
