// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openProcess } from 'filesystem-communication-space/primitives'
import { endAll } from './solution.ts'

async function worker(onTerm: string) {
  const child = spawn('sh', ['-c', `trap '${onTerm}' TERM; echo ready; while :; do sleep 0.01; done`])
  await once(child.stdout, 'data')
  return { child, handle: openProcess(child.pid!), exit: once(child, 'exit') }
}

test('who goes when asked is not killed', async () => {
  const { handle, exit } = await worker('exit 5')
  assert.equal(await endAll([handle], 20_000), ['went'])
  assert.equal(await exit, [5, null])
})

test('who does not go is killed after the grace, and not before', async () => {
  const { handle, exit } = await worker('echo no')
  const begin = performance.now()
  assert.equal(await endAll([handle], 100), ['killed'])
  assert.ok(performance.now() - begin >= 99)
  assert.equal(await exit, [null, 'SIGKILL'])
})

test('all are asked at the same time', async () => {
  const workers = await Promise.all([1, 2, 3].map(() => worker('echo no')))
  const asked = workers.map(({ child }) => once(child.stdout, 'data'))
  const ending = endAll(workers.map(({ handle }) => handle), 2000)
  await Promise.all(asked)
  assert.ok(workers.every(({ handle }) => !handle.hasEnded), 'all were asked, and nobody is dead')
  await ending
})

test('the answer comes when all have ended, in the order of the handles', async () => {
  const workers = await Promise.all([worker('echo no'), worker('exit 0'), worker('echo no')])
  const handles = workers.map(({ handle }) => handle)
  assert.equal(await endAll(handles, 300), ['killed', 'went', 'killed'])
  assert.ok(handles.every(({ hasEnded }) => hasEnded))
})

test.run()
