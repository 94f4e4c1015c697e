// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UnixSocket } from 'filesystem-communication-space/primitives'
import { atDoor } from './solution.ts'

const folder = `${mkdtempSync(`${tmpdir()}/long-way-`)}/${'deep'.repeat(50)}`
mkdirSync(folder)
const descriptors = () => readdirSync('/proc/self/fd').length
const before = descriptors()

test('a socket in a folder of 200 letters is bound and found', () => {
  const [server, client] = [new UnixSocket('stream'), new UnixSocket('stream')]
  atDoor(server, 'bind', folder, 'door')
  server.listen()
  assert.is(existsSync(`${folder}/door`), true)
  atDoor(client, 'connect', folder, 'door')
  const connection = server.accept()!
  for (const each of [server, client, connection]) each.close()
})

test('no descriptor is left over', () => {
  const client = new UnixSocket('stream')
  assert.throws(() => atDoor(client, 'connect', folder, 'nobody'), /ENOENT/)
  client.close()
  assert.ok(descriptors() <= before)
})

test.run()
