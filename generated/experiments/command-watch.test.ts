// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AppendLog } from '../patterns/append-log.ts'
import { commandStage } from './command-lock.stage.ts'

const { folder, sh, start, clear } = commandStage()
test.after(clear)
const rows = (text: string) => text.trim().split('\n').filter(row => row !== '').map(row => JSON.parse(row))

/** A watcher that is ready. */
async function watching(...args: string[]) {
  const fcs = start('watch', '--ready', '--json', ...args)
  await fcs.said('ready')
  return fcs
}

test('BOOK-4 each thing that happens is a line, in its order, and a rename is one', async () => {
  mkdirSync(`${folder}/a`)
  mkdirSync(`${folder}/elsewhere`)
  const fcs = await watching('a')
  writeFileSync(`${folder}/a/one`, 'x')
  chmodSync(`${folder}/a/one`, 0o600)
  renameSync(`${folder}/a/one`, `${folder}/a/two words`)
  renameSync(`${folder}/a/two words`, `${folder}/elsewhere/three`)
  renameSync(`${folder}/elsewhere/three`, `${folder}/a/four`)
  rmSync(`${folder}/a/four`)
  rmSync(`${folder}/a`, { recursive: true })
  assert.is(await fcs.ended, 3)
  assert.equal(rows(fcs.out()).slice(1).map(({ event, path, to }) => [event, path, to].filter(Boolean).join(' ')), [
    'create a/one', 'write a/one', 'attrib a/one', 'rename a/one a/two words', 'delete a/two words',
    'create a/four', 'delete a/four', 'gone a'])
})

test('BOOK-4 once ends with the first event, and a time-out with 3', async () => {
  writeFileSync(`${folder}/file`, '')
  const fcs = await watching('file', '--once', '--only', 'write')
  chmodSync(`${folder}/file`, 0o644)
  appendFileSync(`${folder}/file`, 'x')
  assert.is(await fcs.ended, 0)
  assert.equal(rows(fcs.out()).slice(1), [{ event: 'write', path: 'file' }])
  assert.equal(sh('fcs watch file --once --timeout 50ms'), { status: 3, out: '', error: '' })
  const plain = start('watch', 'file', '-r1')
  await plain.said('ready\n')
  chmodSync(`${folder}/file`, 0o600)
  await plain.ended
  assert.is(plain.out(), 'ready\nattrib    file\n')
})

test('BOOK-4 a burst is one line for each name, when it is quiet', async () => {
  mkdirSync(`${folder}/b`)
  const fcs = await watching('b', '--debounce', '0.3', '--once')
  for (let i = 0; i < 20; i++) writeFileSync(`${folder}/b/${i % 2}`, 'x')
  assert.is(await fcs.ended, 0)
  assert.equal(rows(fcs.out()).slice(1).map(({ path, events }) => [path, events]),
    [['b/0', ['create', 'write']], ['b/1', ['create', 'write']]])
})

test('BOOK-4 a reader who leaves ends the watcher with its next line, and a stopped one misses nothing', async () => {
  mkdirSync(`${folder}/c`)
  const left = start('watch', 'c', '--ready')
  await left.said('ready')
  left.child.stdout!.destroy()
  while (left.child.exitCode === null) {
    writeFileSync(`${folder}/c/x`, '')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  assert.is(left.child.exitCode, 0)
  const fcs = await watching('c')
  fcs.child.kill('SIGSTOP')
  for (let i = 0; i < 1000; i++) writeFileSync(`${folder}/c/n${i}`, '')
  fcs.child.kill('SIGCONT')
  await fcs.said('c/n999')
  fcs.child.kill()
  assert.is(await fcs.ended, 'SIGTERM')
  assert.is(rows(fcs.out().replace(/[^\n]*$/, '')).filter(({ event }) => event === 'create').length, 1000)
})

const log = new AppendLog(`${folder}/log`, { durability: 'os', sync: 'here', segmentBytes: 4096 })
test.after(() => log.close())
const append = (text: string) => log.append(Buffer.from(text))

test('BOOK-4 a tail has the last records, those from a number on, and each that follows, once', async () => {
  assert.is(sh('fcs tail log').status, 3)
  for (let i = 1; i <= 300; i++) await append(`record ${i} ${'x'.repeat(40)}`)
  const numbers = (args: string) => rows(sh(`fcs tail log --json ${args}`).out).map(({ sequence }) => sequence)
  assert.equal(numbers(''), [291, 292, 293, 294, 295, 296, 297, 298, 299, 300])
  assert.equal(numbers('-n 120').length, 120)
  assert.equal(numbers('--from 5 -n 2'), [5, 6])
  assert.is(numbers('--from 2').length, 299)
  assert.is(sh('fcs tail log --from 301').status, 3)
  assert.match(sh('fcs tail log -n 1').out, /^record 300 x+\n$/)
  const fcs = start('tail', 'log', '--from', '299', '--follow', '--json')
  await fcs.said('record 300')
  const slow = start('tail', 'log', '-n', '0', '--follow')
  await slow.until(() => true)
  for (let i = 301; i <= 400; i++) await append(`record ${i}`)
  await fcs.said('record 400')
  fcs.child.kill()
  slow.child.kill()
  await Promise.all([fcs.ended, slow.ended])
  assert.equal(rows(fcs.out()).map(({ sequence }) => sequence), Array.from({ length: 102 }, (_, i) => 299 + i))
  assert.is(sh('fcs tail log --from 400 --follow --wait 100ms').status, 3)
  assert.is(sh('fcs tail log --from 1 --follow -n 2 --json | wc -l').out.trim(), '2')
  assert.is(sh('set -o pipefail; fcs tail log --from 1 | true').status, 0)
})

test('BOOK-4 wrong usage ends with 2, and what is not there, or is removed, with 1', async () => {
  const wrong: [string, RegExp][] = [
    ['watch', /the PATH is missing/], ['watch . --only wirte', /--only knows no event 'wirte'; there are create,/],
    ['watch . --debounce x', /--debounce takes a time/], ['watch . --onec', /did you mean '--once'/],
    ['tail', /the LOG is missing/], ['tail log more', /'more' is too much/], ['tail log --from 0', /--from takes a whole number from 1/],
  ]
  for (const [args, words] of wrong) {
    const { status, error } = sh(`fcs ${args}`)
    assert.is(status, 2, args)
    assert.match(error, words)
  }
  assert.match(sh('fcs watch none').error, /^fcs: ENOENT: .*inotify_add_watch 'none'/)
  assert.match(sh('fcs tail elsewhere').error, /^fcs: ENOENT: .*\nhint: there is no append log in this folder/)
  assert.ok(log.removeBefore(200).length > 0)
  const { status, error } = sh('fcs tail log --from 1')
  assert.is(status, 1)
  assert.match(error, /ENOENT.*\nhint: records 1 to \d+ are not there any more/)
})

test.run()
