// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commandStage } from './command-lock.stage.ts'

const { folder, sh, start, clear } = commandStage()
test.after(clear)
const rows = (text: string) => text.trim().split('\n').filter(row => row !== '').map(row => JSON.parse(row))
const texts = (out: string) => rows(out).map(({ text }) => text)
const group = (bus: string) => rows(sh(`fcs topic ls ${bus} --json`).out).find(row => row.group !== undefined)

test('BOOK-6 a pattern hears what matches it, in order, from any place on, whatever the bytes', () => {
  const ids = sh('for t in new.eu cancelled.eu new.us; do fcs topic publish a orders.$t $t; done').out.trim().split('\n')
  const binary = sh("printf '\\377\\n' | fcs topic publish a parcels.eu --json").out
  const tail = (args: string) => sh(`fcs topic tail a ${args} --json`).out
  assert.equal(texts(tail("'orders.*.eu'")), ['new.eu', 'cancelled.eu'])
  assert.equal(rows(tail("'parcels.>'")).map(({ id, topic, base64 }) => [id, topic, base64]),
    [[rows(binary)[0].id, 'parcels.eu', '/wo=']])
  assert.equal(texts(tail(`'orders.>' --from ${ids[1]}`)), ['cancelled.eu', 'new.us'])
  assert.equal(texts(tail(`'orders.>' --after ${ids[0]} -n 1`)), ['cancelled.eu'])
  assert.equal([texts(tail("'orders.>' -n 2")), sh('fcs topic tail a --from end').status], [['cancelled.eu', 'new.us'], 3])
  assert.equal([texts(tail("'orders.>' --since 1h")).length, sh('fcs topic tail a --since 0').status], [3, 3])
  assert.is(sh("fcs topic tail a '*.new.*' -t").out, 'orders.new.eu\tnew.eu\norders.new.us\tnew.us\n')
  assert.is(sh("fcs topic tail a 'parcels.*' | od -An -tx1").out.trim(), 'ff 0a')
  const last = rows(tail('-n 1'))[0].id
  assert.is(sh(`fcs topic tail a --after ${last}`).status, 3)
  assert.is(sh('set -o pipefail; fcs topic tail a | true').status, 0)
})

test('BOOK-6 lines are published as they come, and whoever follows has them at once', async () => {
  sh('fcs topic publish b x.y 0')
  const follower = start('topic', 'tail', 'b', 'logs.*', '--follow', '--json')
  const publisher = start('topic', 'publish', 'b', 'logs.web', '--lines')
  publisher.child.stdin!.write('one\ntwo\nhal')
  await follower.said('two')
  await publisher.until(() => publisher.out().split('\n').length > 2)   // two ids, and no more
  assert.is(publisher.out().trim().split('\n').length, 2)
  publisher.child.stdin!.write('f a line\n\nlast, without an end')
  publisher.child.stdin!.end()
  assert.is(await publisher.ended, 0)
  await follower.said('without')
  follower.child.kill()
  await follower.ended
  assert.equal(texts(follower.out()), ['one', 'two', 'half a line', '', 'last, without an end'])
  assert.equal(rows(follower.out()).map(({ id }) => id), publisher.out().trim().split('\n'))
  assert.is(sh('seq 20000 | fcs topic publish b many --lines | sort -u | wc -l').out.trim(), '20000')
  assert.is(sh('fcs topic tail b many --from start | cmp - <(seq 20000) && echo same').out, 'same\n')
  assert.is(sh('fcs topic tail b many --from start --follow -n 5 | wc -l').out.trim(), '5')
  assert.is(sh('fcs topic tail b many --from end --follow --wait 50ms').status, 3)
})

