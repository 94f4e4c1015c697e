// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bind, pathText, SystemError, tap } from './kernel.ts'

const openCall = bind('int open(const char *path, int flags, mode_t mode)')
const closeCall = bind('int close(int fd)', { retry: false })
const renameCall = bind('int rename(const char *source, const char *target)')
const truncateCall = bind('int truncate(const char *path, off_t length)')

function errorOf(action: () => unknown): NodeJS.ErrnoException & { dest?: string } {
  try {
    action()
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
  throw new Error('nothing was thrown')
}

test('FILES-22 a refused call throws what Node throws, in code, errno, path and words', () => {
  const pairs: [() => unknown, () => unknown][] = [
    [() => openCall('/no/such', 0, 0), () => fs.openSync('/no/such', 'r')],
    [() => openCall('/proc/self/status/x', 0, 0), () => fs.openSync('/proc/self/status/x', 'r')],
    [() => renameCall('/no', '/dest'), () => fs.renameSync('/no', '/dest')],
    [() => closeCall(99_999), () => fs.closeSync(99_999)],
  ]
  for (const [ours, theirs] of pairs) {
    const [a, b] = [errorOf(ours), errorOf(theirs)]
    assert.instance(a, SystemError)
    for (const key of ['message', 'code', 'errno', 'syscall', 'path', 'dest'] as const) {
      assert.is(a[key], b[key])
    }
  }
})

test('an error that Node has no words for is told in the words of the C library', () => {
  const stop = tap(() => -122)
  const error = errorOf(() => openCall('/x', 0, 0))
  stop()
  assert.is(error.message, "EDQUOT: disk quota exceeded, open '/x'")
  assert.is(new SystemError('EUCLEAN', 'read').message, 'EUCLEAN: structure needs cleaning, read')
  assert.is(new SystemError(-4000, 'read').code, 'E4000')
  assert.throws(() => new SystemError('ENOSUCH', 'read'), /no error is called 'ENOSUCH'/)
})

test('a number that would arrive as another number is refused before the call', () => {
  const seen: string[] = []
  const stop = tap((syscall) => { seen.push(syscall); return 0 })
  for (const fd of [2 ** 31, 2 ** 32, -(2 ** 31) - 1, 1.5, NaN, '1', 1n, null, undefined]) {
    assert.is(errorOf(() => closeCall(fd as number)).code, 'ERR_OUT_OF_RANGE', String(fd))
  }
  assert.is(errorOf(() => openCall('/x', 0, -1)).code, 'ERR_OUT_OF_RANGE')
  assert.is(errorOf(() => truncateCall('/x', 2 ** 53)).code, 'ERR_OUT_OF_RANGE')
  const closeNothing = closeCall as unknown as () => void
  assert.match(errorOf(closeNothing).message, 'close takes 1 arguments, not 0')
  stop()
  assert.equal(seen, [])
})

test('a path with a NUL in it is refused, in text and in bytes', () => {
  for (const path of ['a\0b', Buffer.from('a\0b')]) {
    const error = errorOf(() => openCall(path, 0, 0))
    assert.is(error.code, 'ERR_INVALID_ARG_VALUE')
    assert.match(error.message, 'a\\x00b')
  }
  assert.is(errorOf(() => openCall(3 as never, 0, 0)).code, 'ERR_INVALID_ARG_TYPE')
})

test('a path of bytes that are no text arrives unchanged and is shown escaped', () => {
  const text = Buffer.from(`${tmpdir()}/kernel-test-${process.pid}-`)
  const path = Buffer.concat([text, Buffer.of(0xff, 0xfe)])
  assert.match(pathText(path), /-\\xff\\xfe$/)
  assert.is(errorOf(() => openCall(path, 0, 0)).path, pathText(path))
  fs.writeFileSync(path, 'bytes')
  const fd = openCall(path, 0, 0)
  assert.is(fs.readFileSync(fd, 'utf8'), 'bytes')
  closeCall(fd)
  fs.unlinkSync(path)
})

test('a call that a signal interrupted is made again, and close is not', () => {
  const calls: string[] = []
  const stop = tap((syscall, _args, proceed) => {
    calls.push(syscall)
    return calls.length % 3 === 0 ? proceed() : -4
  })
  const fd = openCall('/dev/null', 0, 0)
  assert.equal(calls, ['open', 'open', 'open'])
  assert.is(errorOf(() => closeCall(fd)).code, 'EINTR')
  assert.equal(calls.slice(3), ['close'])
  stop()
  closeCall(fd)
})

test('a call that the C library has no function for goes by its number', () => {
  const getpid = bind('int a_name_of_ours(void)', { number: process.arch === 'x64' ? 39 : 172 })
  assert.is(getpid(), process.pid)
  const setup = bind('int io_uring_setup(int entries, void *params)', { number: 425 })
  assert.throws(() => setup(0, Buffer.alloc(120)), /^E[A-Z]+: [a-z ]+, io_uring_setup$/)
})

test('observers see each call, the last one first, until they are taken out', () => {
  const seen: string[] = []
  const watch = (who: string) => tap((syscall, args, proceed) => {
    const result = proceed()
    seen.push(`${who}: ${syscall} ${String(args[0])} = ${result}`)
    return result
  })
  const [stopFirst, stopLast] = [watch('first'), watch('last')]
  assert.throws(() => openCall('/no/such', 0, 0), /ENOENT/)
  stopLast()
  assert.throws(() => openCall('/no/such', 0, 0), /ENOENT/)
  stopFirst()
  assert.throws(() => openCall('/no/such', 0, 0), /ENOENT/)
  assert.equal(seen, ['first', 'last', 'first'].map(who => `${who}: open /no/such = -2`))
})

test('a prototype that cannot be kept is refused when it is bound, a missing function when it is called', () => {
  assert.throws(() => bind('getpid'), /bind takes a C prototype, not 'getpid'/)
  assert.throws(() => bind('int dup(long double fd)'), /bind knows no C type 'long double'/)
  const missing = bind('int no_such_function(int fd)')
  for (let i = 0; i < 2; i++) assert.throws(() => missing(0), /no_such_function/)
})

test('on another platform no call is made, and the error says where it runs', () => {
  const script = `await import('koffi')
    Object.defineProperty(process, 'platform', { value: 'sunos' })
    const { bind } = await import(${JSON.stringify(new URL('./kernel.ts', import.meta.url).href)})
    bind('int rmdir(const char *path)')(process.argv[1])`
  const folder = fs.mkdtempSync(`${tmpdir()}/kernel-`)
  const child = spawnSync(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script, folder], { encoding: 'utf8' })
  assert.is(child.status, 1)
  assert.match(child.stderr, `directly, and this is sunos on ${process.arch}`)
  fs.rmdirSync(folder)
})

test.run()
