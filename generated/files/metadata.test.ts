// Told in chapters/10-files/02-metadata.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { mkfifo } from '../foundations/name.ts'
import { open } from './file-handle.ts'
import * as metadata from './metadata.ts'
import {
  ctime, filemode, filesize, fstat, gperm, isBlockDevice, isCharDevice, isDir, isFifo, isFile, isLink,
  isMount, isPath, isSetgid, isSetuid, isSocket, isSticky, lstat, modeText, mtime, operm, stat,
  statIfThere, uperm, type Stat, type Subject,
} from './metadata.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/metadata-test-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const file = `${folder}/afile.txt`
fs.writeFileSync(file, 'seven b')
const link = `${folder}/afilesymlink.txt`
fs.symlinkSync('afile.txt', link)
const missing = `${folder}/missing`

const questions: Record<string, (subject: Subject) => unknown> = {
  isPath, isFile, isDir, isLink, isFifo, isSocket, isBlockDevice, isCharDevice, isSetuid, isSetgid,
  isSticky,
}
const values: Record<string, (subject: Subject) => unknown> = {
  filesize, filemode, mtime, ctime, uperm, gperm, operm,
}
/** The names of the predicates that say yes. */
const yes = (subject: Subject) =>
  Object.keys(questions).filter(name => questions[name]!(subject)).join(' ')

// On Windows: Wine 8 makes no symbolic links, and Node has no descriptor for a HANDLE.
test('FILES-4 stat, lstat and fstat say what Node says, each in whole nanoseconds', () => {
  const same = (ours: Stat, theirs: fs.BigIntStats, what: string) => {
    for (const key of ['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size', 'blocks'] as const) {
      assert.is(BigInt(ours[key]), theirs[key], `${key} of ${what}`)
    }
    for (const key of ['atimeNs', 'mtimeNs', 'ctimeNs'] as const) {
      assert.is(ours[key], theirs[key], `${key} of ${what}`)
    }
    if (ours.birthtimeNs !== null) assert.is(ours.birthtimeNs, theirs.birthtimeNs)
    assert.is(BigInt(ours.blockSize), theirs.blksize)
  }
  for (const path of [file, link, folder, '/dev/null', process.execPath]) {
    same(stat(path), fs.statSync(path, { bigint: true }), path)
    same(lstat(path), fs.lstatSync(path, { bigint: true }), path)
    const handle = open(path, 'r', { nonblocking: true })
    same(fstat(handle), fs.fstatSync(handle.fd, { bigint: true }), path)
    same(stat(handle), fs.fstatSync(handle.fd, { bigint: true }), path)
    handle.close()
  }
  assert.equal(stat(link), stat(file))
  assert.is.not(lstat(link).ino, stat(file).ino)
  fs.linkSync(file, `${folder}/hardlink`)
  assert.equal([stat(file).nlink, stat(`${folder}/hardlink`)], [2, stat(file)])
})

// On Windows: times have steps of 100 ns.
test('FILES-4 times differ where they differ by one nanosecond', () => {
  const [old, young] = [open(`${folder}/old`, 'w'), open(`${folder}/young`, 'w')]
  old.setTimes({ mtimeNs: 1_777_636_800_123_456_788n })
  young.setTimes({ mtimeNs: 1_777_636_800_123_456_789n })
  assert.is(stat(young).mtimeNs - stat(`${folder}/old`).mtimeNs, 1n)
  assert.is(mtime(old), mtime(young), 'as numbers they are the same')
  for (const each of [old, young]) each.close()
})

// On Windows: Wine 8 keeps the name of a removed file until it is closed; and the call is not named statx.
test('FILES-4 an open file is asked itself, whoever has its name by now', () => {
  const path = `${folder}/renamed`
  fs.writeFileSync(path, 'first')
  const handle = open(path)
  fs.unlinkSync(path)
  fs.writeFileSync(path, 'the second')
  assert.equal([filesize(handle), filesize(path), fstat(handle).nlink], [5, 10, 0])
  handle.close()
  assert.throws(() => stat(handle), /^EBADF: bad file descriptor, statx '.*renamed'/)
})

test('FILES-5 filesize, filemode, mtime and ctime are those of the file', () => {
  const before = Date.now() / 1000
  fs.writeFileSync(file, 'seven b')
  assert.is(filesize(file), 7)
  assert.ok(filesize(folder) >= 0)
  assert.is(filemode(file) & metadata.S_IFMT, metadata.S_IFREG)
  for (const time of [mtime(file), ctime(file), mtime(folder)]) {
    assert.ok(Math.abs(time - before) < 10, `${time} is far from ${before}`)
  }
  fs.utimesSync(file, 5, 1.5)
  assert.is(mtime(file), 1.5)
  assert.ok(Math.abs(ctime(file) - before) < 10)
})