test('BOOK-6 a named reader goes on where it stopped: nothing is missed, whoever is killed', async () => {
  sh('fcs topic publish c first x')
  assert.equal([sh('fcs topic tail c --name bob').out, sh('fcs topic tail c --name bob').status], ['x\n', 3])
  let total = 0
  const seen: string[] = []
  for (let round = 0; round < Number(process.env['FCS_KILLS'] ?? 3); round++) {
    const reader = start('topic', 'tail', 'c', 'count', '--name', 'bob', '--follow')
    sh(`seq ${total} ${total + 2999} | fcs topic publish c count --lines > ids`)
    total += 3000
    await reader.until(() => reader.out().length > 5000 * Math.random())
    assert.is(sh('fcs topic tail c --name bob').status, 75)
    assert.is(sh('fcs topic forget c bob').status, 75)
    reader.child.kill('SIGKILL')
    await reader.ended
    seen.push(...reader.out().split('\n').slice(0, -1))
  }
  seen.push(...sh('fcs topic tail c count --name bob').out.trim().split('\n'))
  assert.equal([...new Set(seen)].filter(text => text !== '').map(Number).sort((a, b) => a - b), Array.from({ length: total }, (_, i) => i))
  assert.is(sh('set -o pipefail; fcs topic publish c count y > ids; fcs topic tail c --name bob > /dev/full').status, 1)
  assert.is(sh('fcs topic tail c --name bob').out, 'y\n')
  assert.equal(rows(sh('fcs topic ls c --json').out), [{ reader: 'bob', isAlive: false, behindBytes: 0 }])
  assert.equal([sh('fcs topic forget c bob').status, sh('fcs topic forget c bob').status], [0, 3])
  assert.is(sh('fcs topic tail c count --name bob').out.split('\n').length, total + 2)
})

test('BOOK-6 a command says how it ended: done, again and in the end never, or never at once', () => {
  for (const text of ['good', 'poison', 'nonsense', 'fine']) sh(`fcs topic publish d orders.new ${text}; fcs topic publish d else no`)
  writeFileSync(`${folder}/pack`, 'read order || true\ncase $order in poison) exit 7 ;; nonsense) exit 65 ;; esac\n' +
    'echo "$order $FCS_TOPIC $FCS_DELIVERIES"; test -n "$FCS_MESSAGE"\n')
  const worked = sh("fcs topic take d packers 'orders.>' --deliveries 3 --reject 65 --repeat -- sh pack")
  assert.equal([worked.status, worked.out], [1, 'good orders.new 1\nfine orders.new 1\n'])
  assert.is(worked.error.match(/^fcs: sh ended with 7; that was delivery [123] of \d+$/gm)?.length, 3)
  const letters = rows(sh('fcs topic dead d packers --json').out)
  assert.equal(letters.map(({ text, deliveries, why }) => [text, deliveries, why]),
    [['poison', 3, 'it was given back'], ['nonsense', 1, 'sh ended with 65']])
  assert.equal(sh('fcs topic take d packers --repeat -- sh pack'), { status: 3, out: '', error: '' })
  assert.match(sh('fcs topic dead d packers').out, /^\d+ {2}orders\.new {2}3x {2}it was given back {2}"poison"\n\d+ {2}orders/)
  assert.is(sh(`fcs topic dead d packers ${letters[1].id} --discard`).status, 0)
  assert.is(sh('fcs topic dead d packers 17').status, 3)
  sh('fcs topic dead d packers --revive')
  assert.equal(rows(sh('fcs topic take d packers --json').out).map(({ text, deliveries }) => [text, deliveries]), [['poison', 1]])
  const { waiting, held, dead, behindBytes } = group('d')
  assert.equal([waiting, held, dead, behindBytes < 100], [0, 0, 0, true])
  assert.is(sh('fcs topic dead d packers').status, 3)
})

