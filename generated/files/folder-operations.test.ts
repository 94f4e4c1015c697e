// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import { platform } from '../platforms/here.ts'
import { open } from './file-handle.ts'
import {
  cd, hardlink, mkdir, mkpath, pwd, readlink, realpath, rename, samefile, symlink, unlink,
} from './folder-operations.ts'
import { cp, cptree, mv, sendfile } from './folder-operations-copy.ts'
import { rm } from './folder-operations-remove.ts'

const root = fs.mkdtempSync(`${tmpdir()}/folder-operations-test-`)
const isRoot = process.getuid?.() === 0
let folder = ''
let count = 0
test.before.each(() => { folder = `${root}/${count++}`; fs.mkdirSync(folder) })
test.after(() => fs.rmSync(root, { recursive: true }))

const at = (name: string) => `${folder}/${name}`
const put = (name: string, text = name) => { fs.writeFileSync(at(name), text); return at(name) }
const text = (path: string) => fs.readFileSync(path, 'utf8')
const there = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
const code = (expected: string) => (error: unknown) => (error as SystemError).code === expected
const names = (path = folder) => fs.readdirSync(path).sort()

test('FILES-7 pwd and cd: there and back, also by function, promise and error', async () => {
  const before = process.cwd()
  assert.is(pwd(), before)
  assert.is(pwd('a', 'b'), `${before}/a/b`)
  mkdir(at('home'))
  mkdir(at('away'))
  cd(at('home'))
  assert.is(cd(at('away'), pwd), fs.realpathSync(at('away')))
  assert.throws(() => cd('../away', () => { throw new Error('inside') }), 'inside')
  assert.throws(() => cd('none', pwd), /^ENOENT: .*chdir 'none'/)
  assert.is(pwd(), fs.realpathSync(at('home')))
  const later = cd(at('away'), async () => { await null; return pwd() })
  assert.is(await later, fs.realpathSync(at('away')))
  assert.is(process.cwd(), fs.realpathSync(at('home')))
  cd(before)
})

// On Windows: a working folder cannot be moved. Wine 8 moves it, and tells the old path.
test('FILES-7 cd finds its way back to a folder that was moved meanwhile', () => {
  const before = process.cwd()
  cd(mkdir(at('home')))
  cd(mkdir(at('away')), () => fs.renameSync(at('home'), at('moved')))
  const found = pwd()
  cd(before)
  assert.is(found, fs.realpathSync(at('moved')))
})

test('FILES-7 mkdir refuses a taken name, mkpath is content with a folder and refuses a file', () => {
  assert.is(mkdir(at('one')), at('one'))
  assert.throws(() => mkdir(at('one')), /^EEXIST: file already exists, mkdir '.*one'$/)
  assert.is(mkpath(at('one/two/three//')), at('one/two/three//'))
  assert.is(mkpath(at('one/two/three')), at('one/two/three'))
  assert.ok(fs.statSync(at('one/two/three')).isDirectory())
  put('file')
  assert.throws(() => mkpath(at('file')), code('EEXIST'))
  assert.throws(() => mkpath(at('file/below')), code('ENOTDIR'))
})

// On Windows: Wine 8 makes no symbolic links, and of the mode bits Windows has one.
test('FILES-7 mkpath takes a dangling link for taken, and its mode is the last folder\'s', () => {
  fs.symlinkSync('nothing', at('dangling'))
  assert.throws(() => mkpath(at('dangling')), code('EEXIST'))
  mkpath(at('private/inner'), { mode: 0o500 })
  assert.is(fs.statSync(at('private')).mode & 0o777, 0o700)
  assert.is(fs.statSync(at('private/inner')).mode & 0o777, 0o500)
  assert.throws(() => mkpath(at('new'), { mode: -1 }), code('ERR_OUT_OF_RANGE'))
})