// On Windows: of the mode bits Windows has one.
test('FILES-5 uperm, gperm and operm are three bits each', () => {
  for (const mode of [0o751, 0o640, 0o007, 0o777, 0]) {
    fs.chmodSync(file, mode)
    assert.equal([uperm(file), gperm(file), operm(file)], [mode >> 6, mode >> 3 & 7, mode & 7])
    assert.is(filemode(file), metadata.S_IFREG | mode)
    assert.is(uperm(stat(file)) * 64 + gperm(stat(file)) * 8 + operm(stat(file)), mode)
  }
  fs.chmodSync(file, 0o644)
})

test('FILES-6 a file and a folder are what they are, and what is not there is nothing', () => {
  const kinds = { [file]: 'isPath isFile', [folder]: 'isPath isDir', [missing]: '', [`${file}/below`]: '', '': '' }
  for (const [path, is] of Object.entries(kinds)) assert.is(yes(path), is, path)
})

// On Windows: there are no FIFOs, no device files and no sockets in a folder, and Wine 8 makes no symbolic links.
test('FILES-6 every predicate says yes to its kind and to no other', async () => {
  const server = createServer().listen(`${folder}/socket`)
  await new Promise(resolve => server.once('listening', resolve))
  mkfifo(`${folder}/fifo`)
  fs.symlinkSync('.', `${folder}/dirlink`)
  fs.symlinkSync('nowhere', `${folder}/dangling`)
  const kinds: Record<string, string> = {
    [file]: 'isPath isFile', [folder]: 'isPath isDir', [link]: 'isPath isFile isLink',
    [`${folder}/dirlink`]: 'isPath isDir isLink', [`${folder}/dangling`]: 'isLink',
    [`${folder}/fifo`]: 'isPath isFifo', [`${folder}/socket`]: 'isPath isSocket',
    '/dev/null': 'isPath isCharDevice', [missing]: '', [`${file}/below`]: '', 'http://a.b': '', '': '',
  }
  for (const [path, is] of Object.entries(kinds)) {
    assert.is(yes(path), is, path)
    assert.is(yes(Buffer.from(path)), is, `${path} as bytes`)
    if (is !== 'isLink' && is !== '') assert.is(yes(stat(path)), is.replace(' isLink', ''), path)
  }
  assert.is(yes(lstat(link)), 'isPath isLink')
  const handle = open(link)
  assert.is(yes(handle), 'isPath isFile')
  handle.close()
  server.close()
})

// On Windows: there are no device files.
test('FILES-6 a block device is one', () => {
  const block = fs.readdirSync('/sys/class/block').map(name => `/dev/${name}`).find(fs.existsSync)
  if (block !== undefined) assert.is(yes(block), 'isPath isBlockDevice')
  const made: Stat = { ...stat(file), mode: 0o060644, type: 'block device' }
  assert.is(yes(made), 'isPath isBlockDevice')
})

// On Windows: of the mode bits Windows has one.
test('FILES-6 setuid, setgid and sticky are seen one by one', () => {
  const bits = { isSetuid: metadata.S_ISUID, isSetgid: metadata.S_ISGID, isSticky: metadata.S_ISVTX }
  for (const [name, bit] of Object.entries(bits)) {
    fs.chmodSync(folder, 0o700 | bit)
    assert.is(yes(folder), `isPath isDir ${name}`)
  }
  fs.chmodSync(folder, 0o755)
})

// On Windows: there is no /proc, and no mount to make.
test('FILES-6 isMount sees mounts, also a folder of the same filesystem mounted again', () => {
  const mounts = ['/', '/proc'].map(path => isMount(path))
  assert.equal(mounts, [true, true])
  for (const path of [folder, file, link, missing, `${file}/below`]) assert.is(isMount(path), false, path)
  const again = `${folder}/again`
  fs.mkdirSync(again)
  const script = `mount --bind ${folder} ${again} && exec "$@"`
  const source = `import { isMount } from '${new URL('./metadata.ts', import.meta.url)}'
    console.log(isMount('${again}'), isMount('${again}/again'))`
  const child = spawnSync('unshare', ['--mount', '--map-root-user', 'sh', '-c', script, 'sh',
    process.execPath, ...process.execArgv, '--input-type=module', '--eval', source],
  { encoding: 'utf8' })
  assert.is(child.stdout, 'true false\n', child.stderr)
})

