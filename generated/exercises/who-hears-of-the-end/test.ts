// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isReadable, mkfifo, open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import { EventCount, openFifoReader, socketPair } from 'filesystem-communication-space/primitives'
import { hears } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-hears-of-the-end-`)
const foundations = import.meta.resolve('filesystem-communication-space/foundations')
const [[mine, theirs], count] = [socketPair('stream'), new EventCount()]
mkfifo(`${folder}/fifo`)
const [fifo, lock] = [openFifoReader(`${folder}/fifo`), open(`${folder}/lock`, O_RDWR | O_CREAT)]
const other = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
  import { open, O_RDWR, O_WRONLY } from '${foundations}'
  const [fifo, lock] = [open('${folder}/fifo', O_WRONLY), open('${folder}/lock', O_RDWR)]
  lock.tryLock()
  console.log('ready')
  process.stdin.resume()`], { stdio: ['pipe', 'pipe', 'inherit', theirs.fd, count.fd] })
theirs.close()
await once(other.stdout!, 'data')
const before = [isReadable(mine), isReadable(fifo), isReadable(count), lock.tryLock()]
other.kill('SIGKILL')
await once(other, 'exit')

test('you know whether the reader of a stream socket is woken', () => {
  assert.equal(before, [false, false, false, false])
  assert.is(hears.streamSocket, isReadable(mine))
})

test('you know whether the reader of a FIFO is woken, who has it open as this chapter opens it', () => {
  assert.is(hears.fifo, isReadable(fifo))
})

test('you know whether who waits for an eventfd is woken', () => {
  assert.is(hears.eventfd, isReadable(count))
})

test('you know whether a lock is free', () => {
  assert.is(hears.lock, lock.tryLock())
})

test.run()
