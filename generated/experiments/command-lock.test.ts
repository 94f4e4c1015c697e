// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lockFile, tryLockFile } from '../patterns/lock-file.ts'
import { commandStage } from './command-lock.stage.ts'

const { folder, sh, start, clear } = commandStage()
test.after(clear)
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
}
const isFree = (path: string) => {
  const lock = tryLockFile(`${folder}/${path}`)
  lock?.release()
  return lock !== null
}

test('BOOK-4 the status is that of the command, or tells why there was none', () => {
  const status = (command: string) => sh(`fcs lock a -- ${command}`).status
  assert.is(status('true'), 0)
  assert.is(status("sh -c 'exit 7'"), 7)
  assert.is(status("sh -c 'kill -TERM $$'"), 143)
  assert.is(status("sh -c 'kill -KILL $$'"), 137)
  assert.is(status('/etc/passwd'), 126)
  assert.is(status('no-such-program'), 127)
  assert.equal(JSON.parse(sh('fcs lock a --json -- no-such-program').error).error.code, 'ENOENT')
  assert.equal(sh('echo in | fcs lock a -- cat'), { status: 0, out: 'in\n', error: '' })
  assert.is(sh("fcs lock a -- sh -c 'echo $0 $1' --json -- | cat").out, '--json --\n')
})

test('BOOK-4 it is the lock of the library, and with --flock that of flock(1)', async () => {
  const lock = await lockFile(`${folder}/b`)
  assert.is(sh('fcs lock b --nonblock -- echo in').out, '')
  lock.release()
  const shared = await lockFile(`${folder}/b`, { shared: true })
  assert.is(sh('fcs lock -sn b -- echo in').out, 'in\n')
  assert.is(sh('fcs lock -n b -- echo in').status, 75)
  assert.equal(sh('fcs lock b --status'), { status: 75, out: 'shared\n', error: '' })
  shared.release()
  assert.equal(JSON.parse(sh('fcs lock b --status --json').out), { path: 'b', state: 'free' })
  assert.is(sh('flock b fcs lock -n b -- echo in').out, 'in\n')
  assert.is(sh('flock b fcs lock -n --flock b -- echo in').status, 75)
  assert.is(sh('fcs lock --flock b -- flock -n b echo in').status, 1)
  assert.is(sh('fcs lock --flock --shared b -- flock -n --shared b echo in').out, 'in\n')
})

test('BOOK-4 every signal that can be caught goes to the command, and fcs ends after it', async () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
    const script = `trap 'echo got; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`
    const fcs = start('lock', 'c', '--', 'sh', '-c', script)
    await fcs.said('ready')
    fcs.child.kill(signal)
    assert.equal([await fcs.ended, fcs.out()], [9, 'ready\ngot\n'], signal)
    assert.ok(isFree('c'))
  }
})

test('BOOK-4 killed, fcs leaves the lock to the command; a killed command leaves it to nobody', async () => {
  const script = 'echo $$; exec sleep 60'
  const fcs = start('lock', 'd', '--', 'sh', '-c', script)
  await fcs.said('\n')
  fcs.child.kill('SIGKILL')
  await until(() => fcs.child.signalCode !== null)
  assert.not(isFree('d'))
  process.kill(Number(fcs.out()), 'SIGKILL')
  await until(() => isFree('d'))
  const open = start('lock', 'd', '--close', '--', 'sh', '-c', script)
  await open.said('\n')
  open.child.kill('SIGKILL')
  await until(() => isFree('d'))
  process.kill(Number(open.out()), 'SIGKILL')
  const other = start('lock', 'd', '--', 'sh', '-c', script)
  await other.said('\n')
  process.kill(Number(other.out()), 'SIGKILL')
  assert.is(await other.ended, 137)
  assert.ok(isFree('d'))
})

test('BOOK-4 who does not get it ends with 75, says so, and has run nothing', async () => {
  const lock = await lockFile(`${folder}/e`)
  const { status, out, error } = sh('fcs lock e --nonblock -- echo in')
  assert.equal([status, out], [75, ''])
  assert.match(error, /^fcs: EAGAIN: .* 'e'\nhint: another holds the lock\n$/)
  const began = performance.now()
  assert.match(sh('fcs lock e --timeout 300ms -- echo in').error, /^fcs: ETIMEDOUT/)
  assert.ok(performance.now() - began >= 300)
  assert.equal(sh('fcs lock -qnE 9 e -- echo in'), { status: 9, out: '', error: '' })
  assert.is(JSON.parse(sh('fcs lock e -n --json -- echo in').error).error.path, 'e')
  const waiting = start('lock', 'e', '--timeout', '20', '--', 'echo', 'in')
  await until(() => readFileSync(`/proc/${waiting.child.pid}/cmdline`, 'utf8').includes('lock'))
  lock.release()
  assert.equal([await waiting.ended, waiting.out()], [0, 'in\n'])
})

test('BOOK-4 a lock by descriptor stays with the shell, and what it leaves behind does not hold a lock', () => {
  assert.equal(sh(`exec 9>> f; fcs lock --fd 9 && fcs lock f --status; fcs lock --fd 9 && echo again
    exec 9>&-; fcs lock f --status`), { status: 0, out: 'held\nagain\nfree\n', error: '' })
  assert.is(sh('exec 9>> f 8>> f; fcs lock --fd 9; fcs lock --fd 8 --timeout 0.05').status, 75)
  assert.is(sh('exec 9< f 8< f; fcs lock -s --fd 9; fcs lock -sn --fd 8').status, 0)
  assert.match(sh('exec 9< f; fcs lock --fd 9').error, /EBADF.*\nhint: descriptor 9 is not open for writing/)
  assert.is(sh("fcs lock f -- sh -c 'sleep 20 > /dev/null 2>&1 & echo $! > pid'").status, 0)
  assert.ok(isFree('f'))
  process.kill(Number(readFileSync(`${folder}/pid`, 'utf8')))
})

