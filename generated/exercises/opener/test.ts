// Told in chapters/02-primitives-catalog/07-descriptor-passing.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { receiveWith, socketPair } from 'filesystem-communication-space/primitives'
import { openFor } from './solution.ts'

const place = mkdtempSync(`${tmpdir()}/opener-`)
mkdirSync(`${place}/public`)
writeFileSync(`${place}/secret`, 'secret')
writeFileSync(`${place}/public/letter`, 'dear')
symlinkSync('../secret', `${place}/public/link`)
const [client, server] = socketPair('seqpacket')

function ask(name: string) {
  client.send(Buffer.from(name))
  openFor(server, `${place}/public`)
  const { bytes, files } = receiveWith(client)!
  return { said: String(bytes), text: files[0]?.readAll().toString(), close: () => files[0]?.close() }
}

test('a file of the folder comes back open', () => {
  const { said, text } = ask('letter')
  assert.equal([said, text], ['ok', 'dear'])
})

test('a name that leads out of the folder brings back a refusal and no file', () => {
  for (const name of ['../secret', `${place}/secret`, 'link', 'nothing', '..']) {
    const { said, text } = ask(name)
    assert.equal([said, text], ['no', undefined], name)
  }
})

test('no descriptor stays with the opener', () => {
  const count = () => readdirSync('/proc/self/fd').length
  const before = count()
  for (const name of ['letter', 'nothing', '../secret']) ask(name).close()
  assert.is(count(), before)
})

test.run()