test('FILES-8 hard links, real paths and sameness are what the disk says', () => {
  put('file')
  hardlink(at('file'), at('twin'))
  mkdir(at('sub'))
  assert.ok(samefile(at('file'), at('twin')))
  assert.not(samefile(at('file'), at('sub')))
  assert.not(samefile(at('none'), at('none')))
  assert.is(realpath(at('sub/../twin')), fs.realpathSync(at('twin')))
  assert.throws(() => hardlink(at('file'), at('twin')), code('EEXIST'))
  assert.throws(() => hardlink(at('none'), at('other')), code('ENOENT'))
  assert.throws(() => readlink(at('file')), code('EINVAL'))
  assert.throws(() => realpath(at('none')), code('ENOENT'))
  assert.is(rename(at('twin'), at('sub/moved')), at('sub/moved'))
  assert.throws(() => rename(put('other'), at('sub/moved'), { replace: false }), code('EEXIST'))
  assert.throws(() => unlink(at('sub')), /^(EISDIR|EPERM)/)
  assert.equal(names(), ['file', 'other', 'sub'])
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-8 symbolic links are texts, lead where they say, and are removed themselves', () => {
  put('file')
  symlink('file', at('link'))
  symlink('sub/../file', at('long'))
  mkdir(at('sub'))
  assert.ok(samefile(at('link'), at('file')) && samefile(at('long'), at('file')))
  assert.is(readlink(at('long')), 'sub/../file')
  assert.is(realpath(at('sub/../link')), fs.realpathSync(at('file')))
  unlink(at('link'))
  assert.equal(names(), ['file', 'long', 'sub'])
})

test('FILES-22 a path with a NUL byte is refused by every function', () => {
  const calls = [mkdir, mkpath, cd, unlink, readlink, realpath, rm,
    (path: string) => cp(put('good'), path), (path: string) => mv(put('good'), path),
    (path: string) => symlink('good', path)]
  for (const call of calls) assert.throws(() => call(at('adir\0bad')), code('ERR_INVALID_ARG_VALUE'))
})

test('FILES-7 rm removes a file, an empty folder; a full one only if told; force forgives nothing', () => {
  mkpath(at('full/inner'))
  put('full/inner/file')
  assert.throws(() => rm(at('full')), /^ENOTEMPTY: directory not empty, rmdir '.*full'/)
  assert.throws(() => rm(at('full'), { force: true }), code('ENOTEMPTY'))
  rm(at('full'), { recursive: true })
  rm(put('file'))
  rm(mkdir(at('empty')))
  assert.throws(() => rm(at('full')), /^ENOENT: .*'.*full'/)
  assert.throws(() => rm(at('full'), { recursive: true }), code('ENOENT'))
  rm(at('full'), { recursive: true, force: true })
  assert.throws(() => rm(`${folder}/.`, { recursive: true }), code('EINVAL'))
  assert.equal(names(), [])
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-7 rm removes a symbolic link, and nothing behind it', () => {
  put('file')
  mkpath(at('full'))
  put('full/file')
  symlink('full', at('link'))
  symlink('../file', at('full/out'))
  rm(at('link'), { recursive: true })
  assert.ok(there(at('full/file')))
  rm(at('full'), { recursive: true })
  assert.equal(names(), ['file'])
})

// On Windows: the test stands in Linux' door, and Windows has another.
test('FILES-7 a symbolic link put in the place of a folder at any call of a removal leads nowhere', () => {
  let calls = Infinity
  for (let moment = 0; moment < calls; moment++) {
    mkpath(at('home/deep'))
    mkpath(at('drop/eve/deep'))
    for (const name of ['home/notes', 'home/deep/notes', 'drop/eve/notes', 'drop/eve/deep/notes']) put(name)
    let call = 0
    const stop = tap((_syscall, _args, proceed) => {
      if (call++ === moment && there(at('drop/eve'))) {
        fs.renameSync(at('drop/eve'), at('bait'))
        fs.symlinkSync('../home', at('drop/eve'))
      }
      return proceed()
    })
    try {
      rm(at('drop'), { recursive: true })
    } finally {
      stop()
    }
    calls = call
    assert.equal([names(at('home')), names(at('home/deep'))], [['deep', 'notes'], ['notes']], `call ${moment}`)
    assert.not(there(at('drop')))
    fs.rmSync(at('bait'), { recursive: true, force: true })
  }
  assert.ok(calls > 15, `${calls} calls`)
})

