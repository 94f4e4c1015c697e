// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers, freePort, serve } from './message-bus-peers.ts'
import { Nats, type NatsMessage } from './message-bus-peers-nats.ts'
import { parse, Redis } from './message-bus-peers-redis.ts'

const servers: Server[] = []
test.after(() => { for (const server of servers) server.close() })
/** A server that gives each of its lines the answer that the function gives, byte for byte. */
async function serveLines(answer: (line: string, socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    let rest = ''
    socket.on('data', data => {
      const lines = (rest + String(data)).split('\r\n')
      rest = lines.pop()!
      for (const line of lines) answer(line, socket)
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
async function drip(socket: Socket, text: string): Promise<void> {
  for (const byte of Buffer.from(text)) {
    socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
}

test('BOOK-6 an answer of Redis is read whole, wherever it is cut', () => {
  const text = '*4\r\n:12\r\n$5\r\na\r\nbc\r\n*2\r\n+OK\r\n$-1\r\n*-1\r\n'
  const whole = Buffer.from(`${text}+next\r\n`)
  for (let size = 0; size < text.length; size++) assert.is(parse(whole.subarray(0, size), 0), undefined, `${size} bytes`)
  assert.equal(parse(whole, 0), { reply: [12, 'a\r\nbc', ['OK', null], null], end: text.length })
})

test('what has ended does not answer, and a server that cannot start is told', async () => {
  const port = await freePort()
  assert.not(await answers(port))
  const own = await serveLines(() => {})
  assert.ok(await answers(own))
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  const told = await serve('nats', '/tmp').catch((error: { code: string }) => error.code)
  process.env['PATH'] = path
  assert.is(told, 'ENOENT')
})

test('BOOK-6 answers of Redis belong to the calls in their order, and an error to its own', async () => {
  const port = await serveLines((line, socket) => {
    if (line === 'LAST') void drip(socket, '$3\r\none\r\n-ERR no\r\n:3\r\n')
  })
  const redis = new Redis(port)
  const calls = [redis.call('FIRST'), redis.call('SECOND').catch((error: Error) => error.message), redis.call('LAST')]
  assert.equal(await Promise.all(calls), ['one', 'ERR no', 3])
  redis.close()
})

test('BOOK-6 a message of NATS is read whole, with and without a head, and answers find who asked', async () => {
  const subjects: string[] = []
  const port = await serveLines((line, socket) => {
    const [verb, subject, reply] = line.split(' ')
    if (verb === 'SUB') subjects.push(subject!)
    if (verb === 'PUB' && reply !== undefined && subject === 'ask') {
      void drip(socket, `PING\r\nMSG ${reply} 1 4\r\n\r\nok\r\nMSG orders 2 _ACK.1 5\r\nPING!\r\nHMSG orders 2 12 15\r\nNATS/1.0\r\n\r\nend\r\n`)
    }
  })
  const nats = new Nats(port)
  const heard: NatsMessage[] = []
  nats.subscribe('orders', message => { heard.push(message) })
  assert.is((await nats.request('ask', 'question')).text, '\r\nok')
  while (heard.length < 2) await new Promise(setImmediate)
  assert.equal(heard.map(({ reply, text }) => [reply, text]), [['_ACK.1', 'PING!'], ['', 'end']])
  assert.match(subjects[0]!, /^_INBOX\.\d+\.\*$/)
  nats.close()
})

test.run()
