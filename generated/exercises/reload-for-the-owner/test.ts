// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sendSignal, SignalInbox, SIGRTMIN } from 'filesystem-communication-space/primitives'
import { Reloader } from './solution.ts'

const inbox = new SignalInbox(['SIGHUP', SIGRTMIN])
test.after(() => inbox.close())
const own = process.getuid!()

test('a signal from the owner reloads once', () => {
  const reloader = new Reloader(inbox, uid => uid === own)
  spawnSync('sh', ['-c', `kill -HUP ${process.pid}; kill -HUP ${process.pid}`])
  sendSignal(process.pid, 'SIGHUP')
  reloader.look()
  assert.is(reloader.loads, 1)
})

test('a signal of another kind does not reload', () => {
  const reloader = new Reloader(inbox, uid => uid === own)
  for (let i = 0; i < 3; i++) sendSignal(process.pid, SIGRTMIN)
  assert.equal([reloader.look(), reloader.loads], [[], 0])
  for (const signal of ['SIGHUP', SIGRTMIN] as const) sendSignal(process.pid, signal)
  assert.equal([reloader.look(), reloader.loads], [[process.pid], 1])
})

test('who asked is told, and a stranger is refused', () => {
  const reloader = new Reloader(inbox, uid => uid !== own)
  const { pid } = spawnSync('sh', ['-c', `kill -HUP ${process.pid}`])
  assert.equal([reloader.look(), reloader.loads], [[], 0])
  const other = new Reloader(inbox, () => true)
  const again = spawnSync('sh', ['-c', `kill -HUP ${process.pid}`])
  assert.ok(pid !== again.pid)
  assert.equal([other.look(), other.loads], [[again.pid], 1])
})

test.run()
