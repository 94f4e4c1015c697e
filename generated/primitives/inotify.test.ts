// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SystemError } from '../foundations/kernel.ts'
import * as inotify from './inotify.ts'
import { Inotify, IN_CLOSE_WRITE, IN_CREATE, IN_DELETE, IN_IGNORED, IN_ISDIR, IN_MODIFY,
  IN_MOVED_FROM, IN_MOVED_TO, IN_ONLYDIR, IN_Q_OVERFLOW } from './inotify.ts'

const root = fs.mkdtempSync(`${tmpdir()}/inotify-test-`)
const NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
let [folder, count] = ['', 0]
let watcher = new Inotify()
test.before.each(() => {
  fs.mkdirSync(folder = `${root}/${count++}`)
  watcher = new Inotify()
})
test.after.each(() => watcher.close())
test.after(() => fs.rmSync(root, { recursive: true }))

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'resolved', error => error.code)
}

test('an event names its watch, what happened and the name, in the order of happening', () => {
  const watch = watcher.add(folder, NAMES | IN_MODIFY | IN_CLOSE_WRITE)
  assert.equal(watcher.take(), [])
  fs.writeFileSync(`${folder}/ünïcode`, 'text')
  fs.mkdirSync(`${folder}/sub`)
  fs.unlinkSync(`${folder}/ünïcode`)
  assert.equal(watcher.take(), [
    { watch, mask: IN_CREATE, cookie: 0, name: 'ünïcode' },
    { watch, mask: IN_MODIFY, cookie: 0, name: 'ünïcode' },
    { watch, mask: IN_CLOSE_WRITE, cookie: 0, name: 'ünïcode' },
    { watch, mask: IN_CREATE | IN_ISDIR, cookie: 0, name: 'sub' },
    { watch, mask: IN_DELETE, cookie: 0, name: 'ünïcode' },
  ])
})

test('a name that is not UTF-8 arrives as its bytes', () => {
  watcher.add(folder, NAMES)
  const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff, 0xfe)])
  fs.writeFileSync(bytes, '')
  assert.equal(watcher.take().map(({ name }) => name), [Uint8Array.of(0xff, 0xfe)])
})

test('the two halves of a rename carry one cookie, also between two folders', () => {
  for (const name of ['a', 'b']) fs.mkdirSync(`${folder}/${name}`)
  const [a, b] = ['a', 'b'].map(name => watcher.add(`${folder}/${name}`, NAMES))
  fs.writeFileSync(`${folder}/a/old`, '')
  fs.renameSync(`${folder}/a/old`, `${folder}/b/new`)
  const [, from, to] = watcher.take()
  assert.equal([from!.watch, from!.mask, from!.name], [a, IN_MOVED_FROM, 'old'])
  assert.equal([to!.watch, to!.mask, to!.name], [b, IN_MOVED_TO, 'new'])
  assert.is.not(from!.cookie, 0)
  assert.is(from!.cookie, to!.cookie)
})

test('when the queue was full an event without a watch says so, after all that were kept', () => {
  watcher.add(folder, NAMES)
  const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  for (let i = 0; i < limit / 2 + 10; i++) {
    fs.linkSync(`${root}/anchor`, `${folder}/x`)
    fs.unlinkSync(`${folder}/x`)
  }
  const events = watcher.take()
  assert.is(events.length, limit + 1)
  assert.equal(events.at(-1), { watch: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: null })
  fs.writeFileSync(`${folder}/after`, '')
  assert.equal(watcher.take().map(({ name }) => name), ['after'])
})
test.before(() => fs.writeFileSync(`${root}/anchor`, ''))

test('a watch ends with its folder, or when it is removed, and says so', () => {
  const [deleted, removed] = ['a', 'b'].map(name => {
    fs.mkdirSync(`${folder}/${name}`)
    return watcher.add(`${folder}/${name}`, NAMES)
  })
  fs.rmdirSync(`${folder}/a`)
  watcher.remove(removed!)
  assert.equal(watcher.take().map(({ watch, mask, name }) => [watch, mask, name]),
    [[deleted, IN_IGNORED, null], [removed, IN_IGNORED, null]])
  assert.throws(() => watcher.remove(removed!), /^EINVAL: .*, inotify_rm_watch/)
})

test('waiting ends when something happens, and a listener is called each time', async () => {
  watcher.add(folder, NAMES)
  assert.is(await codeOf(watcher.wait({ timeoutMs: 5 })), 'ETIMEDOUT')
  setTimeout(() => fs.writeFileSync(`${folder}/a`, ''), 5)
  await watcher.wait({ timeoutMs: 5000 })
  assert.is(watcher.take().length, 1)
  const names: unknown[] = []
  await new Promise<void>(resolve => {
    const listening = watcher.listen(() => {
      names.push(...watcher.take().map(({ name }) => name))
      if (names.length < 2) return
      listening.close()
      resolve()
    })
    for (const name of ['b', 'c']) setTimeout(() => fs.writeFileSync(`${folder}/${name}`, ''), 5)
  })
  assert.equal(names, ['b', 'c'])
})

test('two instances do not share a queue', () => {
  const other = new Inotify()
  for (const each of [watcher, other]) each.add(folder, NAMES)
  fs.writeFileSync(`${folder}/a`, '')
  assert.is(watcher.take().length, 1)
  assert.is(other.take().length, 1)
  other.close()
  assert.throws(() => other.take(), /^EBADF/)
})

test('errors are the kernel\'s, and a limit is named', () => {
  fs.writeFileSync(`${folder}/file`, '')
  assert.throws(() => watcher.add(`${folder}/none`, NAMES), /^ENOENT: .*inotify_add_watch '.*none'/)
  assert.throws(() => watcher.add(`${folder}/file`, NAMES | IN_ONLYDIR), /^ENOTDIR/)
  const held: Inotify[] = []
  try {
    for (let i = 0; i < 100_000; i++) held.push(new Inotify())
    assert.unreachable('there is a limit to instances, or to open files')
  } catch (error) {
    assert.is((error as SystemError).code, 'EMFILE')
    assert.match((error as SystemError).hint!, 'fs.inotify.max_user_instances')
  } finally {
    for (const each of held) each.close()
  }
})

test('the numbers are those of the C library', () => {
  const names = Object.keys(inotify).filter(name => name.startsWith('IN_'))
  if (spawnSync('cc', ['--version']).error) return assert.ok(names.length > 20, 'there is no cc here')
  const lines = names.map(name => `printf("%s %u\\n", "${name}", (unsigned)${name});`)
  const source = `#include <stdio.h>\n#include <sys/inotify.h>\nint main() { ${lines.join('\n')} }`
  execFileSync('cc', ['-x', 'c', '-o', `${folder}/numbers`, '-'], { input: source })
  const printed = execFileSync(`${folder}/numbers`, { encoding: 'utf8' })
  for (const line of printed.trim().split('\n')) {
    const [name, number] = line.split(' ')
    assert.is(Object.entries(inotify).find(([each]) => each === name)![1], Number(number), name)
  }
})

test.run()
