// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type Observer, type SystemError } from '../foundations/kernel.ts'
import { StreamingWrite } from './streaming-write.ts'

const home = fs.mkdtempSync(`${tmpdir()}/streaming-write-`)
test.after(() => fs.rmSync(home, { recursive: true }))
let boxes = 0
const box = () => {
  const folder = `${home}/${boxes++}`
  fs.mkdirSync(folder)
  return { folder, path: `${folder}/concert` }
}

function during<Result>(observer: Observer, action: () => Result): Result {
  const remove = tap(observer)
  try {
    return action()
  } finally {
    remove()
  }
}

const thrown = (action: () => unknown): SystemError => {
  try {
    action()
  } catch (error) {
    return error as SystemError
  }
  throw new Error('nothing was thrown')
}

test('IO-11 no more is at stake than the limit and one piece, and durable is what the disk was told', () => {
  const { path, folder } = box()
  const [limit, piece] = [64 * 1024, 5000]
  let [written, told, mostAtStake] = [0, 0, 0]
  const disk: Observer = (syscall, _args, proceed) => {
    const result = proceed()
    if (/^p?write$/.test(syscall)) written += result
    if (syscall === 'fdatasync') told = written
    mostAtStake = Math.max(mostAtStake, written - told)
    return result
  }
  const heard: number[] = []
  const stream = new StreamingWrite(path,
    { syncBytes: limit, syncMs: Infinity, onDurable: bytes => heard.push(bytes) })
  during(disk, () => {
    for (let i = 0; i < 200; i++) {
      stream.write(Buffer.alloc(piece, i))
      assert.is(stream.durable, told)
    }
    stream.finish()
  })
  assert.is(told, 200 * piece)
  assert.ok(mostAtStake >= limit && mostAtStake < limit + piece, `${mostAtStake} bytes at stake`)
  assert.equal(heard, [...Array.from({ length: 14 }, (_, i) => (i + 1) * 14 * piece), 200 * piece])
  assert.equal(fs.readFileSync(path), Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.alloc(piece, i))))
  assert.equal(fs.readdirSync(folder), ['concert'])
})

test('IO-11 a slow writer is synced by the clock, and the clock does not keep the process alive', async () => {
  const { path } = box()
  const stream = new StreamingWrite(path, { syncMs: 30 })
  stream.write(Buffer.from('one note'))
  assert.is(stream.durable, 0)
  const start = performance.now()
  while (stream.durable === 0 && performance.now() - start < 5000) await sleep(5)
  assert.is(stream.durable, 8)
  stream.abort()
  const url = JSON.stringify(new URL('./streaming-write.ts', import.meta.url).href)
  const script = `const { StreamingWrite } = await import(${url})
    new StreamingWrite(${JSON.stringify(path)}, { syncMs: 3600_000 }).write(Buffer.from('x'))`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script])
  const [status] = await once(child, 'exit')
  assert.is(status, 0)
})

test('IO-11 the first sync makes the part findable, and the name comes after the last byte', () => {
  const { path } = box()
  const calls: string[] = []
  during((syscall, _args, proceed) => {
    if (/^(p?write|f(data)?sync|rename)$/.test(syscall)) calls.push(syscall)
    return proceed()
  }, () => {
    const stream = new StreamingWrite(path, { syncBytes: 4 })
    stream.write(Buffer.from('four'))
    stream.write(Buffer.from('more'))
    stream.write(Buffer.from('end'))
    stream.finish()
  })
  assert.equal(calls, ['pwrite', 'fdatasync', 'fsync', 'pwrite', 'fdatasync', 'pwrite', 'fdatasync', 'rename', 'fsync'])
})

test('IO-11 until finish the target is the old file, and abort leaves no trace', () => {
  const { path, folder } = box()
  fs.writeFileSync(path, 'last year')
  const stream = new StreamingWrite(path, { syncBytes: 1 })
  stream.write(Buffer.from('this year'))
  assert.is(fs.readFileSync(path, 'utf8'), 'last year')
  stream.abort()
  assert.equal(fs.readdirSync(folder), ['concert'])
  assert.equal([thrown(() => stream.write(Buffer.from('x'))).code, thrown(() => stream.finish()).code], ['EBADF', 'EBADF'])
  stream.abort()
  assert.is(fs.readFileSync(path, 'utf8'), 'last year')
})

