// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable, waitReadable } from '../foundations/wait.ts'
import { claim, ENDS, socketPair, UnixSocket, type SocketKind } from './unix-socket.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/unix-socket-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))

/** A process that runs `script`, says a line when it is ready, and stays. */
async function other(script: string) {
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { claim, UnixSocket } from '${new URL('./unix-socket.ts', import.meta.url)}'
    import { waitReadable } from '${new URL('../foundations/wait.ts', import.meta.url)}'
    ${script}
    console.log('ready')
    setInterval(() => {}, 999)`], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise(resolve => child.stdout.once('data', resolve))
  const gone = new Promise(resolve => child.on('exit', resolve))
  return { pid: child.pid!, kill: () => { child.kill('SIGKILL'); return gone } }
}
const text = (socket: UnixSocket, size?: number) => socket.receive(size)?.bytes.toString()

test('BOOK-3 three kinds: packets and datagrams stay apart, a stream runs together', () => {
  const received = (['stream', 'datagram', 'seqpacket'] as SocketKind[]).map(kind => {
    const [one, two] = socketPair(kind)
    one.send(Buffer.from('one '))
    one.send(Buffer.from('two'))
    const all = [text(two), two.receive()?.bytes.toString() ?? null]
    one.close()
    two.close()
    return all
  })
  assert.equal(received, [['one two', null], ['one ', 'two'], ['one ', 'two']])
})

test('BOOK-3 a note that is longer than the buffer says so and does not go on with the next', () => {
  for (const kind of ['datagram', 'seqpacket'] as const) {
    const [one, two] = socketPair(kind)
    one.send(Buffer.from('long note'))
    one.send(Buffer.from('next'))
    const { bytes, isCut } = two.receive(4)!
    assert.equal([bytes.toString(), isCut], ['long', true])
    assert.equal([text(two, 4), two.receive()], ['next', null])
    one.close()
    two.close()
  }
})

test('BOOK-3 a datagram tells its sender\'s name, and an answer goes back there', () => {
  const [ann, bob] = [new UnixSocket('datagram'), new UnixSocket('datagram')]
  ann.bind({ abstract: `${folder} ann` })
  bob.bind(`${folder}/bob`)
  bob.send(Buffer.from('hello'), { abstract: `${folder} ann` })
  const { from } = ann.receive()!
  assert.is(from, `${folder}/bob`)
  ann.send(Buffer.from('yes?'), from!)
  assert.equal(bob.receive()!.from, { abstract: `${folder} ann` })
  ann.close()
  assert.throws(() => bob.send(Buffer.from('x'), { abstract: `${folder} ann` }), /ECONNREFUSED.*'@/)
  bob.close()
})

test('BOOK-3 send says false when there is no room, and the end is the end', () => {
  const [one, two] = socketPair('stream')
  let taken = 0
  for (;;) {
    const count = one.send(Buffer.alloc(65_536))
    if (count === false) break
    taken += count
  }
  assert.ok(taken > 65_536)
  one.end()
  let read = 0
  for (let size = 1; size > 0; read += size) size = two.receive()!.bytes.length
  assert.is(read, taken)
  one.close()
  assert.throws(() => two.send(Buffer.from('x')), /EPIPE/)
  two.close()
})

test('BOOK-3 the server knows who came, and that he has ended', async () => {
  const server = new UnixSocket('seqpacket')
  server.bind(`${folder}/who`)
  server.listen()
  assert.is(server.accept(), null)
  const bob = await other(`globalThis.socket = new UnixSocket('seqpacket')
    socket.connect('${folder}/who')`)
  await waitReadable(server, { timeoutMs: 5000 })
  const connection = server.accept()!
  assert.equal(connection.peer, { pid: bob.pid, uid: process.getuid!(), gid: process.getgid!() })
  const pidfd = connection.peerPidfd
  assert.is(isReadable(pidfd), false)
  await bob.kill()
  await waitReadable(pidfd, { timeoutMs: 5000 })
  assert.is(connection.receive()!.bytes.length, 0)
  for (const each of [pidfd, connection, server]) each.close()
})

test('BOOK-3 claim refuses while the owner lives, and takes over the door of a killed one', async () => {
  const path = `${folder}/door`
  const bob = await other(`globalThis.own = claim('${path}')`)
  assert.throws(() => claim(path), /EADDRINUSE: address already in use, bind '.*door'/)
  await bob.kill()
  assert.throws(() => new UnixSocket('stream').connect(path), /ECONNREFUSED.*connect '.*door'/)
  const mine = claim(path)
  const client = new UnixSocket('stream')
  client.connect(path)
  assert.is(mine.socket.accept()!.peer.pid, process.pid)
  mine.close()
})

test('BOOK-3 claim does not replace what is no socket', () => {
  fs.writeFileSync(`${folder}/letter`, 'dear')
  assert.throws(() => claim(`${folder}/letter`), /EADDRINUSE/)
  assert.is(fs.readFileSync(`${folder}/letter`, 'utf8'), 'dear')
})

test('BOOK-3 while a door changes hands it is dead or alive, never gone', async () => {
  const path = `${folder}/hands`
  claim(path).close()
  const bob = await other(`setTimeout(() => {
    for (let i = 0; i < 200; i++) claim('${path}').close()
    claim('${path}.done')
  }, 10)`)
  const refusals = new Set<string>()
  while (!fs.existsSync(`${path}.done`)) {
    const client = new UnixSocket('stream')
    try { client.connect(path) } catch (error) { refusals.add((error as { code: string }).code) }
    client.close()
  }
  await bob.kill()
  refusals.delete('EAGAIN')   // the line at the door was full
  assert.equal([...refusals], ['ECONNREFUSED'])
})

test('a name of 107 bytes is taken, one more is refused with a hint, and so is none', () => {
  const exact = `${folder}/${'x'.repeat(106 - folder.length)}`
  const socket = new UnixSocket('stream')
  socket.bind(exact)
  assert.is(socket.name, exact)
  assert.throws(() => new UnixSocket('stream').bind(`${exact}y`),
    (error: Error & { hint: string }) => /^ENAMETOOLONG/.test(error.message) && /proc/.test(error.hint))
  assert.throws(() => new UnixSocket('stream').bind(''), /ENOENT/)
  assert.throws(() => new UnixSocket('stream').bind('\0sneaky'), /null bytes/)
  socket.close()
})

test('BOOK-1 what the five questions find of packets and of abstract names', async () => {
  const same = { lasts: false, found: 'by its name', readers: 'only one', writers: 'apart' } as const
  assert.equal(await Promise.all(ENDS.map(probe)), [
    { ...same, alone: 'fails (ENOENT)' }, { ...same, alone: 'fails (ECONNREFUSED)' }])
})

test.run()
