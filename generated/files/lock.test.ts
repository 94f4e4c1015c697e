// Told in chapters/10-files/07-lock.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fileLocks } from '../patterns/lock-file.ts'
import { lockFile, portable, tryLockFile, unlockFile, waiting, withFileLock } from './lock.ts'

const home = fs.mkdtempSync(`${tmpdir()}/files-lock-`)
test.after(() => fs.rmSync(home, { recursive: true }))
let files = 0
const fresh = () => `${home}/${files++}.lock`
const own = { tryLockFile, lockFileSync: lockFile, withFileLockSync: withFileLock, ...waiting }
const systems = { 'the platform': own, 'the portable system': fileLocks(portable) }
const codeOf = (action: () => unknown) => {
  try {
    action()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
  return 'done'
}

for (const [name, locks] of Object.entries(systems)) {
  test(`FILES-15 ${name}: one exclusive holder, or many shared ones`, () => {
    const path = fresh()
    const first = locks.tryLockFile(path)!
    assert.is(locks.tryLockFile(path), null)
    assert.is(locks.tryLockFile(path, { shared: true }), null)
    unlockFile(first)
    const readers = [1, 2].map(() => locks.tryLockFile(path, { shared: true })!)
    assert.is(locks.tryLockFile(path), null)
    readers.forEach(unlockFile)
    const [low, high] = [{ start: 0, length: 5 }, { start: 5, length: 5 }]
      .map(range => locks.tryLockFile(path, range)!)
    assert.is(locks.tryLockFile(path, { start: 4, length: 2 }), null)
    low!.release()
    high!.release()
    locks.tryLockFile(path)!.release()
  })

  test(`FILES-15 ${name}: a function holds it while it runs, also when it throws`, async () => {
    const path = fresh()
    const inside = () => { assert.is(locks.tryLockFile(path), null); throw new Error('on purpose') }
    assert.throws(() => locks.withFileLockSync(path, inside), 'on purpose')
    await locks.withFileLock(path, async () => assert.is(locks.tryLockFile(path), null))
    locks.lockFileSync(path, { timeoutMs: 0 }).release()
  })

  test(`FILES-15 ${name}: waiting ends at the deadline, at the signal, or with the lock`, async () => {
    const path = fresh()
    const holder = locks.tryLockFile(path)!
    const codes = await Promise.all([{ timeoutMs: 20 }, { signal: AbortSignal.timeout(20) }].map(limits =>
      locks.lockFile(path, limits).then(() => 'locked', error => error.code ?? error.name)))
    assert.equal([codes[0], typeof codes[1]], ['ETIMEDOUT', 'number'])   // DOMException.TIMEOUT_ERR
    const turns: number[] = []
    const all = [1, 2, 3].map(i => locks.withFileLock(path, async () => {
      turns.push(i)
      await sleep(1)
      turns.push(i)
    }))
    await sleep(10)
    assert.equal(turns, [])
    holder.release()
    await Promise.all(all)
    assert.is(turns.filter((turn, i) => i % 2 === 0 && turns[i + 1] === turn).length, 3)
  })
}

test('FILES-15 with the thread, too, one waits no longer than asked, and gets the lock of the dead', async () => {
  const path = fresh()
  const script = `const { lockFile } = await import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)})
    lockFile(${JSON.stringify(path)})
    ;(await import('node:fs')).writeFileSync(${JSON.stringify(`${path}.held`)}, '')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script])
  while (!fs.existsSync(`${path}.held`)) await sleep(5)
  assert.is(codeOf(() => lockFile(path, { timeoutMs: 30 })), 'ETIMEDOUT')
  child.kill('SIGKILL')
  await once(child, 'exit')
  withFileLock(path, lock => assert.ok(lock.isHeld), { timeoutMs: 5000 })
  unlockFile(lockFile(path))
})

test.run()