test('a name that is not there is no to every question, ENOENT to every value, null if you like', () => {
  for (const path of [missing, `${file}/below`]) {
    for (const [name, ask] of Object.entries(questions)) assert.is(ask(path), false, name)
    for (const [name, ask] of Object.entries({ ...values, stat, lstat })) {
      assert.throws(() => (ask as (path: string) => unknown)(path), /^(ENOENT|ENOTDIR): /, name)
    }
    assert.is(statIfThere(path), null)
  }
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('a link is followed or not, where its file is asked for its size or may not be there', () => {
  assert.is(filesize(link), 7)
  assert.equal(statIfThere(link), stat(file))
  assert.equal(statIfThere(link, { follow: false }), lstat(link))
})

test('what cannot be found out is an error and not no: a name that is no name', () => {
  for (const [name, ask] of Object.entries({ ...questions, ...values })) {
    assert.throws(() => ask('ba\0d'), /null bytes/, name)
    for (const bad of [undefined, null, 7, {}]) {
      assert.throws(() => ask(bad as never), /must be a path, a FileHandle or a Stat/, name)
    }
  }
})

// On Windows: a name that is too long is one that is not there.
test('a name that is too long is an error and not no', () => {
  for (const [name, ask] of Object.entries({ ...questions, ...values })) {
    assert.throws(() => ask('x'.repeat(300)), /^ENAMETOOLONG/, name)
  }
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('a circle of links is an error and not no', () => {
  fs.symlinkSync('round', `${folder}/round`)
  for (const [name, ask] of Object.entries({ ...questions, ...values })) {
    if (name !== 'isLink') assert.throws(() => ask(`${folder}/round`), /^ELOOP: .*, statx '/, name)
  }
  assert.is(isLink(`${folder}/round`), true)
})

test('FILES-22 statErrors: who may not look is told EACCES by every question', () => {
  if (process.getuid?.() !== 0) return
  const closed = fs.mkdtempSync(`${tmpdir()}/metadata-closed-`)
  fs.writeFileSync(`${closed}/afile`, '')
  fs.chmodSync(closed, 0o700)
  const asked = [`${closed}/afile`, `${closed}/no`]
  process.seteuid!(65_534)
  try {
    for (const path of asked) {
      for (const [name, ask] of Object.entries({ ...questions, ...values })) {
        assert.throws(() => ask(path), new RegExp(`^EACCES: permission denied, statx '${path}'$`), name)
      }
      assert.throws(() => isMount(path), /^EACCES/)
    }
    assert.is(isDir(closed), true)
  } finally {
    process.seteuid!(0)
    fs.rmSync(closed, { recursive: true })
  }
})

// On Windows: the test stands in Linux' door, and Windows has another.
test('a question is one system call, on a name; of a Stat it is none', () => {
  const known = stat(file)
  const calls: string[] = []
  const stop = tap((syscall, _args, proceed) => { calls.push(syscall); return proceed() })
  for (const ask of Object.values({ ...questions, ...values })) {
    ask(file)
    ask(known)
  }
  stop()
  const count = Object.keys({ ...questions, ...values }).length
  assert.equal(calls, Array.from({ length: count }, () => 'statx'))
})

// On Windows: Node has fewer constants there; ours are the same everywhere.
test('FILES-11 the constants are those of the system, and no name is missing', () => {
  const theirs = Object.entries(fs.constants).filter(([name]) => /^S_I/.test(name))
  assert.ok(theirs.length >= 19)
  for (const [name, number] of theirs) {
    assert.is(metadata[name as keyof typeof metadata] as unknown, number, name)
  }
  assert.equal([metadata.S_ISUID, metadata.S_ISGID, metadata.S_ISVTX], [0o4000, 0o2000, 0o1000])
})

// On Windows: there is no ls.
test('modeText writes a mode as ls does', () => {
  for (const path of [file, folder, link, '/tmp', '/dev/null', `${folder}/fifo`]) {
    const shown = spawnSync('ls', ['-ld', path], { encoding: 'utf8' }).stdout.slice(0, 10)
    assert.is(modeText(lstat(path).mode), shown, path)
  }
  const modes = [0o104755, 0o104644, 0o102070, 0o041666, 0o060600, 0o140777].map(modeText)
  assert.equal(modes, ['-rwsr-xr-x', '-rwSr--r--', '----rws---', 'drw-rw-rwT', 'brw-------',
    'srwxrwxrwx'])
})

test.run()
