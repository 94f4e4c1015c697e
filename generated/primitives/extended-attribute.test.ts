// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_RDONLY, O_RDWR } from '../foundations/file.ts'
import { mkfifo } from '../foundations/name.ts'
import { probe } from '../foundations/taxonomy.ts'
import { Attributes, ENDS } from './extended-attribute.ts'
import { IN_ATTRIB, Inotify } from './inotify.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/extended-attribute-test-`)
fs.chmodSync(folder, 0o755)
test.after(() => fs.rmSync(folder, { recursive: true }))
let count = 0
const fresh = () => `${folder}/${count++}`
const file = (path = fresh()) => open(path, O_RDWR | O_CREAT)
const here = (name: string) => String(new URL(name, import.meta.url))
const script = (body: string) => [...process.execArgv, '--input-type=module', '--eval', `
  import { open } from '${here('../foundations/file.ts')}'
  import { Attributes } from '${here('./extended-attribute.ts')}'
  ${body}`]

test('BOOK-3 an attribute is there for every name and every open file of the inode', () => {
  const path = fresh()
  const first = file(path)
  const tags = new Attributes(first)
  tags.set('user.tag', Buffer.of(1, 0, 255))
  fs.linkSync(path, `${path}-link`)
  fs.renameSync(path, `${path}-renamed`)
  for (const other of [open(`${path}-link`), open(`${path}-renamed`)]) {
    assert.equal(new Attributes(other).get('user.tag'), Buffer.of(1, 0, 255))
    assert.equal(new Attributes(other).names().filter(name => name.startsWith('user.')), ['user.tag'])
    other.close()
  }
  const child = spawnSync(process.execPath,
    script(`console.log(new Attributes(open('${path}-link')).get('user.tag').length)`))
  assert.is(String(child.stdout).trim(), '3')
  first.close()
})

test('BOOK-3 create, replace and remove say whether it was there, and change nothing otherwise', () => {
  const opened = file()
  const tags = new Attributes(opened)
  assert.equal([tags.replace('user.a', '1'), tags.remove('user.a'), tags.get('user.a')],
    [false, false, null])
  assert.equal([tags.create('user.a', '1'), tags.create('user.a', '2')], [true, false])
  assert.is(String(tags.get('user.a')), '1')
  assert.is(tags.replace('user.a', ''), true)
  assert.equal(tags.get('user.a'), Buffer.alloc(0))
  assert.equal([tags.remove('user.a'), tags.remove('user.a'), tags.get('user.a')], [true, false, null])
  opened.close()
})

async function contest(path: string, act: string): Promise<number> {
  const contenders = [0, 1, 2].map(() => spawn(process.execPath, script(`
    import { tap } from '${here('../foundations/kernel.ts')}'
    const [tags, clock] = [new Attributes(open('${path}')), new Int32Array(new SharedArrayBuffer(4))]
    tap((syscall, _args, proceed) => {
      if (/^f(set|remove)xattr$/.test(syscall)) Atomics.wait(clock, 0, 0, 2)
      return proceed()
    })
    process.stdin.once('data', () => {
      let won = 0
      for (let i = 0; i < 40; i++) if (tags.${act}('user.' + i)) won++
      console.log(won)
      process.exit()
    })
    console.log('ready')`), { stdio: ['pipe', 'pipe', 'inherit'] }))
  await Promise.all(contenders.map(({ stdout }) => once(stdout!, 'data')))
  const won = contenders.map(({ stdout }) => once(stdout!, 'data'))
  for (const { stdin } of contenders) stdin!.write('go')
  return (await Promise.all(won)).reduce((sum, [each]) => sum + Number(each), 0)
}

test('BOOK-3 of three processes that create or remove a name at once, one is told true', async () => {
  const path = fresh()
  const opened = file(path)
  assert.is(await contest(path, 'create'), 40)
  assert.is(new Attributes(opened).names().filter(name => /^user\.\d/.test(name)).length, 40)
  assert.is(await contest(path, 'remove'), 40)
  assert.is(new Attributes(opened).names().filter(name => /^user\.\d/.test(name)).length, 0)
  opened.close()
})

