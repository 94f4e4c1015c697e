// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SystemError } from '../foundations/kernel.ts'
import { readdir, walk, walkdir, type WalkedFolder } from './walk.ts'

const root = fs.mkdtempSync(`${tmpdir()}/walk-test-`)
let folder = ''
let count = 0
test.before.each(() => { folder = `${root}/${count++}`; fs.mkdirSync(folder) })
test.after(() => fs.rmSync(root, { recursive: true }))

const at = (name: string) => `${folder}/${name}`
const touch = (name: string) => fs.writeFileSync(at(name), '')
const descriptors = () => fs.readdirSync('/proc/self/fd').length
const told = ({ path, dirs, files }: WalkedFolder) => [String(path).slice(folder.length + 1), dirs, files]

function plant(links = true): void {
  for (const name of ['sub1', 'sub2', 'sub1/subsub1', 'sub1/subsub2']) fs.mkdirSync(at(name))
  for (const name of ['file1', 'file2', 'sub1/file1', 'sub1/file2', 'sub2/file']) touch(name)
  if (links) fs.symlinkSync(at('sub2'), at('sub1/link'))
}

const inSub1 = [['sub1/subsub1', [], []], ['sub1/subsub2', [], []]]
const followed = ['sub1', ['link', 'subsub1', 'subsub2'], ['file1', 'file2']]
const unfollowed = ['sub1', ['subsub1', 'subsub2'], ['file1', 'file2', 'link']]
const top = ['', ['sub1', 'sub2'], ['file1', 'file2']]
const sub2 = ['sub2', [], ['file']]

test('FILES-9 walkdir tells a tree without links in order, from above and from below', () => {
  plant(false)
  const sub1 = ['sub1', ['subsub1', 'subsub2'], ['file1', 'file2']]
  assert.equal([...walkdir(folder)].map(told), [top, sub1, ...inSub1, sub2])
  assert.equal([...walkdir(folder, { topdown: false })].map(told), [...inSub1, sub1, sub2, top])
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-9 walkdir tells every folder once, before or after those in it, in order', () => {
  plant()
  const link = ['sub1/link', [], ['file']]
  const all = (options: object) => [...walkdir(folder, options)].map(told)
  assert.equal(all({}), [top, unfollowed, ...inSub1, sub2])
  assert.equal(all({ topdown: false }), [...inSub1, unfollowed, sub2, top])
  assert.equal(all({ followSymlinks: true }), [top, followed, link, ...inSub1, sub2])
  assert.equal(all({ followSymlinks: true, topdown: false }), [link, ...inSub1, followed, sub2, top])
})

test('FILES-9 what is taken out of dirs is not entered, nor what enter refuses', () => {
  plant()
  const seen: unknown[] = []
  for (const found of walkdir(folder)) {
    seen.push(told(found))
    found.dirs.splice(0, found.dirs.length, ...found.dirs.filter(name => name !== 'sub1'))
  }
  assert.equal(seen.map(each => (each as unknown[])[0]), ['', 'sub2'])
  const names = [...walk(folder, { enter: ({ name }) => name !== 'sub1' })].map(each => each.name)
  assert.equal(names.sort(), ['file', 'file1', 'file2', 'sub1', 'sub2'])
})

test('FILES-9 a folder that vanished is thrown, or passed to onError with its path', () => {
  plant()
  const errors: SystemError[] = []
  const [strict, lenient] = [walkdir(folder),
    walkdir(folder, { onError: error => errors.push(error as SystemError) })]
  assert.equal([strict, lenient].map(each => told(each.next().value!)), [top, top])
  fs.rmSync(at('sub1'), { recursive: true })
  assert.throws(() => strict.next(), /^ENOENT: no such file or directory, open(at)? '.*\bsub1'$/)
  assert.equal([...lenient].map(told), [sub2])
  assert.equal(errors.map(({ code, path }) => [code, path]), [['ENOENT', at('sub1')]])
  assert.throws(() => [...walk(at('none'))], /^ENOENT: .*'.*none'$/)
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-9 a loop of links is told as ELOOP and not entered; a link to nothing is a file', () => {
  plant()
  fs.symlinkSync('..', at('sub2/up'))
  fs.symlinkSync('self', at('self'))
  fs.symlinkSync('nothing', at('dangling'))
  const errors: string[] = []
  const onError = (error: Error) => errors.push(`${(error as SystemError).code} ${(error as SystemError).path}`)
  const paths = [...walk(folder, { followSymlinks: true, onError })].map(({ path }) => String(path))
  assert.equal(new Set(paths).size, paths.length)
  assert.ok(paths.includes(at('sub1/link/file')) && paths.includes(at('dangling')))
  assert.equal(errors.sort(), [`ELOOP ${at('self')}`, `ELOOP ${at('sub1/link/up')}`, `ELOOP ${at('sub2/up')}`])
  assert.throws(() => [...walkdir(folder, { followSymlinks: true })], /^ELOOP/)
  assert.is([...walk(folder)].length, 13)
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-9 a link put in the place of a folder is not entered, and moving an ancestor harms nothing', () => {
  for (const name of ['a', 'a/b', 'a/b/c', 'outside']) fs.mkdirSync(at(name))
  touch('a/b/c/deep')
  touch('outside/secret')
  const codes: string[] = []
  const found: string[] = []
  const onError = (error: Error) => codes.push((error as SystemError).code)
  for (const { name } of walk(at('a'), { onError })) {
    found.push(String(name))
    if (name === 'b') {
      fs.renameSync(at('a'), at('moved'))
      fs.mkdirSync(at('a/b/c'), { recursive: true })
    }
    if (name === 'c') fs.mkdirSync(at('moved/b/d'))
  }
  assert.equal([found.slice(0, 3), codes], [['b', 'c', 'deep'], []])
  for (const { name } of walk(at('moved'), { onError })) {
    if (name !== 'c') continue
    fs.rmSync(at('moved/b/c'), { recursive: true })
    fs.symlinkSync(at('outside'), at('moved/b/c'))
  }
  assert.equal(codes, ['ENOTDIR'])
})

