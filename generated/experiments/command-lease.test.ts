// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
import { readFileSync, truncateSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readLease } from '../patterns/fencing-lease.ts'
import { commandStage } from './command-lock.stage.ts'

const { folder, sh, start, clear } = commandStage()
test.after(clear)
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
}
const isHeld = (path: string) => readLease(`${folder}/${path}`)?.isHeld === true
const isAlive = (pid: number) => {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('BOOK-4 each holder finds a greater token, and the status is that of its command', () => {
  const token = (name: string) => sh(`fcs lease a --name ${name} -- sh -c 'echo $FCS_TOKEN $FCS_LEASE'`).out
  assert.equal([token('ann'), token('bob')], ['1 a\n', '2 a\n'])
  assert.is(sh("fcs lease a -- sh -c 'exit 7'").status, 7)
  assert.equal(sh('fcs lease a --status'), { status: 3, out: '3\n', error: '' })
  const inside = sh("fcs lease a --name carol --ttl 60 -- sh -c 'fcs lease a --status --json; fcs lease a -n -- true; echo $?'")
  const [told, status] = inside.out.trim().split('\n')
  const { isHeld, token: current, name } = JSON.parse(told!)
  assert.equal([isHeld, current, name, status], [true, 4, 'carol', '75'])
  assert.match(inside.error, /EAGAIN.*\nhint: another holds the lease/)
})

test('BOOK-4 one that was stopped beyond its time finds its command ended, and another has a greater token', async () => {
  const script = 'trap "echo told; exit 0" TERM; echo $FCS_TOKEN; while :; do sleep 0.02; done'
  const ann = start('lease', 'b', '--ttl', '0.4', '--name', 'ann', '--', 'sh', '-c', script)
  await ann.said('1\n')
  ann.child.kill('SIGSTOP')
  assert.is(sh("fcs lease b --timeout 30 -- sh -c 'echo $FCS_TOKEN'").out, '2\n')
  assert.is(ann.out(), '1\n')
  ann.child.kill('SIGCONT')
  assert.equal([await ann.ended, ann.out()], [124, '1\ntold\n'])
  assert.match(ann.error(), /^fcs: ESTALE: .*'b'\nhint: the time of token 1 is over\n$/)
})

test('BOOK-4 a command that does not hear SIGTERM is killed, and one that is stopped is woken to hear it', async () => {
  const deaf: [string, string][] = [
    ['100ms', 'trap "" TERM; echo $$; while :; do sleep 0.02; done'], ['1h', 'echo $$; kill -STOP $$']]
  for (const [killAfter, script] of deaf) {
    const fcs = start('lease', `c${killAfter}`, '--ttl', '0.3', '-k', killAfter, '--', 'sh', '-c', script)
    await fcs.said('\n')
    truncateSync(`${folder}/c${killAfter}`, 640)   // as if ten had had it: the next renewal finds out
    assert.is(await fcs.ended, 124)
    assert.not(isAlive(Number(fcs.out())))
  }
})

test('BOOK-4 when fcs is killed the lease lasts as long as the command, or as its time', async () => {
  for (const ttl of [[], ['--ttl', '0.5']]) {
    const fcs = start('lease', 'd', ...ttl, '--', 'sh', '-c', 'echo $$; exec sleep 60')
    await fcs.said('\n')
    fcs.child.kill('SIGKILL')
    await until(() => fcs.child.signalCode !== null)
    assert.ok(ttl.length > 0 || isHeld('d'))
    if (ttl.length > 0) await until(() => !isHeld('d'))
    process.kill(Number(fcs.out()), 'SIGKILL')
    await until(() => !isHeld('d'))
  }
})

test('BOOK-4 the fence lets tokens pass in rising order only, and one command at a time', async () => {
  const pass = (token: number | string) => sh(`fcs fence e ${token} -- echo passed`)
  assert.equal([pass(3), pass(3), pass(5)].map(({ out }) => out), ['passed\n', 'passed\n', 'passed\n'])
  const { status, out, error } = pass(4)
  assert.equal([status, out], [1, ''])
  assert.match(error, /^fcs: ESTALE.*'e'\nhint: token 4 is older than 5, which has passed\n$/)
  assert.is(sh("fcs fence e 5 -- sh -c 'exit 9'").status, 9)
  const inside = start('fence', 'e', '6', '--', 'sh', '-c', 'echo in; read line')
  await inside.said('in')
  assert.is(sh('fcs fence e 7 --timeout 50ms -- true').status, 75)
  inside.child.stdin!.end('\n')
  await inside.ended
  for (const token of ['0', '-1', '1.5', 'x', '99999999999999999']) assert.is(pass(token).status, 2, token)
})

test('BOOK-4 one leads, the others follow and take over in a greater term', async () => {
  const follower = start('elect', 'f', '--follow', '--json')
  await follower.said('null')
  const lead = (name: string) =>
    start('elect', 'f', '--name', name, '--', 'sh', '-c', `echo leads $FCS_TOKEN; exec sleep 60`)
  const ann = lead('ann')
  await ann.said('leads 1')
  const bob = lead('bob')
  await follower.said('"ann"')
  assert.match(sh('fcs elect f --status').out, /^1 {2}\d+ {2}ann\n$/)
  ann.child.kill('SIGTERM')
  assert.is(await ann.ended, 143)
  await bob.said('leads 2')
  await follower.said('"bob"')
  bob.child.kill('SIGTERM')
  await bob.ended
  await until(() => follower.out().trimEnd().endsWith('{"path":"f","leader":null}'))
  const names = follower.out().trim().split('\n').map(text => JSON.parse(text).leader?.name)
  assert.equal(names.filter(name => name !== undefined), ['ann', 'bob'])
  assert.is(sh('fcs elect f --status').status, 3)
  follower.child.kill()
  await follower.ended
})

test('BOOK-4 wrong usage ends with 2, and a file that may not be written with 1', () => {
  const wrong: [string, RegExp][] = [
    ['lease', /the PATH is missing/], ['lease g', /the command is missing/], ['lease g --ttl 0 -- true', /--ttl must be more/],
    ['lease g --name 123456789012345678901 -- true', /up to 20 bytes/], ['elect g', /the command is missing/],
    ['elect g --folow', /did you mean '--follow'/], ['fence g -- true', /the TOKEN is missing/], ['fence g 1', /the command is missing/],
  ]
  for (const [args, words] of wrong) {
    const { status, error } = sh(`fcs ${args}`)
    assert.is(status, 2, args)
    assert.match(error, words)
  }
  assert.is(sh('ls g').status, 2)
  assert.match(sh('fcs lease none/g -- true').error, /^fcs: ENOENT: .*'none\/g'/)
  if (process.getuid!() === 0) assert.match(sh('runuser -u nobody -- fcs lease a -- true').error, /^fcs: EACCES/)
})

test.run()
