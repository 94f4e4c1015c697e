// Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FolderQueue } from '../patterns/folder-queue.ts'
import { commandStage } from './command-lock.stage.ts'

const { folder, sh, start, clear } = commandStage()
test.after(clear)
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
}
const counts = (queue: string) => JSON.parse(sh(`fcs queue count ${queue} --json`).out)

test('BOOK-4 what is put comes out once, in order, whole, whatever its bytes', () => {
  assert.is(sh('fcs queue put a one > name; fcs queue peek a').out, 'one')
  const first = readFileSync(`${folder}/name`, 'utf8').trim()
  assert.is(sh("printf 'two\\n\\nthree' | fcs queue put a --lines | wc -l").out.trim(), '3')
  assert.is(sh("printf '\\0\\377\\n' | fcs queue put a -").status, 0)
  assert.equal(counts('a'), { waiting: 5, claimed: 0 })
  const peeked = sh('fcs queue peek a -n 9 --json').out.trim().split('\n').map(text => JSON.parse(text))
  assert.equal(peeked.map(({ text, base64 }) => text ?? base64), ['one', 'two', '', 'three', 'AP8K'])
  assert.is(peeked[0].name, first)
  assert.equal(JSON.parse(sh('fcs queue take a --json').out), { name: first, text: 'one' })
  assert.is(sh('fcs queue take a --repeat | od -An -c | tr -d " \n"').out, 'twothree\\0377\\n')
  assert.equal(sh('fcs queue take a'), { status: 3, out: '', error: '' })
  assert.is(sh('fcs queue take a --wait=50ms --repeat').status, 3)
  assert.is(sh('fcs queue peek a').status, 3)
})

test('BOOK-4 many lines are many messages, and none of the workers gets another\'s', async () => {
  assert.is(sh('seq 9000 | fcs queue put big --lines | sort -u | wc -l').out.trim(), '9000')
  assert.is(sh('fcs queue count big').out, '9000\n')
  sh('seq 400 | fcs queue put b --lines')
  const begin = () => start('queue', 'take', 'b', '--repeat', '--wait=1', '--json')
  const workers = [begin(), begin()]
  await until(() => workers.some(each => each.out().includes('}')))   // one may have all before the other has begun
  workers.find(each => each.out().includes('}'))!.child.kill('SIGKILL')
  await Promise.all(workers.map(each => each.ended))
  const done = workers.flatMap(each => each.out().split('\n').filter(text => text.endsWith('}')))
  const numbers = done.map(text => Number(JSON.parse(text).text))
  assert.is(new Set(numbers).size, 400)
  assert.ok(numbers.length <= 401, 'only what was being printed at the kill may come twice')
})

test('BOOK-4 a command acknowledges by ending with 0, and by anything else the message goes back', async () => {
  sh('fcs queue put c parcel')
  const failed = sh("fcs queue take c -- sh -c 'cat; exit 7'")
  assert.equal(failed, { status: 1, out: 'parcel', error: 'fcs: sh ended with 7; the message went back\n' })
  assert.is(sh('fcs queue take c -- no-such-program').status, 127)
  assert.equal(counts('c'), { waiting: 1, claimed: 0 })
  const fcs = start('queue', 'take', 'c', '--', 'sh', '-c', 'echo $$; exec sleep 60')
  await fcs.said('\n')
  fcs.child.kill('SIGKILL')
  await until(() => fcs.child.signalCode !== null)
  assert.is(sh('fcs queue take c').status, 3)
  process.kill(Number(fcs.out()), 'SIGKILL')
  assert.match(sh("fcs queue take c --wait=20 -- sh -c 'cat; echo $FCS_MESSAGE'").out, /^parcel\d{19}-[0-9a-f]{12}\n$/)
  assert.equal(counts('c'), { waiting: 0, claimed: 0 })
  assert.is(sh("seq 5 | fcs queue put c --lines > x; fcs queue take c -r -- sh -c 'cat; echo'").out, '1\n2\n3\n4\n5\n')
  sh('seq 5 | fcs queue put c --lines')
  assert.is(sh("fcs queue take c -r -- sh -c 'read n || true; test $n != 3'").status, 1)
  assert.is(sh('fcs queue peek c').out, '3')
})