// On Windows: names are 16-bit units and not bytes.
test('FILES-23 names that are no text are listed and walked without loss', () => {
  const odd = Buffer.from([0x66, 0xff, 0xe9])
  const inside = Buffer.concat([Buffer.from(at('')), odd])
  fs.mkdirSync(inside)
  fs.writeFileSync(Buffer.concat([inside, Buffer.from('/grün')]), 'found')
  touch('plain')
  assert.equal(readdir(folder), [Uint8Array.from(odd), 'plain'])
  const [path] = [...walk(folder)].filter(({ name }) => name === 'grün').map(entry => entry.path)
  assert.is(fs.readFileSync(path as Uint8Array as Buffer, 'utf8'), 'found')
  assert.equal(readdir(folder, { join: true })[1], at('plain'))
})

// On Windows: a working folder cannot be removed.
test('FILES-9 readdir sorts, joins, and reads a folder that was removed as empty', () => {
  for (const name of ['b', 'a', 'B', 'ä']) touch(name)
  assert.equal(readdir(folder), ['B', 'a', 'b', 'ä'])
  assert.equal(readdir(folder, { sort: false }).sort(), ['B', 'a', 'b', 'ä'])
  assert.throws(() => readdir(at('none')), /^ENOENT: .*open '.*none'/)
  const before = process.cwd()
  fs.mkdirSync(at('gone'))
  process.chdir(at('gone'))
  fs.rmdirSync(at('gone'))
  assert.equal(readdir(), [])
  assert.throws(() => readdir(undefined, { join: true }), /^ENOENT.*getcwd/)
  process.chdir(before)
})

// On Windows: there is no /proc, where the test counts descriptors.
test('FILES-9 leaving a walk early closes its folders, and a deep tree needs one for each level', () => {
  let path = folder
  for (let depth = 0; depth < 150; depth++) fs.mkdirSync(path += '/d')
  const before = descriptors()
  const walker = walk(folder)
  for (let i = 0; i < 100; i++) walker.next()
  assert.ok(descriptors() > before + 90)
  walker.return()
  assert.ok(descriptors() <= before)
  for (const found of walkdir(folder)) if (String(found.path).endsWith('d/d/d')) break
  assert.ok(descriptors() <= before)
  assert.is([...walk(folder)].length, 150)
})

// On Windows: people have no numbers, and a mode shuts nobody out.
test('FILES-9 what another user may not read is told, and the rest is walked', () => {
  if (process.getuid!() !== 0) return
  for (const name of ['open', 'shut']) fs.mkdirSync(at(name))
  touch('open/file')
  fs.chmodSync(folder, 0o755)
  fs.chmodSync(at('shut'), 0o700)
  const walked = asNobody(`
    const errors = []
    const names = [...walk('.', { onError: error => errors.push(error.message) })].map(e => e.name)
    console.log(JSON.stringify([names.sort(), errors]))`)
  assert.equal(JSON.parse(walked), [['file', 'open', 'shut'],
    [`EACCES: permission denied, openat './shut'`]])
})

/** Runs `code` in the test's folder, with `walk` in scope, under the user id 65534. */
function asNobody(code: string): string {
  const script = `
    const { walk } = await import(${JSON.stringify(new URL('./walk.ts', import.meta.url).href)})
    process.chdir(${JSON.stringify(folder)})
    process.setgroups([]); process.setgid(65534); process.setuid(65534)
    ${code}`
  const { stdout, stderr, status } = spawnSync(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

// On Windows: Wine 8 takes minutes to make so many files.
test('FILES-9 a walk over a large folder keeps no more than one read of it', () => {
  touch('first')
  for (let i = 0; i < 20_000; i++) fs.linkSync(at('first'), at(`a-name-of-some-length-${i}`))
  let [most, seen] = [0, 0]
  const before = process.memoryUsage()
  const bytes = () => process.memoryUsage().heapUsed + process.memoryUsage().external
  for (const { name } of walk(folder)) {
    if (++seen % 5000 === 0) most = Math.max(most, bytes() - before.heapUsed - before.external)
    if (name === undefined) throw new Error('no name')
  }
  assert.is(seen, 20_001)
  assert.ok(most < 16e6, `${most} bytes more than before`)
})

test.run()
