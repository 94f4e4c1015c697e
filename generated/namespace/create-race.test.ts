// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type Observer, type SystemError } from '../foundations/kernel.ts'
import { contest, createOnce, WAYS } from './create-race.ts'

const root = fs.mkdtempSync(`${tmpdir()}/create-race-test-`)
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}`; fs.mkdirSync(folder) })
test.after(() => fs.rmSync(root, { recursive: true }))

const url = (file: string) => new URL(file, import.meta.url).href
const imports = `import { createOnce, takeByRename, WAYS } from '${url('./create-race.ts')}'
  import { readFileSync } from 'node:fs'`
const rounds = 180

function during<T>(observer: Observer, action: () => T): T {
  const stop = tap(observer)
  try {
    return action()
  } finally {
    stop()
  }
}

test('BOOK-2 of three processes exactly one wins each name, in each of the ways', async () => {
  const whole = `path => {
    const hasWon = createOnce(path, Buffer.from('x'.repeat(10_000)))
    if (readFileSync(path, 'utf8') !== 'x'.repeat(10_000)) throw new Error('half a file')
    return hasWon
  }`
  const way = `(path, round) => {
    const ways = [...Object.values(WAYS), ${whole}]
    return ways[round % ways.length](path, round)
  }`
  const winners = await contest({ imports, way, processes: 3, rounds })
  assert.equal(winners, Array(rounds).fill(1))
})

test('BOOK-2 looking first is caught with two winners', async () => {
  const naive = `import { lookThenCreate } from '${url('./create-race.naive.ts')}'`
  for (let attempt = 0; attempt < 10; attempt++) {
    const winners = await contest({ imports: naive, way: 'lookThenCreate', rounds })
    if (winners.includes(2)) return
  }
  assert.unreachable('1800 rounds without two winners')
})

test('renaming over the name makes everybody a winner', async () => {
  const winners = await contest({ imports, way: 'takeByRename', rounds: 50 })
  assert.equal(winners, Array(50).fill(2))
})

test('a contest does not hide a competitor that fails', async () => {
  const failing = contest({ imports, way: '() => process.exit(3)', rounds: 1 })
  const error = await failing.catch(error => error)
  assert.is(error.message, 'a competitor ended with status 3')
})

test('the winner has its bytes and its mode there, and a loser changes nothing', () => {
  const path = `${folder}/owner`
  const before = fs.readdirSync('/proc/self/fd').length
  assert.is(createOnce(path, Buffer.from('ann'), { mode: 0o640 }), true)
  const { mtimeMs, mode } = fs.statSync(path)
  assert.is(createOnce(path, Buffer.from('bob')), false)
  assert.equal([fs.readFileSync(path, 'utf8'), fs.statSync(path).mtimeMs], ['ann', mtimeMs])
  assert.is(mode & 0o777, 0o640 & ~process.umask())
  assert.equal(fs.readdirSync(folder), ['owner'])
  for (const taken of ['symlink', 'mkdir']) WAYS[taken]!(`${folder}/${taken}`, 0)
  assert.is(createOnce(`${folder}/symlink`, Buffer.from('x')), false)
  assert.is(createOnce(`${folder}/mkdir`, Buffer.from('x')), false)
  assert.is(fs.readdirSync('/proc/self/fd').length, before)
})

test('a failure that is not a competitor is an error, and leaves nothing', () => {
  const path = `${folder}/owner`
  const answer = (name: string, errno: number): Observer =>
    (syscall, _args, proceed) => syscall === name ? errno : proceed()
  const create = () => createOnce(path, Buffer.from('ann'))
  assert.throws(() => during(answer('write', -28), create), /^ENOSPC/)
  assert.throws(() => during(answer('linkat', -122), create), /^EDQUOT.*linkat '.*' -> '.*owner'/)
  assert.throws(() => during(answer('open', -95), create), (error: SystemError) =>
    error.code === 'ENOTSUP' && /O_TMPFILE/.test(error.hint ?? ''))
  assert.throws(() => createOnce(`${folder}/no/owner`, Buffer.from('x')), /^ENOENT/)
  assert.equal(fs.readdirSync(folder), [])
  assert.is(create(), true)
})

test('BOOK-2 a creator that is killed at any call leaves the whole file or nothing', () => {
  const left: string[] = []
  for (const step of [0, 1, 2, 3, 4]) {
    const path = `${folder}/${step}`
    const script = `import { tap } from '${url('../foundations/kernel.ts')}'
      import { createOnce } from '${url('./create-race.ts')}'
      let calls = 0
      tap((syscall, args, proceed) => {
        if (calls++ === ${step}) process.kill(process.pid, 'SIGKILL')
        return proceed()
      })
      createOnce(${JSON.stringify(path)}, Buffer.from('whole'))
      console.log('survived')`
    const args = [...process.execArgv, '--input-type=module', '--eval', script]
    const child = spawnSync(process.execPath, args)
    assert.is(child.signal, step < 4 ? 'SIGKILL' : null, String(child.stderr))
    left.push(fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : 'nothing')
  }
  assert.equal(left, ['nothing', 'nothing', 'nothing', 'whole', 'whole'])
  assert.equal(fs.readdirSync(folder).sort(), ['3', '4'])
})

test.run()