test('BOOK-4 a message whose reader has left goes back', () => {
  sh('head -c 1000000 /dev/zero | fcs queue put d')
  const gone = sh('set -o pipefail; fcs queue take d | head -c 1 > /dev/null')
  assert.equal([gone.status, gone.error], [1, 'fcs: EPIPE: broken pipe, write\n'])
  assert.match(sh('fcs queue take d > /dev/full').error, 'ENOSPC')
  assert.equal(counts('d'), { waiting: 1, claimed: 0 })
  assert.is(sh('fcs queue take d | wc -c').out.trim(), '1000000')
  assert.is(sh('set -o pipefail; seq 20000 | fcs queue put d --lines | true').status, 0)
  assert.is(new FolderQueue(`${folder}/d`).size(), 20000)
})

const memberPids = (queue: string) => readdirSync(`${folder}/${queue}/members`).filter(name => name !== '.bell')
  .flatMap(name => {
    const path = `${folder}/${queue}/members/${name}/lock`
    return existsSync(path) ? [Number(readFileSync(path, 'utf8'))] : []
  })

test('BOOK-4 a held message is out of the queue until ack or nack, and comes back by itself if neither comes', async () => {
  sh('fcs queue put e parcel')
  const { name, text } = JSON.parse(sh('fcs queue take e --hold 60 --json').out)
  assert.is(text, 'parcel')
  assert.equal(counts('e'), { waiting: 0, claimed: 1 })
  assert.is(sh('fcs queue take e').status, 3)
  assert.is(sh(`fcs queue nack e ${name}`).status, 0)
  assert.is(sh('out=$(fcs queue take e --hold 60); echo "got $out"').out, 'got parcel\n')
  assert.is(sh(`fcs queue ack e ${name}`).status, 0)
  const late = sh(`fcs queue ack e ${name}`)
  assert.equal([late.status, late.error.split('\n')[1]], [3, 'hint: nobody holds it'])
  await until(() => memberPids('e').length === 0)
  sh('fcs queue put e next; fcs queue take e --hold 300ms')
  assert.is(sh('fcs queue take e --wait=20').out, 'next')
})

test('BOOK-4 a held message comes back when its holder is killed, or when nobody has seen it', async () => {
  sh('fcs queue put f parcel')
  sh('fcs queue take f --hold 60')
  const [holder] = memberPids('f')
  process.kill(holder!, 'SIGKILL')
  assert.is(sh('fcs queue take f --wait=20 -- cat').out, 'parcel')
  sh('head -c 1000000 /dev/zero | fcs queue put f')
  sh('fcs queue take f --hold 60 | true')
  await until(() => counts('f').waiting === 1)
  sh('fcs queue take f > /dev/null')
  const waiting = start('queue', 'take', 'f', '--hold', '60', '--wait')
  await until(() => memberPids('f').length === 1)
  const [idle] = memberPids('f')
  waiting.child.kill('SIGKILL')
  await until(() => !existsSync(`/proc/${idle}`) || /\) Z/.test(readFileSync(`/proc/${idle}/stat`, 'utf8')))
  assert.is(sh('fcs queue take f --hold 60').status, 3)
})

test('BOOK-4 wrong usage ends with 2, and what is no queue with 1', () => {
  const wrong: [string, RegExp][] = [
    ['queue', /fcs queue needs a verb/], ['queue tkae g', /did you mean 'take'/], ['queue take', /the QUEUE is missing/],
    ['queue put g two words', /'words' is too much/], ['queue put g text --lines', /read from the standard input/],
    ['queue ack g', /the NAME is missing/], ['queue take g --hold 5 -- true', /--hold takes one message/],
    ['queue take g --hold', /--hold needs its SECONDS/], ['queue take g --wait=soon', /--wait takes a time/],
    ['queue peek g -n 0', /--limit takes a whole number from 1/], ['queue put g x --durability=none', /--durability is os, disk or/],
  ]
  for (const [args, words] of wrong) {
    const { status, error } = sh(`fcs ${args} < /dev/null`)
    assert.is(status, 2, args)
    assert.match(error, words)
  }
  for (const verb of ['take', 'peek', 'count', 'ack', 'nack']) {
    const { status, error } = sh(`fcs queue ${verb} g ${verb.endsWith('ack') ? 'name' : ''}`)
    assert.is(status, 1, verb)
    assert.match(error, /^fcs: ENOENT: .* 'g'\nhint: this is not a queue; fcs queue put makes one/)
  }
  assert.not(existsSync(`${folder}/g`))
  if (process.getuid!() === 0) {
    sh('fcs queue put h x')
    assert.match(sh('runuser -u nobody -- fcs queue put h x').error, /EACCES/)
    assert.is(sh('runuser -u nobody -- fcs queue peek h').out, 'x')
  }
})

test.run()