test('BOOK-6 each message goes to one of a group and to every group, delayed ones when they are due', async () => {
  sh('fcs topic publish e x 0; fcs topic take e counters x --from end; seq 200 | fcs topic publish e x --lines > ids')
  const workers = [1, 2].map(() => start('topic', 'take', 'e', 'counters', '--repeat', '--wait=1', '--json'))
  await Promise.all(workers.map(({ ended }) => ended))
  const numbers = workers.flatMap(({ out }) => texts(out())).map(Number).sort((a, b) => a - b)
  assert.equal(numbers, Array.from({ length: 200 }, (_, i) => i + 1))
  assert.is(sh("fcs topic take e others '>' -n 2").out, '0\n1\n')
  assert.is(sh("fcs topic take e third '>' --since 1h --repeat | wc -l").out.trim(), '201')
  sh('fcs topic publish e x next-year --delay 365d; fcs topic publish e x soon --delay 300ms')
  const [{ text, dueMs }] = rows(sh('fcs topic take e counters --wait=20 --json').out)
  assert.equal([text, dueMs <= Date.now()], ['soon', true])
  sh('fcs topic publish e x again; fcs topic take e counters --retry 300ms -- false')
  assert.equal(rows(sh('fcs topic take e counters --wait=20 --json').out).map(({ text, deliveries }) => [text, deliveries]), [['again', 2]])
  sh('fcs topic publish e x much-later; fcs topic take e counters --retry 1h -- false')
  assert.is(sh('fcs topic take e counters').status, 3)
  assert.is(rows(sh('fcs topic ls e --json').out).find(row => row.group === 'counters').waiting, 2)
})

test('BOOK-6 a killed take gives its message back, and a command keeps it until it ends', async () => {
  sh('head -c 1000000 /dev/zero | fcs topic publish f big > ids; fcs topic publish f small parcel >> ids')
  const printing = start('topic', 'take', 'f', 'packers', '>', '--deliveries', '9')
  printing.child.stdout!.pause()
  await printing.until(() => group('f')?.held === 1)
  printing.child.kill('SIGKILL')
  await printing.until(() => printing.child.signalCode !== null)
  assert.is(sh('fcs topic take f packers -n 1 | wc -c').out.trim(), '1000001')
  const fcs = start('topic', 'take', 'f', 'packers', '--', 'sh', '-c', 'echo $$; exec sleep 60')
  await fcs.said('\n')
  fcs.child.kill('SIGKILL')
  await fcs.until(() => fcs.child.signalCode !== null)
  assert.is(sh('fcs topic take f packers').status, 3)
  const waiting = start('topic', 'take', 'f', 'packers', '--wait=30', '--json')
  process.kill(Number(fcs.out()), 'SIGKILL')
  assert.is(await waiting.ended, 0)
  assert.equal(rows(waiting.out()).map(({ text, deliveries }) => [text, deliveries]), [['parcel', 2]])
  assert.equal([group('f').waiting, group('f').held], [0, 0])
})

test('BOOK-6 a worker that is told to end lets its command end, says how, and takes no other', async () => {
  sh('seq 3 | fcs topic publish g x --lines > ids')
  const worker = start('topic', 'take', 'g', 'packers', 'x', '--repeat', '--wait', '--',
    'sh', '-c', 'trap "echo told; exit 0" TERM; echo ready; while :; do sleep 0.01; done')
  await worker.said('ready')
  worker.child.kill('SIGTERM')
  assert.equal([await worker.ended, worker.out()], [143, 'ready\ntold\n'])
  assert.is(sh('fcs topic take g packers --repeat').out, '2\n3\n')
  const idle = start('topic', 'take', 'g', 'packers', '--wait')
  await idle.until(() => sh(`ls -l /proc/${idle.child.pid}/fd | grep -c inotify`).status === 0)
  idle.child.kill('SIGINT')
  assert.is(await idle.ended, 130)
  sh('fcs topic publish g x parcel')
  assert.is(sh('fcs topic take g packers -- no-such-program').status, 127)
  assert.match(sh('fcs topic take g packers > /dev/full').error, 'ENOSPC')
  assert.equal(rows(sh('fcs topic take g packers --json').out).map(({ text, deliveries }) => [text, deliveries]), [['parcel', 3]])
})