test('BOOK-4 another user shares a lock that it may read, and is told of one that it may not write', () => {
  writeFileSync(`${folder}/g`, '')
  chmodSync(`${folder}/g`, 0o644)
  const asNobody = (command: string) => sh(`runuser -u nobody -- fcs lock ${command}`)
  if (process.getuid!() !== 0) {
    chmodSync(`${folder}/g`, 0o444)
    return assert.match(sh('fcs lock g -- true').error, /EACCES/)
  }
  assert.match(asNobody('g -- true').error, /^fcs: EACCES: permission denied, open 'g'/)
  assert.is(asNobody('g -- true').status, 1)
  assert.match(asNobody('new -- true').error, /^fcs: EACCES/)
  assert.is(asNobody('g --shared -- id -un').out, 'nobody\n')
  assert.is(sh('fcs lock -s g -- runuser -u nobody -- fcs lock -sn g -- echo both').out, 'both\n')
  assert.is(sh('fcs lock g -- runuser -u nobody -- fcs lock -sn g -- echo both').status, 75)
})

test('BOOK-4 wrong usage ends with 2, before anything is locked or made', () => {
  const wrong: [string, RegExp][] = [
    ['lock', /the PATH is missing/], ['lock h', /the command is missing/], ['lock h --', /the command behind -- is missing/],
    ['lock h true', /'true' is too much.*a command stands behind --/], ['lock h --tiemout 3 -- true', /did you mean '--timeout'/],
    ['lock h -w soon -- true', /--timeout takes a time such as/], ['lock h -w', /--timeout needs its SECONDS/],
    ['lock h -E 256 -- true', /a whole number from 0 to 255/], ['lock -z h -- true', /no option '-z'/],
    ['lock h --shared=yes -- true', /--shared takes no value/], ['lock --fd x', /a whole number from 0/],
    ['lok h -- true', /did you mean 'lock'/], ['semaphore h -p 0 -- true', /--permits takes a whole number from 1/],
    ['semaphore h -p 2', /the command is missing/], ['barrier h', /--parties is missing/],
  ]
  for (const [args, words] of wrong) {
    const { status, error } = sh(`fcs ${args}`)
    assert.is(status, 2, args)
    assert.match(error, words)
  }
  assert.is(sh('ls h').status, 2)
})

test('BOOK-4 a semaphore lets two in, and the permits of the killed come back', async () => {
  const script = 'echo $$ $FCS_SEATS; exec sleep 60'
  const [a, b] = [1, 2].map(() => start('semaphore', 's', '--permits', '2', '--', 'sh', '-c', script))
  await a!.said('\n')
  await b!.said('\n')
  assert.is(sh('fcs semaphore s --status').out, '2 of 2\n')
  assert.is(sh('fcs semaphore s -n -- echo in').status, 75)
  const [[pidA, seatA], [pidB, seatB]] = [a!, b!].map(each => each.out().trim().split(' ')) as [string[], string[]]
  assert.equal([seatA, seatB].sort(), ['0', '1'])
  a!.child.kill('SIGKILL')
  await until(() => a!.child.signalCode !== null)
  assert.is(sh('fcs semaphore s -n -- echo in').status, 75)
  process.kill(Number(pidA), 'SIGKILL')
  assert.is(sh("fcs semaphore s -w 20 -- sh -c 'echo $FCS_SEATS'").out, `${seatA}\n`)
  process.kill(Number(pidB), 'SIGKILL')
  assert.is(await b!.ended, 137)
  assert.equal(JSON.parse(sh('fcs semaphore s --resize 5 --json').out), { path: 's', permits: 5, taken: 0 })
  assert.match(sh('fcs semaphore s -p 2 -- true').error, /EINVAL.*\nhint: the file says 5 permits/)
  assert.match(sh('fcs semaphore none -- true').error, /ENOENT/)
})

test('BOOK-4 at a barrier all go on when the last has come, or are told who died', async () => {
  const three = [1, 2, 3].map(() => start('barrier', 'k', '--parties', '3'))
  assert.equal(await Promise.all(three.map(each => each.ended)), [0, 0, 0])
  assert.equal(three.map(each => each.out()).sort(), ['0\n', '1\n', '2\n'])
  assert.is(sh('fcs barrier l -p 2 --timeout 50ms').status, 75)
  assert.match(sh('fcs barrier k -p 3').error, /EBUSY.*\nhint: all 3 seats were given/)
  const late = start('barrier', 'm', '-p', '2', '--name', 'carol', '--', 'sh', '-c', 'echo $FCS_SEAT; exec sleep 60')
  await late.said('0')
  const waiting = start('barrier', 'm', '-p', '2')
  late.child.kill('SIGKILL')
  assert.is(await waiting.ended, 1)
  assert.match(waiting.error(), /EOWNERDEAD.*\nhint: dead \d+ carol/)
  const failed = start('barrier', 'n', '-p', '2', '--name', 'dave', '--', 'false')
  await failed.ended
  assert.match(sh('fcs barrier n -p 2').error, /EOWNERDEAD.*\nhint: left \d+ dave/)
})

test.run()
