// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_NONBLOCK, O_RDONLY, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { tap } from '../foundations/kernel.ts'
import { probe } from '../foundations/taxonomy.ts'
import { ENDS, Lease, takeLease, type LeaseKind } from './lease.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/lease-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
let [count, path] = [0, '']
let [file, reader] = [null, null] as unknown as OpenFile[]
test.before.each(() => {
  fs.writeFileSync(path = `${folder}/${count++}`, 'old')
  ;[file, reader] = [open(path, O_RDWR), null as unknown as OpenFile]
})
test.after.each(() => [file, reader].forEach(each => each?.close()))

const sh = (script: string) => new Promise<string>(resolve =>
  execFile('sh', ['-c', script, 'sh', path], (_error, said) => resolve(said.trim())))
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const start = (script: string) => [process.execPath,
  [...process.execArgv, '--input-type=module', '--eval', `
    import { open, O_RDONLY, O_RDWR } from '${new URL('../foundations/file.ts', import.meta.url)}'
    import { takeLease } from '${new URL('./lease.ts', import.meta.url)}'
    ${script}`]] as const

/** Takes a lease and resolves to who comes first, with the lease still held. */
function asked(on: OpenFile, kind: LeaseKind): Promise<[string, Lease]> {
  return new Promise(resolve => {
    assert.ok(takeLease(on, kind, (lease, comes) => resolve([comes, lease])))
  })
}

test('BOOK-3 a reader who knows of no lease gets what was written while it stood in open', async () => {
  const coming = asked(file!, 'exclusive')
  const said = sh('cat "$1"')
  const [comes, lease] = await coming
  file!.writeAll(Buffer.from('new'), 0)
  assert.is(await Promise.race([said, sleep(50).then(() => 'waits')]), 'waits')
  assert.equal([lease.release(), lease.release()], [true, false])
  assert.equal([comes, await said], ['reader', 'new'])
})

test('BOOK-3 under a shared lease readers come and go, and a writer waits', async () => {
  file!.close()
  reader = open(path, O_RDONLY)
  let askers = 0
  const coming = new Promise<Lease>(resolve => {
    takeLease(reader!, 'shared', (lease, comes) => {
      askers++
      assert.is(comes, 'writer')
      resolve(lease)
    })
  })
  assert.is(await sh('cat "$1"'), 'old')
  assert.is(askers, 0)
  const said = sh('echo newer > "$1"; echo written')
  const lease = await coming
  assert.is(fs.readFileSync(reader.fd, 'utf8'), 'old')
  lease.release()
  assert.equal([await said, fs.readFileSync(path, 'utf8'), askers], ['written', 'newer\n', 1])
})

test('BOOK-3 who will not wait is told EAGAIN, and the holder is told of him', async () => {
  const coming = asked(file!, 'exclusive')
  assert.throws(() => open(path, O_RDWR | O_NONBLOCK), /^EAGAIN/)
  const [comes, lease] = await coming
  assert.is(comes, 'writer')
  assert.is(lease.state, null)
  lease.release()
  open(path, O_RDWR | O_NONBLOCK).close()
})

test('BOOK-3 where others have the file open there is no lease', () => {
  reader = open(path, O_RDONLY)
  assert.is(takeLease(file!, 'exclusive', () => {}), null, 'a reader is there')
  assert.is(takeLease(reader, 'shared', () => {}), null, 'a writer is there')
  file!.close()
  const [first, other] = [takeLease(reader, 'shared', () => {}), open(path, O_RDONLY)]
  const second = takeLease(other, 'shared', () => {})
  assert.equal([first!.state, second!.state], ['shared', 'shared'])
  for (const lease of [first, second]) lease!.release()
  other.close()
})

