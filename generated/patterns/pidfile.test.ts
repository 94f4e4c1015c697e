// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_RDWR } from '../foundations/file.ts'
import type { SystemError } from '../foundations/kernel.ts'
import { mkfifo } from '../foundations/name.ts'
import { stage } from './lock-file.stage.ts'
import { describe, formatPidText, isValidPid, parsePidText } from './pidfile-text.ts'
import {
  mkpidlock, PidlockedError, type Pidlock, readPidfile, trymkpidlock, withPidlock, type PidlockOptions,
} from './pidfile.ts'

const { folder, start, clear, home } = stage('patterns/pidfile', 'primitives/file-lock', 'foundations/file')
const env = (name: string, usual: number) => Number(process.env[name] ?? usual)
/** Julia's tests count in seconds. A second is shorter here, unless FCS_SECOND_MS says 1000. */
const SECOND = env('FCS_SECOND_MS', 100)
const sleep = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * SECOND))
const dead = { ...describe(process.pid), pid: 2 ** 22, startTime: '1' }
const exists = (name: string) => fs.existsSync(name)
let [path, count] = ['', 0]
test.before.each(() => { path = `${folder}/pidfile${count++}` })
test.after(clear)

/** How long it took, in our seconds. */
async function elapsed(action: () => unknown): Promise<number> {
  const begin = performance.now()
  await action()
  return (performance.now() - begin) / SECOND
}

/** The number of winners of each round. `attempt` is the body of a function of `path`. */
function contest(actors: number, rounds: number, attempt: string): number[] {
  fs.writeFileSync(`${path}.gate`, '')
  mkfifo(`${path}.news`)
  const news = fs.openSync(`${path}.news`, 'r+')
  const gate = open(`${path}.gate`, O_RDWR)
  gate.tryLock()
  const all = Array.from({ length: actors }, () => start(`
    const attempt = path => { ${attempt} }
    const [gate, news] = [m.open('${path}.gate'), fs.openSync('${path}.news', 'a')]
    const pass = start => m.waitForLock(gate, { start, length: 1, shared: true })
    for (let round = 0; round < ${rounds}; round++) {
      fs.writeSync(news, 'r')
      pass(2 * round)
      const lock = attempt('${path}')
      fs.writeSync(news, lock ? 'w' : 'l')
      pass(2 * round + 1)
      if (lock) lock.close()
    }
    process.exit(0)`))
  // play the rounds
  const hear = () => {
    const letters = Buffer.alloc(actors)
    for (let got = 0; got < actors;) got += fs.readSync(news, letters, got, actors - got, null)
    return letters.toString()
  }
  const winners = Array.from({ length: rounds }, (_, round) => {
    hear()
    fs.writeFileSync(`${path}.stale`, formatPidText(dead))
    fs.renameSync(`${path}.stale`, path)
    gate.unlock({ start: 2 * round, length: 1 })
    const count = hear().replaceAll('l', '').length
    gate.unlock({ start: 2 * round + 1, length: 1 })
    return count
  })
  for (const actor of all) void actor.kill()
  fs.closeSync(news)
  gate.close()
  return winners
}

const [ACTORS, ROUNDS] = [env('FCS_BREAKERS', 12), env('FCS_ROUNDS', 60)]

test(`FILES-16 ${ACTORS} processes break one stale lock at once, ${ROUNDS} times: always one owner`, () => {
  const winners = contest(ACTORS, ROUNDS, 'return m.trymkpidlock(path)')
  assert.equal(winners.filter(count => count !== 1), [])
  assert.is(winners.length, ROUNDS)
})

test('the contest can be lost: who unlinks by name what was judged by content is two in some rounds', () => {
  const lost = () => contest(8, 60, `
    const create = () => {
      try {
        fs.writeFileSync(path, String(process.pid), { flag: 'wx' })
        return { close: () => fs.rmSync(path, { force: true }) }
      } catch { return null }
    }
    const created = create()
    if (created) return created
    try {
      if (fs.existsSync('/proc/' + parseInt(fs.readFileSync(path, 'utf8')))) return null
      fs.unlinkSync(path)
    } catch { return null }
    return create()`)
  let losses = 0   // on a busy machine they hardly ever run at once
  for (let i = 0; i < 5 && losses === 0; i++) {
    path = `${folder}/lost${i}`
    losses = lost().filter(count => count > 1).length
  }
  assert.ok(losses > 0)
})

