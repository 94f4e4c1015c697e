// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openProcess } from 'filesystem-communication-space/primitives'
import { ofTheUncollected } from './solution.ts'

const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'])
const handle = openProcess(parseInt(String((await once(parent.stdout, 'data'))[0]), 10))
await handle.wait({ timeoutMs: 5000 })
test.after(() => { parent.kill() })

test('you know whether its handle is readable', () => {
  assert.is(ofTheUncollected.isReadable, handle.hasEnded)
})

test('you know whether it still takes a signal', () => {
  assert.is(ofTheUncollected.takesSignals, handle.signal('SIGTERM'))
})

test('you know whether its end is told', () => {
  assert.is(ofTheUncollected.endIsTold, handle.state.end !== null)
})

test.run()