test('IO-11 the part of a killed writer is free at once and is taken up at any byte', async () => {
  const { path, folder } = box()
  const url = JSON.stringify(new URL('./streaming-write.ts', import.meta.url).href)
  const script = `const { StreamingWrite } = await import(${url})
    const stream = new StreamingWrite(${JSON.stringify(path)})
    stream.write(Buffer.from('the first movement, and'))
    process.stdout.write('playing')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const refused = thrown(() => new StreamingWrite(path))
  assert.equal([refused.code, refused.path, refused.hint], ['EAGAIN', `${path}.part`, 'another program is writing it'])
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.is(fs.readFileSync(`${path}.part`, 'utf8'), 'the first movement, and')
  const tooFar = thrown(() => new StreamingWrite(path, { resumeAt: 24 }))
  assert.equal([tooFar.code, tooFar.hint], ['EINVAL', 'resumeAt is 24, and the part has 23 bytes'])
  const stream = new StreamingWrite(path, { resumeAt: 18 })
  stream.write(Buffer.from('; the second'))
  assert.is(stream.leave(), 30)
  new StreamingWrite(path, { resumeAt: 30 }).finish()
  assert.is(fs.readFileSync(path, 'utf8'), 'the first movement; the second')
  assert.equal(fs.readdirSync(folder), ['concert'])
})

for (const [code, answer] of Object.entries({ EIO: -5, ENOSPC: -28 })) {
  test(`IO-11 ${code} in any call ends the stream, is not tried again, and the target is the old file or the whole new one`, () => {
    let lived = false
    for (let step = 0; !lived; step++) {
      const { path } = box()
      fs.writeFileSync(path, 'old')
      let [calls, failed] = [0, '']
      const error = during((syscall, _args, proceed) => {
        if (calls++ !== step || syscall === 'close') return proceed()
        failed = syscall
        return answer
      }, () => attempt(path))
      lived = calls <= step
      const target = fs.readFileSync(path, 'utf8')
      const isNamed = /has its name/.test(error?.hint ?? '')
      assert.is(target, failed === '' || isNamed ? 'one two three' : 'old', `${failed} at call ${step}`)
      if (failed !== '') assert.is(error?.code, code, `${failed} at call ${step}`)
    }
  })
}

function attempt(path: string): SystemError | undefined {
  let syncs = 0
  const count = tap((syscall, _args, proceed) => {
    if (/sync$/.test(syscall)) syncs++
    return proceed()
  })
  try {
    const stream = new StreamingWrite(path, { syncBytes: 5 })
    try {
      for (const word of ['one ', 'two ', 'three']) stream.write(Buffer.from(word))
      stream.finish()
      return undefined
    } catch (error) {
      const before = syncs
      assert.is(thrown(() => stream.write(Buffer.from('more'))), error)
      assert.is(thrown(() => stream.finish()), error)
      assert.is(syncs, before, 'a failed sync is not repeated')
      return error as SystemError
    }
  } catch (error) {
    return error as SystemError
  } finally {
    count()
  }
}

test('IO-11 short writes and interruptions lose and double nothing', () => {
  const { path } = box()
  let calls = 0
  during((syscall, args, proceed) => {
    if (syscall !== 'pwrite') return proceed()
    if (calls++ % 3 === 0) return -4
    return (args[2] as number) > 1 ? fs.writeSync(args[0] as number, args[1] as Uint8Array, 0, 1, args[3] as number) : proceed()
  }, () => {
    const stream = new StreamingWrite(path)
    stream.write(Buffer.from('note by '))
    stream.write(Buffer.from('note'))
    stream.finish()
  })
  assert.is(fs.readFileSync(path, 'utf8'), 'note by note')
})

test('intervals that mean nothing are refused before a part is made', () => {
  const { path, folder } = box()
  for (const options of [{ syncBytes: 0 }, { syncMs: -1 }, { syncMs: NaN }]) {
    assert.is(thrown(() => new StreamingWrite(path, options)).code, 'ERR_OUT_OF_RANGE')
  }
  assert.equal(fs.readdirSync(folder), [])
})

test.run()