const plant = (text: string, ageSeconds = 0) => {
  fs.writeFileSync(path, text)
  const time = (Date.now() - ageSeconds * SECOND) / 1000
  fs.utimesSync(path, time, time)
}
const isTaken = (options: PidlockOptions = {}) => {
  const lock = trymkpidlock(path, options)
  if (lock !== false) lock.close()
  return lock === false
}
const me = describe(process.pid)

test('FILES-16 a recycled pid, another boot and a dead owner are stale at once, without any age', () => {
  for (const other of [{ startTime: '1' }, { bootId: me.bootId.replace(/./g, 'a') }, { pid: 2 ** 22 }, {}]) {
    plant(formatPidText({ ...me, ...other }))
    assert.is(readPidfile(path)!.isStale, true)
    assert.is(isTaken(), false, JSON.stringify(other))
  }
})

test('FILES-16 another machine\'s file is left alone until it is 25 times too old', () => {
  const foreign = formatPidText({ ...me, hostname: 'elsewhere', bootId: me.bootId.replace(/./g, 'b') })
  plant(foreign, 100)
  assert.equal([isTaken(), isTaken({ staleAgeMs: 5 * SECOND })], [true, true])
  assert.is(isTaken({ staleAgeMs: 3 * SECOND }), false)
})

test('FILES-16 a killed owner that is still a zombie has lost the lock', async () => {
  const parent = spawn('sh', ['-c', '"$@" & exec sleep 30', 'sh', process.execPath, '--input-type=module', '--eval', `
    const { mkpidlock } = await import('${home}/patterns/pidfile.js')
    await mkpidlock('${path}')
    console.log(process.pid)
    setInterval(() => {}, 1000)`])
  const pid = Number(await new Promise(resolve => parent.stdout.once('data', resolve)))
  assert.equal([isTaken(), readPidfile(path)!.pid], [true, pid])
  process.kill(pid, 'SIGKILL')
  const state = () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '')[0]
  const isZombie = () => state() === 'Z' && fs.readdirSync(`/proc/${pid}/task`).length === 1
  while (!isZombie()) await sleep(0.05)
  assert.is(isValidPid({ pid, hostname: '' }), false)
  assert.is(isTaken(), false)
  assert.is(state(), 'Z')
  parent.kill('SIGKILL')
})

const isRoot = process.geteuid!() === 0
;(isRoot ? test : test.skip)('FILES-16 an owner in another pid namespace is seen, whatever its number, until it ends', async () => {
  const inside = start(`const lock = await m.mkpidlock('${path}'); say(String(process.pid)); await hear(); lock.close()
    process.exit(0)`, { prefix: ['unshare', '--pid', '--fork', '--mount-proc', '--uts', '--kill-child'] })
  const pid = Number(await inside.hear())
  assert.is(pid, 1, 'a number that is somebody else here')
  const state = readPidfile(path)!
  assert.equal([state.pid, state.isLocked, isTaken()], [1, true, true])
  assert.is.not(state.pidNamespace, me.pidNamespace)
  assert.is(isValidPid(state), true, 'by the text alone nobody could tell')
  await inside.kill()
  assert.is(isTaken(), false)
})

test('FILES-16 the file appears whole and locked, with the mode that was asked for', async () => {
  const lock = await mkpidlock(path)
  const text = fs.readFileSync(path, 'utf8')
  assert.match(text, new RegExp(`^${process.pid} ${hostname()} \\d+ [-0-9a-f]{36} \\d+\n$`))
  assert.equal(parsePidText(text), me)
  assert.is(fs.statSync(path).mode & 0o777, 0o444)
  assert.equal(fs.readdirSync(folder).filter(name => name.startsWith('.')), [])
  assert.is(lock.close(), true)
  const error = await mkpidlock(`${path}/no/such`).catch(each => each as SystemError)
  assert.match(String(error), /ENOENT/)
  assert.throws(() => trymkpidlock(''), /ENOENT/)
  fs.symlinkSync('nowhere', path)
  assert.throws(() => trymkpidlock(path), /ELOOP/)
})

