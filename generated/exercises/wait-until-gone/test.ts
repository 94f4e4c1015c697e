// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { waitUntilGone } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/wait-until-gone-`)
let [ann, count] = ['', 0]
test.before.each(() => {
  ann = `${folder}/ann-${count++}`
  fs.writeFileSync(ann, '')
})
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'resolved', error => error.code)

test('a name that is not there is gone already', async () => {
  assert.is(await codeOf(waitUntilGone(`${folder}/nobody`, { timeoutMs: 500 })), 'resolved')
})

test('an unlink ends the wait, and so does a rename', async () => {
  for (const leave of [() => fs.unlinkSync(ann), () => fs.renameSync(ann, `${ann}-away`)]) {
    fs.writeFileSync(ann, '')
    setTimeout(leave, 10)
    assert.is(await codeOf(waitUntilGone(ann, { timeoutMs: 1000 })), 'resolved')
  }
})

test('a departure is noticed at whichever call of the wait it comes', async () => {
  for (let step = 0; step < 6; step++) {
    fs.writeFileSync(ann, '')
    const gone = ann
    let call = 0
    const stop = tap((syscall, _args, proceed) => {
      if (call++ === step) fs.rmSync(gone)
      const result = proceed()
      if (syscall === 'fcntl') setTimeout(() => fs.rmSync(gone, { force: true }), 1)
      return result
    })
    const outcome = await codeOf(waitUntilGone(ann, { timeoutMs: 1000 }))
    stop()
    assert.is(outcome, 'resolved', `Ann left before call ${step + 1}`)
  }
})

test('the departure of another name does not end it', async () => {
  fs.writeFileSync(`${folder}/bob`, '')
  let isOver = false
  const waiting = waitUntilGone(ann, { timeoutMs: 3000 }).then(() => { isOver = true })
  fs.rmSync(`${folder}/bob`)
  await sleep(30)
  assert.is(isOver, false, 'Bob left, and Ann is still there')
  fs.rmSync(ann)
  await waiting
})

test('a time-out is ETIMEDOUT, and nothing is left open', async () => {
  const before = descriptors()
  assert.is(await codeOf(waitUntilGone(ann, { timeoutMs: 20 })), 'ETIMEDOUT')
  assert.ok(descriptors() <= before, 'descriptors after the wait')
})

test.run()
