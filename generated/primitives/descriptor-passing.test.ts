// Told in chapters/02-primitives-catalog/07-descriptor-passing.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDWR } from '../foundations/file.ts'
import { probe } from '../foundations/taxonomy.ts'
import { pipe, waitReadable } from '../foundations/wait.ts'
import { ENDS, receiveCarelessly, receiveWith, sendWith, wantCredentials }
  from './descriptor-passing.ts'
import { socketPair } from './unix-socket.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/descriptor-passing-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const note = Buffer.from('note')
const at = (module: string) => new URL(module, import.meta.url)

/** A process that is connected to this one by a socket. What it prints is told. */
async function other(script: string) {
  const [mine, yours] = socketPair('seqpacket')
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { receiveWith, sendAs, sendWith } from '${at('./descriptor-passing.ts')}'
    import { UnixSocket } from '${at('./unix-socket.ts')}'
    import { open, O_CREAT, O_RDWR } from '${at('../foundations/file.ts')}'
    import { waitReadable } from '${at('../foundations/wait.ts')}'
    const socket = new UnixSocket('seqpacket', 3)
    ${script}`], { stdio: ['ignore', 'inherit', 'inherit', yours.fd] })
  yours.close()
  const gone = once(child, 'exit')
  return { socket: mine, pid: child.pid!, gone, kill: () => { child.kill('SIGKILL'); return gone } }
}

test('BOOK-3 the receiver has the same open file: its offset and its lock, when the sender is dead', async () => {
  const path = `${folder}/ledger`
  const bob = await other(`const file = open('${path}', O_RDWR | O_CREAT)
    file.tryLock()
    file.writeAll(Buffer.from('Bob, '))
    sendWith(socket, Buffer.from('yours'), [file])`)
  await bob.gone
  const carol = open(path, O_RDWR)
  assert.is(carol.tryLock(), false, 'held by a note')
  const { bytes, files: [file] } = receiveWith(bob.socket)!
  assert.is(String(bytes), 'yours')
  file!.writeAll(Buffer.from('Ann'))
  assert.is(String(carol.readAll()), 'Bob, Ann')
  assert.is(carol.tryLock(), false)
  file!.close()
  assert.is(carol.tryLock(), true)
  carol.close()
  bob.socket.close()
})

test('BOOK-3 a note that nobody reads lets go of its files when the socket is closed', () => {
  const path = `${folder}/unread`
  const file = open(path, O_RDWR | O_CREAT)
  file.tryLock()
  const [one, two] = socketPair('datagram')
  sendWith(one, note, [file])
  file.close()
  const carol = open(path, O_RDWR)
  assert.is(carol.tryLock(), false)
  one.close()
  two.close()
  assert.is(carol.tryLock(), true)
  carol.close()
})

test('BOOK-3 no number of files, and no room for them, leaves a descriptor that nobody knows', () => {
  const [one, two] = socketPair('seqpacket')
  const { reader, writer } = pipe()
  for (let sent = 0; sent <= 5; sent++) {
    for (let filesMax = 0; filesMax <= 5; filesMax++) {
      const before = descriptors()
      sendWith(one, note, Array.from({ length: sent }, () => reader))
      const { files, areFilesCut } = receiveWith(two, { filesMax })!
      assert.is(files.length, Math.min(sent, filesMax))
      assert.is(areFilesCut, sent > filesMax, `${sent} sent to ${filesMax}`)
      assert.is(descriptors(), before + files.length)
      for (const file of files) file.close()
    }
  }
  const before = descriptors()
  sendWith(one, note, [reader, writer])
  receiveCarelessly(two).close()
  assert.is(descriptors(), before + 1, 'the careless one leaks')
  for (const each of [one, two, reader, writer]) each.close()
})

test('BOOK-3 what arrives is closed in a program that we start', () => {
  const [one, two] = socketPair('stream')
  sendWith(one, note, [one])
  const { files: [file] } = receiveWith(two)!
  const flags = fs.readFileSync(`/proc/self/fdinfo/${file!.fd}`, 'utf8')
  assert.match(flags, /flags:\s+02\d{6}\b/)
  for (const each of [file!, one, two]) each.close()
})

test('a stream refuses files without a byte, and 254 are too many', () => {
  const [one, two] = socketPair('stream')
  assert.throws(() => sendWith(one, Buffer.alloc(0), [two]), RangeError)
  assert.throws(() => sendWith(one, note, Array.from({ length: 254 }, () => two)), /EINVAL.*sendmsg/)
  one.close()
  assert.throws(() => sendWith(two, note, []), /EPIPE/)
  two.close()
})

test('BOOK-3 each note says who sent it, and who lies about himself is refused', async () => {
  const bob = await other(`await waitReadable(socket)
    socket.receive()   // to close with a note unread would reset the connection
    if (process.getuid() === 0) process.setuid(12345)
    const said = { pid: process.pid, uid: process.getuid(), gid: process.getgid() }
    sendWith(socket, Buffer.from('plain'), [])
    sendAs(socket, Buffer.from('true'), said)
    try { sendAs(socket, Buffer.from('a lie'), { ...said, pid: 1 }) }
    catch (error) { sendWith(socket, Buffer.from(error.code), []) }`)
  wantCredentials(bob.socket)
  bob.socket.send(note)
  await bob.gone
  const uid = process.getuid!() === 0 ? 12345 : process.getuid!()
  for (const expected of ['plain', 'true', 'EPERM']) {
    const { bytes, credentials } = receiveWith(bob.socket)!
    assert.is(String(bytes), expected)
    assert.equal(credentials, { pid: bob.pid, uid, gid: process.getgid!() })
  }
  bob.socket.close()
})

test('BOOK-3 a socket is passed through a socket, and a process talks through it to a third', async () => {
  const bob = await other(`await waitReadable(socket)
    const { files: [file] } = receiveWith(socket)
    new UnixSocket('seqpacket', file.fd).send(Buffer.from('hello, third'))`)
  const [near, far] = socketPair('seqpacket')
  sendWith(bob.socket, note, [near])
  near.close()
  await waitReadable(far, { timeoutMs: 5000 })
  assert.is(String(far.receive()!.bytes), 'hello, third')
  await bob.gone
  far.close()
  bob.socket.close()
})

test('BOOK-1 the five questions, asked of a note in a pipe in a socket', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'by its name',
    alone: 'fails (ENOENT)', readers: 'only one', writers: 'apart' })
})

test.run()