test('BOOK-6 the log is trimmed behind the slowest, and publishers wait for it if they are told to', () => {
  const text = 'x'.repeat(1000)
  sh(`fcs topic publish h x ${text} --segment 50000 > first; fcs topic tail h --name slow > read`)
  const fill = () => sh(`yes ${text} | head -n 400 | fcs topic publish h x --lines --backlog 262144 --timeout 50ms > ids; wc -l < ids`)
  sh(`yes ${text} | head -n 300 | fcs topic publish h x --lines > ids`)
  const refused = fill()
  assert.match(refused.error, /^fcs: ETIMEDOUT/)
  assert.is(sh(`fcs topic publish h x more --backlog 262144 --timeout 10ms`).status, 75)
  assert.is(sh('fcs topic trim h --count 10').out, '0\n')
  assert.is(sh("fcs topic take h packers '>' --from end").status, 3)
  sh('fcs topic tail h --name slow > read')
  const { parts } = rows(sh('fcs topic trim h --count 10 --json').out)[0]
  assert.ok(parts >= 4, `${parts}`)
  const gone = sh('fcs topic tail h --from $(cat first)')
  assert.equal([gone.status, gone.error.split('\n')[1]], [1, 'hint: no message has this id, or it was removed; --from start begins with the oldest'])
  assert.is(sh('fcs topic trim h --age 1h').out, '0\n')
  assert.equal([sh('fcs topic forget h packers --group').status, group('h')], [0, undefined])
  assert.is(sh('fcs topic forget h packers --group').status, 3)
})

test('BOOK-6 wrong usage ends with 2, what is no bus with 1, and nothing but publish makes one', () => {
  sh('fcs topic publish i x 1')
  const wrong: [string, RegExp][] = [
    ['topic', /fcs topic needs a verb/], ['topic tial i', /did you mean 'tail'/], ['topic publish i', /the TOPIC is missing/],
    ['topic publish i a..b x', /'a\.\.b' is no topic: a topic is words/], ["topic tail i 'a*'", /'a\*' is no pattern: .* one whole word/],
    ['topic publish i x text --lines', /read from the standard input/], ['topic publish i x y --backlog 1', /--backlog takes a whole number from 262144/],
    ['topic tail i --from 1 --since 1h', /--from and --since are two places/], ['topic tail i --after last', /--after takes an id/],
    ['topic take i', /the GROUP is missing/], ['topic take i g --deliveries 3', /for a new group, which needs its PATTERN/],
    ['topic take i g x --reject 0', /--reject takes a whole number from 1 to 255/], ['topic take i g x --', /the command behind -- is missing/],
    ['topic dead i g --revive --discard', /exclude each other/], ['topic trim i', /needs --count, --bytes or --age/],
    ['topic trim i --count 1 --read-by me', /--read-by is all, living or nobody, not 'me'/],
  ]
  for (const [args, words] of wrong) {
    const { status, error } = sh(`fcs ${args} < /dev/null`)
    assert.is(status, 2, `${args}: ${error}`)
    assert.match(error, words)
  }
  for (const args of ['tail j', 'take j g x', 'ls j', 'dead j g', 'forget j x', 'trim j --count 1']) {
    const { status, error } = sh(`fcs topic ${args}`)
    assert.equal([status, /^fcs: ENOENT: .*'j'\nhint: this is not a bus of topics; fcs topic publish makes one/.test(error)], [1, true], args)
  }
  assert.not(existsSync(`${folder}/j`))
  // see that other folders stay what they are
  mkdirSync(`${folder}/k`)
  writeFileSync(`${folder}/k/letter`, '')
  assert.match(sh('fcs topic publish k x 1').error, /ENOTEMPTY.*\nhint: a new bus needs a folder of its own/)
  assert.match(sh('fcs topic take i g').error, /ENOENT.*\nhint: there is no such group; join it with a pattern/)
  assert.match(sh("fcs topic take i g x -n 1; fcs topic take i g 'y.>'").error, /EINVAL.*\nhint: the group hears x, at most 5 times/)
  for (const path of ['i', 'i/log']) assert.match(sh(`fcs tail ${path}`).error, /ENOENT.*\nhint: this is a bus of topics; fcs topic tail reads it/)
  if (process.getuid!() === 0) {
    assert.is(sh('runuser -u nobody -- fcs topic tail i').out, '1\n')
    assert.match(sh('runuser -u nobody -- fcs topic publish i x 2').error, /EACCES/)
  }
  assert.is(readFileSync(`${folder}/k/letter`, 'utf8'), '')
})

test.run()