test('FILES-16 Julia: validpid', () => {
  const [pid, host] = [process.pid, hostname()]
  const valid = (hostname: string, pid: number) => isValidPid({ hostname, pid })
  assert.equal([valid(host, pid), valid('', pid), valid('', 0), valid('', 1)], [true, true, false, true])
  assert.equal([valid(`NOT${host}`, pid), valid(`NOT${host}`, 0), valid(`NOT${host}`, -1)], [true, true, true])
  assert.equal([valid('', -1), valid('', 2 ** 32 - 1), valid('', -pid)], [false, false, false])
  assert.is(isValidPid({ hostname: '', pid }, 0), false, 'it began after the file was written')
})

test('FILES-16 Julia: write_pidfile and parse_pidfile', () => {
  const parsed = (text: string) => { const { pid, hostname } = parsePidText(text); return [pid, hostname] }
  assert.equal([parsed(''), parsed('-1  host\r\n'), parsed('x')], [[0, ''], [0, ' host\r\n'], [0, '']])
  assert.equal(parsed(`${process.pid} ${hostname()}`), [process.pid, hostname()])
  assert.is(readPidfile('nonexist'), null)
  plant(`77 ${hostname()}`, 50)
  const { pid, ageMs } = readPidfile(path)!
  assert.is(pid, 77)
  assert.ok(Math.abs(ageMs / SECOND - 50) < 5)
})

test('FILES-16 Julia: open_exclusive, which waits for the file to disappear', async () => {
  plant('')
  setTimeout(() => fs.rmSync(path), 3 * SECOND)
  const umask = process.umask(0o002)
  let lock: Pidlock
  const t = await elapsed(async () => { lock = await mkpidlock(path) })
  assert.ok(t > 2 && t < 6, `${t} s`)
  assert.is(fs.statSync(path).mode & 0o777, 0o444)
  lock!.close()
  plant('')
  setTimeout(() => fs.rmSync(path), 8 * SECOND)
  const t2 = await elapsed(async () => { lock = await mkpidlock(path, { mode: 0o777, pollIntervalMs: SECOND }) })
  assert.ok(t2 > 7, `${t2} s`)
  assert.is(fs.statSync(path).mode & 0o777, 0o775)
  process.umask(umask)
  lock!.close()
})

test('FILES-16 Julia: wait == false cases', async () => {
  const lock = await mkpidlock(path, { wait: false })
  let t = await elapsed(async () => {
    const error = await mkpidlock(path, { wait: false }).catch(each => each)
    assert.ok(error instanceof PidlockedError)
    assert.match(error.hint!, new RegExp(`process ${process.pid} .* holds the lock`))
  })
  assert.ok(t < 1)
  setTimeout(() => lock.close(), 2 * SECOND)
  await sleep(1)
  assert.ok(await mkpidlock(path, { wait: false }).then(() => false, () => true))
  assert.is(trymkpidlock(path), false)
  await sleep(2)
  t = await elapsed(async () => (await mkpidlock(path, { wait: false })).close())
  assert.ok(t < 1)
})

test('FILES-16 Julia: break lock, by age and by 25 times the age', async () => {
  plant(`${process.pid} ${hostname()}`)   // alive, as far as a number can tell, and holds no lock
  let t = await elapsed(async () => (await mkpidlock(path, { pollIntervalMs: 3 * SECOND, staleAgeMs: SECOND })).close())
  assert.ok(t > 20 && t < 50, `${t} s`)
  plant('')   // nobody's
  t = await elapsed(async () => (await mkpidlock(path, { pollIntervalMs: 3 * SECOND, staleAgeMs: 10 * SECOND })).close())
  assert.ok(t > 8 && t < 20, `${t} s`)
})