test('BOOK-3 a value is replaced whole, while another process reads it', async () => {
  const path = fresh()
  const opened = file(path)
  const tags = new Attributes(opened)
  tags.set('user.page', Buffer.alloc(3000, 'a'))
  const reader = spawn(process.execPath, script(`
    const tags = new Attributes(open('${path}'))
    const seen = new Set()
    console.log('ready')
    for (let i = 0; i < 1500 && seen.size < 3; i++) {
      const value = tags.get('user.page')
      seen.add(value.every(byte => byte === value[0]) && value.length === 3000 ? value[0] : 'torn')
    }
    console.log([...seen].join(' '))`), { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(reader.stdout!, 'data')
  const said = once(reader.stdout!, 'data')
  let isOver = false
  reader.on('exit', () => { isOver = true })
  while (!isOver) {
    for (let i = 0; i < 200; i++) tags.replace('user.page', Buffer.alloc(3000, i % 2 ? 'a' : 'b'))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.not.match(String(await said), /torn/)
  opened.close()
})

test('BOOK-3 two attributes change in two steps, and a reader can stand between them', () => {
  const path = fresh()
  const opened = file(path)
  const tags = new Attributes(opened)
  for (const name of ['user.width', 'user.height']) tags.set(name, '100')
  tags.replace('user.width', '50')
  const { stdout } = spawnSync(process.execPath, script(`
    const tags = new Attributes(open('${path}'))
    console.log(['user.width', 'user.height'].map(name => String(tags.get(name))).join(' by '))`))
  assert.is(String(stdout).trim(), '50 by 100')
  tags.replace('user.height', '50')
  opened.close()
})

test('BOOK-3 who saves by renaming loses the attributes, and a change moves ctime only', async () => {
  const path = fresh()
  const opened = file(path)
  const before = opened.stat()
  // The clock of a filesystem may be coarse: until it has moved, once more.
  do new Attributes(opened).set('user.tag', 'old'); while (opened.stat().ctimeNs === before.ctimeNs)
  assert.is(opened.stat().mtimeNs, before.mtimeNs)
  fs.writeFileSync(`${path}.new`, 'saved')
  fs.renameSync(`${path}.new`, path)
  const saved = open(path)
  assert.is(new Attributes(saved).get('user.tag'), null)
  assert.is(String(new Attributes(opened).get('user.tag')), 'old')
  saved.close()
  opened.close()
})

test('BOOK-3 a change wakes who watches the file, and the value is there by then', async () => {
  const path = fresh()
  const [opened, watcher] = [file(path), new Inotify()]
  watcher.add(path, IN_ATTRIB)
  const woken = watcher.wait({ timeoutMs: 5000 })
  spawn(process.execPath, script(`new Attributes(open('${path}')).set('user.note', 'hello')`))
  await woken
  assert.is(watcher.take()[0]?.mask, IN_ATTRIB)
  assert.is(String(new Attributes(opened).get('user.note')), 'hello')
  watcher.close()
  opened.close()
})

test('BOOK-3 what counts is leave to write the file, not how it is open', () => {
  const path = fresh()
  file(path).close()
  const reader = open(path, O_RDONLY)
  assert.is(new Attributes(reader).create('user.by-a-reader'), true)
  fs.chmodSync(path, 0o644)
  const { stdout } = spawnSync(process.execPath, script(`
    const tags = new Attributes(open('${path}'))
    process.setuid(65534)
    try { tags.set('user.mine', '') } catch (error) { console.log(error.code, tags.names().length) }`))
  assert.match(String(stdout), /^EACCES \d/)
  reader.close()
})

const kinds: Record<number, string> = {
  0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x01021994: 'tmpfs', 0x794c7630: 'overlayfs',
}
const kind = kinds[fs.statfsSync(folder).type] ?? 'another'
const codeOf = (call: () => unknown) => {
  try {
    call()
  } catch (error) {
    return (error as { code: string }).code
  }
  return null
}

function largest(): { size: number, code: string | null } {
  const [opened, path] = [file(), `${folder}/${count - 1}`]
  const tags = new Attributes(opened)
  const refusal = (size: number) => {
    const code = codeOf(() => tags.set('user.n', Buffer.alloc(size)))
    tags.remove('user.n')
    return code
  }
  let [fits, fails] = [0, 70_000]
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1
    if (refusal(middle) === null) fits = middle
    else fails = middle
  }
  const code = refusal(fails)
  opened.close()
  fs.unlinkSync(path)
  return { size: fits, code }
}

test('BOOK-3 what fits is decided by the filesystem, and the refusal says so', () => {
  const { size, code } = largest()
  const opened = file()
  const tags = new Attributes(opened)
  let names = 0
  while (names < 500 && codeOf(() => tags.set(`user.${names}`, Buffer.alloc(100))) === null) names++
  opened.close()
  if (kind === 'ext4') {
    assert.ok(size > 900 && size < 4096 && code === 'ENOSPC', `${size} ${code}`)
    assert.ok(names >= 5 && names < 60, `${names} names`)
  } else if (kind === 'btrfs') {
    assert.ok(size > 3900 && size < 65_536 && code === 'ENOSPC', `${size} ${code}`)
    assert.is(names, 500)
  } else if (kind !== 'another') {
    assert.ok(size === 65_536 && code === 'E2BIG' || kind === 'overlayfs', `${size} ${code}`)
    assert.ok(names === 500 || kind === 'overlayfs', `${names} names`)
  }
})

test('BOOK-3 names, kinds and sizes that cannot be are refused with a hint', () => {
  const opened = file()
  const tags = new Attributes(opened)
  const hint = (pattern: RegExp) => (error: Error & { hint?: string }) =>
    pattern.test(error.message) && error.hint !== undefined
  assert.throws(() => tags.set('tag', ''), hint(/ENOTSUP: .*fsetxattr 'tag'/))
  assert.throws(() => tags.get('tag'), hint(/ENOTSUP/))
  assert.throws(() => tags.set(`user.${'n'.repeat(251)}`, ''), hint(/ERANGE/))
  assert.is(tags.create(`user.${'n'.repeat(250)}`), true)
  assert.throws(() => tags.set('user.n', Buffer.alloc(65_537)), hint(/E2BIG/))
  const path = fresh()
  mkfifo(path)
  const fifo = open(path, O_RDWR)
  assert.throws(() => new Attributes(fifo).set('user.n', ''), hint(/EPERM/))
  for (const each of [fifo, opened]) each.close()
  assert.throws(() => tags.get('user.n'), /EBADF/)
})

test('BOOK-1 the five questions, asked of an attribute', async () => {
  assert.equal(await probe(ENDS[0]!), { lasts: true, found: 'by its name', alone: 'kept',
    readers: 'both', writers: 'apart' })
})

test.run()