test('BOOK-3 what cannot be leased is refused, and nothing keeps the process alive', () => {
  assert.throws(() => takeLease(open(folder), 'shared', () => {}), /^EINVAL: .*, fcntl/)
  assert.throws(() => takeLease(open('/dev/null', O_RDWR), 'exclusive', () => {}), /^EINVAL/)
  fs.chmodSync(path, 0o666)
  fs.chmodSync(folder, 0o755)
  const [command, args] = start(`
    const file = open('${path}', O_RDWR)
    process.setuid?.(65534)
    try { takeLease(file, 'exclusive', () => {}) } catch (error) { console.log(error.code) }`)
  file!.close()
  if (process.getuid!() === 0) {
    assert.is(execFileSync(command, args, { encoding: 'utf8', timeout: 10_000 }), 'EACCES\n')
  }
})

test('BOOK-3 when the holder is killed the next one is let in', async () => {
  file!.close()
  const [command, args] = start(`import { writeSync } from 'node:fs'
    takeLease(open('${path}', O_RDWR), 'exclusive', () => writeSync(1, 'asked'))
    writeSync(1, 'held')`)
  const holder = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  assert.is(String(await once(holder.stdout!, 'data')), 'held')
  const said = sh('cat "$1"')
  assert.is(String(await once(holder.stdout!, 'data')), 'asked')
  const begin = performance.now()
  holder.kill('SIGKILL')
  assert.is(await said, 'old')
  assert.ok(performance.now() - begin < 20_000, 'and not after 45 seconds')
})

test('BOOK-3 a holder that does not answer loses its lease when the time is up, and is told', async () => {
  const knob = '/proc/sys/fs/lease-break-time'
  const usual = fs.readFileSync(knob, 'utf8').replace(/^1$/m, '45')   // or another run is in the middle of this
  try { fs.accessSync(knob, fs.constants.W_OK) } catch { return assert.is.not(process.getuid!(), 0) }
  const coming = asked(file!, 'exclusive')
  fs.writeFileSync(knob, '1')
  try {
    const said = sh('echo written > "$1" && echo done')
    const [, lease] = await coming
    assert.is(await said, 'done')
    assert.is(lease.release(), false)
  } finally {
    fs.writeFileSync(knob, usual)
  }
})

for (const room of [100, 0]) {
  test(`BOOK-3 three leases are each told of their own break, with room for ${room} signals`, () => {
    file!.close()
    for (const letter of 'abc') fs.writeFileSync(`${path}${letter}`, '')
    const [command, args] = start(`import { execFile } from 'node:child_process'
      const said = []
      for (const letter of 'abc') takeLease(open('${path}' + letter, O_RDWR), 'exclusive', lease => {
        said.push(letter)
        lease.release()
      })
      for (const letter of 'cab') await new Promise(resolve => execFile('cat', ['${path}' + letter], resolve))
      console.log(said.join(''))`)
    const prlimit = ['prlimit', `--sigpending=${room}`, command, ...args]
    const said = execFileSync(prlimit[0]!, prlimit.slice(1), { encoding: 'utf8', timeout: 20_000 })
    assert.is(said, 'cab\n')   // and it has ended, since no lease is held
  })
}

test('BOOK-3 a program that is started inherits no blocked signal, and no lease is left by closing', async () => {
  const lease = takeLease(file!, 'exclusive', () => {})!
  assert.is(await sh('grep SigBlk /proc/self/status'), 'SigBlk:\t0000000000000000')
  file!.close()
  assert.is(await sh('cat "$1"'), 'old')
  assert.is(lease.release(), false)
})

test('BOOK-3 the signal goes to this thread before the lease is there', () => {
  const calls: unknown[] = []
  const stop = tap((syscall, [, command], proceed) => {
    if (syscall === 'fcntl') calls.push(command)
    return proceed()
  })
  takeLease(file!, 'exclusive', () => {})!.release()
  stop()
  const [F_SETSIG, F_SETOWN_EX, F_SETLEASE] = [10, 15, 1024]
  assert.equal(calls.filter(each => each !== 1030), [F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_SETLEASE])
})

test('BOOK-1 the five questions, asked of both leases', async () => {
  const [shared, exclusive] = [await probe(ENDS[0]!), await probe(ENDS[1]!)]
  assert.equal(shared, { lasts: false, found: 'by its name', alone: 'lost',
    readers: 'both', writers: 'merged' })
  assert.equal(exclusive, { ...shared, readers: 'only one' })
})

test.run()