test('FILES-7 rm removes what it can, tells the rest, and unlocks only what is its own', () => {
  if (!isRoot) return
  const locked = `
    fs.mkdirSync('tree/outer/unreadable', { recursive: true }); fs.chmodSync('tree/outer/unreadable', 0o333)
    fs.mkdirSync('tree/shut'); fs.writeFileSync('tree/shut/file', ''); fs.chmodSync('tree/shut', 0o333)
    fs.mkdirSync('tree/fixed'); fs.writeFileSync('tree/fixed/file', ''); fs.chmodSync('tree/fixed', 0o555)
    const said = options => { try { rm('tree', { recursive: true, ...options }) } catch (error) { return error.message } }
    console.log(JSON.stringify([said({ force: true }), fs.readdirSync('tree').sort(), said({ unlock: true }) ?? 'gone']))`
  mkdir(at('mine'))
  fs.chownSync(at('mine'), 65534, 65534)
  const [refusal, left, unlocked] = JSON.parse(asNobody('mine', locked)) as [string, string[], string]
  assert.match(refusal, /^EACCES: permission denied, (openat 'tree\/shut'|unlinkat 'tree\/fixed\/file')$/)
  assert.equal([left, unlocked, names(at('mine'))], [['fixed', 'shut'], 'gone', []])
})

test('FILES-7 a tree that is deeper than any path and than the engine can call is removed', () => {
  let open = platform.folder(folder)
  for (let depth = 0; depth < DEPTH; depth++) {
    open.mkdir('d')
    const above = open
    open = open.folder('d')
    above.close()
  }
  open.close()
  rm(at('d'), { recursive: true })
  assert.equal(names(), [])
})

/** On Linux a path has 4,096 bytes. On Windows most programs take 260 characters, and Wine 8 is slow. */
const DEPTH = process.platform === 'win32' ? 150 : 3000