test('FILES-16 Julia: mkpidlock, close and its answers, and the do-block', async () => {
  const first = await mkpidlock(path)
  assert.is(first.refresh, null)
  setTimeout(() => {
    const here = process.cwd()
    process.chdir('/')
    assert.is(first.close(), true)
    process.chdir(here)
  }, 3 * SECOND)
  let second: Pidlock
  const t = await elapsed(async () => { second = await mkpidlock(path) })
  assert.ok(t > 2 && t < 6, `${t} s`)
  assert.is(first.close(), false)
  fs.rmSync(path)   // somebody breaks it by hand
  const third = await mkpidlock(path)
  assert.equal([second!.isOpen, second!.close(), second!.isOpen], [true, false, false])
  assert.equal([exists(path), third.close(), exists(path)], [true, true, false])
})

test('FILES-16 Julia: a hundred do-blocks while another holds it for three seconds', async () => {
  const times: number[] = []
  const loop = async () => {
    for (let i = 0; i < 100; i++) times.push(await elapsed(() => withPidlock(path, () => {})))
  }
  let looping
  await withPidlock(path, async () => {
    looping = loop()
    await sleep(3)
  })
  await looping
  assert.ok(Math.max(...times) > 2 && Math.min(...times) < 1)
  assert.is(await withPidlock(path, lock => lock.isOpen), true)
})

test('FILES-16 Julia: mkpidlock update', async () => {
  const mtime = () => fs.statSync(path, { bigint: true }).mtimeNs
  let lock = await mkpidlock(path)
  const first = mtime()
  await sleep(1)
  assert.is(mtime(), first)
  lock.touch()
  assert.ok(mtime() > first)
  lock.close()
  lock = await mkpidlock(path, { refreshMs: 0.2 * SECOND })
  for (let i = 0, old = mtime(); i < 5; i++, old = mtime()) {
    await sleep(0.5)
    assert.ok(mtime() > old)
  }
  lock.close()
  lock = await mkpidlock(path, { staleAgeMs: 10 * SECOND })
  assert.ok(lock.refresh)
  lock.close()
})

test('FILES-16 Julia: mkpidlock for child', async () => {
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  const lock = await mkpidlock(path, { process: child })
  assert.equal([lock.isOpen, readPidfile(path)!.pid], [true, child.pid])
  child.stdin.end()
  await new Promise(resolve => child.once('close', resolve))
  assert.equal([lock.isOpen, exists(path)], [false, false])
  const error: SystemError = await mkpidlock(path, { process: child }).catch(each => each)
  assert.is(error.code, 'ESRCH')
})

test('FILES-16 Julia: non-blocking stale lock break, which does not touch an owner that lives', async () => {
  plant(`${process.pid} ${hostname()}`)
  await sleep(1.1)
  assert.is(isTaken({ staleAgeMs: SECOND }), true)
  await sleep(4)
  assert.is(isTaken({ staleAgeMs: 0.1 * SECOND }), false)
  const lock = await mkpidlock(path)
  await sleep(4)
  assert.is(isTaken({ staleAgeMs: 0.1 * SECOND }), true, 'Julia would break this one')
  lock.close()
})

test('a file of the future is told as skew, and is not stale', async () => {
  const warning = new Promise<Error>(resolve => process.once('warning', resolve))
  plant(`4194304 ${hostname()}`, -100)
  assert.is(isTaken({ staleAgeMs: 10 * SECOND }), true)
  assert.match((await warning).message, /some clock is wrong/)
})

test('a deadline and a signal end the wait, and who is killed frees it for those who wait', async () => {
  const other = start(`await m.mkpidlock('${path}'); say('got it'); await hear()`)
  await other.hear()
  const code = (options: PidlockOptions) => mkpidlock(path, options).then(() => '', error => error.code ?? error.name)
  assert.is(await code({ timeoutMs: 30 }), 'ETIMEDOUT')
  assert.is(await code({ signal: AbortSignal.timeout(30) }), 23)
  const waiting = mkpidlock(path, { timeoutMs: 8000 })
  await sleep(1)
  await other.kill()
  assert.is((await waiting).close(), true)
  // A file of ours, read by a shell:
  const lock = await mkpidlock(path)
  assert.is(execFileSync('sh', ['-c', 'read pid host rest < "$0"; echo $pid $host', path], { encoding: 'utf8' }),
    `${process.pid} ${hostname()}\n`)
  assert.is(spawnSync('rm', ['-f', path]).status, 0)
  assert.is(lock.close(), false)
})

test.run()
