// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pipe } from '../foundations/wait.ts'
import { start } from './message-bus-command-start.ts'

/** What a command writes to its descriptor 1, and how it ended. */
async function run(command: string[], { env = {}, more = [] as number[] } = {}) {
  const { reader, writer } = pipe()
  const { ended } = start(command, [0, writer.fd, 2, ...more], env)
  writer.close()
  const out = reader.readAll().toString()
  reader.close()
  return { out, status: await ended }
}

test('BOOK-6 a command ends as it ends, and one that a signal ended with 128 and its number', async () => {
  assert.equal(await run(['sh', '-c', 'echo "$1 $FCS_MESSAGE"; exit 7', 'sh', 'ä b'], { env: { FCS_MESSAGE: 'm' } }),
    { out: 'ä b m\n', status: 7 })
  assert.equal(await run(['sh', '-c', 'kill -9 $$']), { out: '', status: 137 })
  const { pid, ended } = start(['sleep', '60'], [0, 1, 2])
  process.kill(pid, 'SIGTERM')
  assert.is(await ended, 143)
  assert.throws(() => process.kill(pid, 0), /ESRCH/)   // it was collected
})

test('BOOK-6 what cannot be started says why, and leaves no descriptor open', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'start-'))
  const open = () => fs.readdirSync('/proc/self/fd').length
  const before = open()
  for (const [command, code] of [['no-such-program', 'ENOENT'], [folder, 'EACCES'], ['true', 'E2BIG']] as const) {
    const args = code === 'E2BIG' ? ['x'.repeat(3_000_000)] : []
    assert.throws(() => start([command, ...args], [0, 1, 2]), (error: NodeJS.ErrnoException) =>
      error.code === code && error.syscall === 'posix_spawnp' && error.path === command, command)
  }
  assert.throws(() => start(['true'], [0, 1, 2, 9999]), /EBADF/)
  assert.is(open(), before)
  fs.rmSync(folder, { recursive: true })
})

test('BOOK-6 a script that does not say whose it is belongs to the shell', async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'start-'))
  fs.writeFileSync(join(folder, 'script'), 'echo "$0 $2"\nexit 5\n', { mode: 0o755 })
  const told = await run([join(folder, 'script'), 'one', "it's $two"])
  assert.equal(told, { out: `${join(folder, 'script')} it's $two\n`, status: 5 })
  fs.rmSync(folder, { recursive: true })
})

test('BOOK-6 a command has the descriptors that it was given, in their order, and no others of ours', async () => {
  const other = pipe()
  const more = [4, 3, other.writer.fd, 4]   // Node's loop has 3 and 4
  const files = more.map(fd => fs.readlinkSync(`/proc/self/fd/${fd}`))
  const tell = 'for fd in 3 4 5 6 7 8; do readlink /proc/$$/fd/$fd || echo none; done'
  const { out } = await run(['sh', '-c', tell], { more })
  assert.is.not(files[0], files[1])
  assert.equal(out.trim().split('\n'), [...files, 'none', 'none'])
  other.reader.close()
  other.writer.close()
})

test('BOOK-6 a command whose reader has left is ended by SIGPIPE, though Node ignores it', async () => {
  assert.is((await run(['bash', '-c', 'yes | head -n 1 > /dev/null; exit ${PIPESTATUS[0]}'])).status, 141)
})

test.run()