/** Runs `code` in a folder, with `fs`, `rm` and `cp` in scope, under the user id 65534. */
function asNobody(inside: string, code: string): string {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  const script = `
    import * as fs from 'node:fs'
    const { rm } = await import(${url('./folder-operations-remove.ts')})
    const { cp } = await import(${url('./folder-operations-copy.ts')})
    process.chdir(${JSON.stringify(at(inside))})
    process.setgroups([]); process.setgid(65534); process.setuid(65534)
    ${code}`
  const { stdout, stderr, status } = spawnSync(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** Two sources of one kind and two links, and a name for the copy of each, as Julia's tests lay them out. */
function lay(where: string, kind: 'folders' | 'files', links = true): [string[], string[]] {
  mkpath(at(`${where}/.hidden`))
  const [main, hidden] = [at(`${where}/src`), at(`${where}/.hidden/.src`)]
  for (const path of [main, hidden]) {
    if (kind === 'folders') mkdir(path)
    fs.writeFileSync(kind === 'folders' ? `${path}/c.txt` : path, 'unicode: 这是一个文件')
  }
  const sources = [main, hidden]
  for (const [name, text] of Object.entries(links ? { absolute: main, relative: 'src' } : {})) {
    symlink(text, at(`${where}/${name}`))
    sources.push(at(`${where}/${name}`))
  }
  return [sources, sources.map(path => `${path}_new`)]
}

/** Everything of a tree that a copy must have: names, types, modes, bytes, texts of links, times. */
function picture(path: string, top = true): unknown {
  const stat = fs.lstatSync(path, { bigint: true })
  const common = [stat.mode.toString(8), top && stat.isSymbolicLink() ? 0 : stat.mtimeNs]
  if (stat.isSymbolicLink()) return [...common, fs.readlinkSync(path)]
  if (!stat.isDirectory()) return [...common, stat.isFile() ? text(path) : '']
  return [...common, names(path).map(name => [name, picture(`${path}/${name}`, false)])]
}

function takesNames(kind: 'folders' | 'files', links: boolean): () => void {
  return () => {
    const [[from1, to1], [from2, to2]] = [lay('one', kind, links), lay('two', kind, links)]
    from1.forEach((source, i) => assert.is(cp(source, to1[i]!), to1[i]))
    from2.forEach((source, i) => assert.equal(picture(cp(source, to2[i]!)), picture(source)))
    for (const source of from1) {
      for (const target of to2) {
        assert.throws(() => cp(source, target), /^EEXIST: file already exists, cp '.*one.*' -> '.*two.*_new'/)
        assert.throws(() => cp(source, target, { followSymlinks: true }), code('EEXIST'))
        assert.throws(() => mv(source, target), code('EEXIST'))
      }
    }
    from2.forEach((source, i) => {
      assert.equal(picture(cp(source, to1[i]!, { force: true })), picture(source))
      const { ino } = fs.lstatSync(to1[i]!)
      assert.is(mv(to1[i]!, `${to1[i]}_mv`, { force: true }), `${to1[i]}_mv`)
      assert.equal([there(to1[i]!), fs.lstatSync(`${to1[i]}_mv`).ino], [false, ino])
    })
    const other = mkdir(at('other'))
    for (const target of to2) assert.equal(names(cp(other, target, { force: true })), [])
    for (const target of to2) assert.is(text(cp(put('file'), target, { force: true })), 'file')
    for (const target of to2) assert.equal(names(mv(mkdir(at('full')), target, { force: true })), [])
    assert.equal([names(at('one')), names(at('two'))].flat().filter(name => name.startsWith('.copy')), [])
  }
}

for (const kind of ['folders', 'files'] as const) {
  test(`FILES-7 cp and mv of ${kind} take a name only with force, and then whole`, takesNames(kind, false))

  // On Windows: Wine 8 makes no symbolic links, and says that it did.
  test(`FILES-7 cp and mv of links to ${kind} take a name only with force`, takesNames(kind, true))
}

for (const kind of ['folders', 'files'] as const) {
  test(`FILES-7 ${kind} are not copied or moved onto themselves under another name`, () => {
    const [[main]] = lay('one', kind, false)
    for (const call of [cp, cptree, mv] as ((a: string, b: string, options: object) => string)[]) {
      for (const target of [main!, at('one/../one/src')]) {
        assert.throws(() => call(main!, target, { force: true }), /^(EINVAL|ENOTDIR): .* -> /)
      }
    }
    assert.equal(names(at('one')), ['.hidden', 'src'])
  })

  // On Windows: Wine 8 makes no symbolic links, and says that it did.
  test(`FILES-7 ${kind} are not copied or moved onto themselves through any link`, () => {
    const [[main, , absolute, relative]] = lay('one', kind)
    const calls = [cp, cptree, mv] as ((a: string, b: string, options: object) => string)[]
    for (const source of [main!, absolute!, relative!]) {
      for (const target of [main!, absolute!, relative!]) {
        for (const call of calls) {
          for (const followSymlinks of [false, true]) {
            assert.throws(() => call(source, target, { force: true, followSymlinks }), /^(EINVAL|ENOTDIR): .* -> /)
          }
        }
      }
    }
    assert.is(names(at('one')).length, 4)
    for (const call of calls) assert.throws(() => call(at('none'), at('target'), { force: true }), code('ENOENT'))
  })
}

// On Windows: there are no FIFOs and no modes but one bit, and Wine 8 makes no symbolic links.
test('FILES-7 a tree is copied with modes, times, links, FIFOs, holes and its own hard links', () => {
  mkpath(at('tree/sub/shut'))
  put('tree/sub/program')
  fs.chmodSync(at('tree/sub/program'), 0o4751)
  hardlink(at('tree/sub/program'), at('tree/second'))
  symlink('../nowhere', at('tree/sub/note'))
  execFileSync('mkfifo', ['-m', '640', at('tree/fifo')])
  const sparse = fs.openSync(at('tree/sparse'), 'w')
  for (const place of [0, 8e6]) fs.writeSync(sparse, 'data', place)
  fs.ftruncateSync(sparse, 16e6)
  fs.closeSync(sparse)
  for (const name of ['tree/sub/shut', 'tree/sub/program', 'tree/sub', 'tree']) {
    fs.utimesSync(at(name), 1e9, 1234567890.5)
  }
  fs.chmodSync(at('tree/sub/shut'), 0o555)
  const before = picture(at('tree'))
  cptree(at('tree'), at('copy'))
  fs.chmodSync(at('copy/second'), 0o4751)   // the set-id bit was left out on purpose
  assert.equal(picture(at('copy')), before)
  assert.is(fs.statSync(at('copy/second')).ino, fs.statSync(at('copy/sub/program')).ino)
  assert.is(fs.statSync(at('copy/second')).nlink, 2)
  const blocks = ['tree', 'copy'].map(name => fs.statSync(at(`${name}/sparse`)).blocks)
  assert.ok(blocks[1]! <= blocks[0]! + 16, `${blocks}`)
  cp(at('tree/sparse'), at('dense'), { reflink: 'never' })
  assert.ok(fs.statSync(at('dense')).blocks <= blocks[0]! + 16)
  if (isRoot) assert.is(fs.statSync(cp(at('tree/second'), at('same'), { owner: true })).mode & 0o7777, 0o4751)
})

test('FILES-7 a tree is copied with times and its own hard links', () => {
  mkpath(at('tree/sub/empty'))
  put('tree/sub/program')
  hardlink(at('tree/sub/program'), at('tree/second'))
  for (const name of ['tree/sub/empty', 'tree/sub/program', 'tree/sub', 'tree']) {
    fs.utimesSync(at(name), 1e9, 1234567890.5)
  }
  const before = picture(at('tree'))
  cptree(at('tree'), at('copy'))
  assert.equal(picture(at('copy')), before)
  assert.ok(samefile(at('copy/second'), at('copy/sub/program')))
  assert.is(fs.statSync(at('copy/second')).nlink, 2)
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-7 with followSymlinks the copy has no links, and a loop is ELOOP with nothing left', () => {
  const [[main]] = lay('one', 'folders')
  cp(at('one'), at('copy'), { followSymlinks: true })
  for (const name of ['src', 'absolute', 'relative']) {
    assert.is(fs.lstatSync(at(`copy/${name}`)).isDirectory(), true)
    assert.is(text(at(`copy/${name}/c.txt`)), text(`${main}/c.txt`))
  }
  symlink('..', at('one/src/up'))
  assert.throws(() => cp(at('one'), at('endless'), { followSymlinks: true }), /^ELOOP: .*one\/.*\/up'/)
  assert.equal(names(), ['copy', 'one'])
})

test('FILES-7 a tree is not copied into itself, under whatever name', () => {
  mkpath(at('tree/sub'))
  for (const target of ['tree/copy', 'tree/sub/copy', 'tree/sub/../copy']) {
    assert.throws(() => cp(at('tree'), at(target)), /^EINVAL: .*cp '.*tree' -> '/)
  }
  assert.throws(() => mv(at('tree'), at('tree/sub/tree')), code('EINVAL'))
  assert.equal(names(at('tree/sub')), [])
})

// On Windows: Wine 8 makes no symbolic links, and says that it did.
test('FILES-7 a tree is not copied into itself through a symbolic link', () => {
  mkpath(at('tree/sub'))
  symlink('tree/sub', at('inside'))
  assert.throws(() => cp(at('tree'), at('inside/copy')), /^EINVAL: .*cp '.*tree' -> '/)
  assert.equal(names(at('tree/sub')), [])
})

// On Windows: the test stands in Linux' door, and Windows has another.
test('FILES-7 a copy that fails leaves nothing, and with force the old target', () => {
  mkdir(at('tree'))
  for (const name of ['a', 'b', 'c']) put(`tree/${name}`)
  put('target', 'old')
  let [isDone, failures] = [false, 0]
  for (let moment = 0; !isDone; moment++) {
    let call = 0
    const stop = tap((syscall, _args, proceed) => {
      const isOurs = ['copy_file_range', 'openat', 'mkdirat', 'renameat2', 'fchmod', 'futimens'].includes(syscall)
      return isOurs && call++ === moment ? -5 : proceed()   // EIO
    })
    try {
      cp(at('tree'), at('target'), { force: true })
      isDone = true
    } catch (error) {
      failures++
      assert.is((error as SystemError).code, 'EIO')
    } finally {
      stop()
    }
    assert.equal(names(), ['target', 'tree'], `call ${moment}`)
    if (!isDone) assert.is(text(at('target')), 'old', `call ${moment}`)
  }
  assert.equal([names(at('target')), failures > 5], [['a', 'b', 'c'], true])
})

// On Windows: names are 16-bit units and not bytes.
test('FILES-23 names that are no text are copied, moved and removed without loss', () => {
  const bytes = (...parts: (string | number | Buffer)[]) =>
    Buffer.concat(parts.map(part => typeof part === 'number' ? Buffer.of(part) : Buffer.from(part)))
  const odd = bytes(at('tree/'), 0xff, 0xe9)
  fs.mkdirSync(odd, { recursive: true })
  fs.writeFileSync(bytes(odd, '/caf', 0xe9), '1998')
  fs.symlinkSync(bytes('caf', 0xe9), bytes(odd, '/link', 0xfe))
  cp(at('tree'), at('copy'))
  const copied = bytes(at('copy/'), 0xff, 0xe9)
  assert.is(fs.readFileSync(bytes(copied, '/link', 0xfe), 'utf8'), '1998')
  mv(Uint8Array.from(copied), Uint8Array.from(bytes(at('moved'), 0xf0)))
  cp(Uint8Array.from(bytes(at('moved'), 0xf0, '/caf', 0xe9)), at('plain'))
  assert.is(text(at('plain')), '1998')
  for (const path of ['tree', 'copy']) rm(at(path), { recursive: true })
  rm(Uint8Array.from(bytes(at('moved'), 0xf0)), { recursive: true })
  assert.equal(names(), ['plain'])
})

// On Windows: there is neither /proc nor /dev/null.
test('FILES-7 a file that says it is empty is copied all the same, and a socket is refused', () => {
  cp('/proc/self/status', at('status'))
  assert.match(text(at('status')), /^Name:/)
  assert.throws(() => cp('/dev/null', at('null')), /^ENOTSUP: .*cp '\/dev\/null'/)
})

// On Windows: there is no second filesystem whose name the test could know.
test('FILES-7 mv crosses filesystems: the copy is whole before the source goes', () => {
  const other = fs.mkdtempSync(fs.statfsSync(folder).type === 0x01021994 ? '/var/tmp/mv-' : '/dev/shm/mv-')
  try {
    assert.not.equal(fs.statSync(other).dev, fs.statSync(folder).dev)
    mkpath(at('tree/sub'))
    put('tree/sub/file')
    symlink('sub', at('tree/link'))
    const before = picture(at('tree'))
    assert.is(mv(at('tree'), `${other}/tree`), `${other}/tree`)
    assert.equal([picture(`${other}/tree`), names()], [before, []])
    fs.mkdirSync(`${other}/full/of`, { recursive: true })
    mv(`${other}/full`, `${other}/tree`, { force: true })
    assert.equal(names(`${other}/tree`), ['of'])
    put('file')
    mv(at('file'), `${other}/tree`, { force: true })
    assert.is(text(`${other}/tree`), 'file')
    assert.equal([names(), names(other)], [[], ['tree']])
  } finally {
    fs.rmSync(other, { recursive: true })
  }
})

test('FILES-7 sendfile moves bytes between open files and stops at the end', () => {
  put('source', 'abcdefgh')
  const source = open(at('source'))
  const target = open(at('target'), 'w')
  source.seek(2)
  assert.equal([sendfile(source, target, 3), sendfile(source, target)], [3, 3])
  assert.is(text(at('target')), 'cdefgh')
  for (const file of [source, target]) file.close()
})

// On Windows: only ReFS shares blocks, and the module does not ask for it; and the test stands in Linux' door.
test('FILES-7 blocks are shared where the filesystem can: btrfs and xfs say so, the others copy', () => {
  fs.writeFileSync(at('file'), Buffer.alloc(1 << 20, 'x'))
  let shared: number | undefined
  const stop = tap((syscall, _args, proceed) => {
    const result = proceed()
    if (syscall === 'ioctl') shared = result
    return result
  })
  cp(at('file'), at('copy'))
  stop()
  const type = fs.statfsSync(folder).type
  if (type === 0x9123683e) assert.is(shared, 0)
  else assert.ok(shared === 0 || [-95, -25, -22, -18].includes(shared!), `${shared}`)
  assert.ok(fs.readFileSync(at('copy')).equals(fs.readFileSync(at('file'))))
})

test.run()
