// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probe } from '../foundations/taxonomy.ts'
import { isReadable } from '../foundations/wait.ts'
import { receiveWith, sendWith } from './descriptor-passing.ts'
import { ENDS, EventCount } from './eventfd.ts'
import { socketPair } from './unix-socket.ts'

const child = (script: string, ...fds: number[]) => spawn(process.execPath,
  [...process.execArgv, '--input-type=module', '--eval', `
    import { EventCount } from '${new URL('./eventfd.ts', import.meta.url)}'
    const count = new EventCount({ fd: 3 })
    ${script}`], { stdio: ['ignore', 'pipe', 'inherit', ...fds] })

test('BOOK-3 take gives the sum, or one at a time, and then nothing', () => {
  const [plain, semaphore] = [new EventCount(), new EventCount({ semaphore: true, initial: 1 })]
  for (const count of [plain, semaphore]) {
    count.add()
    count.add(2)
  }
  assert.equal([plain.take(), plain.take()], [3n, 0n])
  assert.equal([1, 2, 3, 4, 5].map(() => semaphore.take()), [1n, 1n, 1n, 1n, 0n])
  assert.is(isReadable(semaphore), false)
  plain.close()
  semaphore.close()
})

test('BOOK-3 what does not fit is not added, and what is no count is refused', () => {
  const count = new EventCount()
  assert.is(count.add(2n ** 64n - 2n), true)
  assert.is(count.add(1), false)
  assert.is(count.take(), 2n ** 64n - 2n)
  for (const wrong of [-1, 1.5, 2n ** 64n - 1n, 2n ** 64n]) {
    assert.throws(() => count.add(wrong), RangeError, String(wrong))
  }
  assert.throws(() => count.write(Buffer.alloc(4)), /EINVAL/)
  count.close()
})

test('BOOK-3 each unit is taken by exactly one of three processes', async () => {
  const [count, end] = [new EventCount({ semaphore: true }), new EventCount()]
  const takers = [1, 2, 3].map(() => child(`
    const end = new EventCount({ fd: 4 })
    let taken = 0
    end.listen(() => {
      while (count.take() === 1n) taken++
      console.log(taken)
      process.exit()
    })
    count.listen(() => { if (count.take() === 1n) taken++ })
    console.log(0)`, count.fd, end.fd))
  await Promise.all(takers.map(taker => once(taker.stdout!, 'data')))
  const sums = takers.map(async taker => Number((await once(taker.stdout!, 'data'))[0]))
  for (let i = 0; i < 500; i++) {
    count.add(2)
    if (i % 50 === 0) await new Promise(resolve => setTimeout(resolve, 1))
  }
  end.add()
  const taken = await Promise.all(sums)
  assert.is(taken.reduce((sum, each) => sum + each), 1000)
  count.close()
  end.close()
})

test('BOOK-3 a process that was passed the descriptor wakes one that waits', async () => {
  const [mine, yours] = socketPair('seqpacket')
  const bob = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    import { EventCount } from '${new URL('./eventfd.ts', import.meta.url)}'
    import { receiveWith } from '${new URL('./descriptor-passing.ts', import.meta.url)}'
    import { UnixSocket } from '${new URL('./unix-socket.ts', import.meta.url)}'
    const { files: [file] } = receiveWith(new UnixSocket('seqpacket', 3))
    new EventCount({ fd: file.fd }).add(7)`], { stdio: ['ignore', 'inherit', 'inherit', yours.fd] })
  const count = new EventCount()
  sendWith(mine, Buffer.from('ring'), [count])
  assert.is(await count.wait({ timeoutMs: 5000 }), 7n)
  assert.is(receiveWith(mine), null)
  await once(bob, 'exit')
  for (const each of [count, mine, yours]) each.close()
})

test('BOOK-3 it has no name that a stranger could open', () => {
  const count = new EventCount()
  assert.throws(() => fs.openSync(`/proc/self/fd/${count.fd}`, 'r+'), /ENXIO/)
  assert.match(fs.readlinkSync(`/proc/self/fd/${count.fd}`), /anon_inode:\[eventfd\]/)
  count.close()
})

test('BOOK-3 waiting has an end', async () => {
  const count = new EventCount()
  const error = await count.wait({ timeoutMs: 20 }).catch(error => error)
  assert.is(error.code, 'ETIMEDOUT')
  count.close()
})

test('BOOK-1 the five questions, asked of a semaphore', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: false, found: 'no', alone: 'kept',
    readers: 'one of two', writers: 'apart' })
})

test.run()
