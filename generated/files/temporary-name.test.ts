// Told in chapters/10-files/05-temporary-name.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import { homedir as homeOfNode, tmpdir } from 'node:os'
import { sep } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap, type SystemError } from '../foundations/kernel.ts'
import {
  cleanTemporaries, homedir, mktemp, mktempdir, pendingTemporaries, tempdir, tempname,
} from './temporary-name.ts'
import { chmod, chown, diskstat, futime, touch } from './temporary-name-touch.ts'

const outside = tmpdir()
const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR'
const root = fs.mkdtempSync(`${outside}/temporary-name-test-`)
let folder = ''
let count = 0
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder)
  process.env[variable] = folder
})
// after the ledger, which is open until then
test.after(() => { process.once('exit', () => fs.rmSync(root, { recursive: true })) })

const at = (name: string) => `${folder}/${name}`
const names = (path = folder) => fs.readdirSync(path).filter(name => !name.startsWith('.temporary.')).sort()
const ledgers = () => fs.readdirSync(folder).filter(name => name.startsWith('.temporary.'))
const code = (expected: string) => (error: unknown) => (error as SystemError).code === expected

/** A program with the module's functions in scope. `uid`: it gives up root before it begins. */
function program(code: string, uid?: number): [string, string[], object] {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  const script = `
    import * as fs from 'node:fs'
    process.chdir(${JSON.stringify(folder)})
    process.env.${variable} = ${uid === undefined ? JSON.stringify(folder) : "'.'"}
    const { mktemp, mktempdir, tempname, cleanTemporaries } = await import(${url('./temporary-name.ts')})
    ${uid === undefined ? '' : `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid})`}
    ${code}`
  return [process.execPath, [...process.execArgv, '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { ...process.env, [variable]: outside }, stdio: ['ignore', 'pipe', 'pipe'] }]
}

const run = (code: string, uid?: number) => {
  const { stdout, stderr, status } = spawnSync(...program(code, uid)) as unknown as Record<string, string>
  return { stdout: stdout!, stderr: stderr!, status }
}

/** Starts a program that makes a tree of each kind and waits; ends it by `signal`. Resolves to how it ended. */
async function ended(signal: NodeJS.Signals, more = ''): Promise<unknown> {
  const child = await started(`
    const path = mktempdir()
    fs.mkdirSync(path + '/shut'); fs.writeFileSync(path + '/shut/file', ''); fs.chmodSync(path + '/shut', 0o444)
    mktemp(); fs.writeFileSync(tempname(), ''); mktemp({ cleanup: false, prefix: 'kept_' })
    ${more}
    console.log('ready'); setInterval(() => {}, 1000)`)
  child.kill(signal)
  return new Promise(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)))
}

/** A program that has said something, and lives. */
async function started(code: string): Promise<ChildProcess> {
  const child = spawn(...program(code))
  child.stderr!.pipe(process.stderr)
  await Promise.race(['data', 'end'].map(event => new Promise(done => child.stdout!.once(event, done))))
  return child
}

test('FILES-10 what was made is gone after the exit, an uncaught error and a rejection; cleanup: false stays', () => {
  const make = `const path = mktempdir(); fs.writeFileSync(path + '/file', 'text'); mktemp(); fs.writeFileSync(tempname(), '')
    mktempdir({ cleanup: false, prefix: 'kept_' });`
  const ends = { '': 0, 'process.exit(3)': 3, "throw new Error('uncaught')": 1, "Promise.reject(new Error('rejected'))": 1 }
  for (const [end, status] of Object.entries(ends)) {
    assert.is(run(make + end).status, status, end)
    assert.equal([names().map(name => name.slice(0, 5)), ledgers()], [['kept_'], []], end)
    fs.rmdirSync(at(names()[0]!))
  }
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // On Windows: a signal that is sent ends the process before it hears of it; what it made is left to the next.
  test(`FILES-10 ${signal} ends the process as a signal does, and what it made is gone`, async () => {
    assert.is(await ended(signal), signal)
    assert.equal([names().map(name => name.slice(0, 5)), ledgers()], [['kept_'], []])
  })
}

// On Windows: no program hears a signal that is sent.
test('FILES-10 a program that handles the signal itself is left to its plans', async () => {
  const own = `process.on('SIGTERM', () => process.exit(fs.existsSync(path) ? 7 : 8))`
  assert.is(await ended('SIGTERM', own), 7)
  assert.is(names().length, 1)
})

test('FILES-10 what a killed process left is removed by the next, what a living one made is not', async () => {
  await ended('SIGKILL')
  const living = await started(`mktempdir({ prefix: 'alive_' }); console.log('ready'); setInterval(() => {}, 1000)`)
  const found = [names().map(name => name.slice(0, 5)), cleanTemporaries(), ledgers().length]
  living.kill('SIGKILL')
  await new Promise(resolve => living.once('exit', resolve))
  assert.equal(found, [['alive', 'kept_'], [], 1])
  assert.equal(cleanTemporaries().map(path => /alive_\w{6}$/.test(path as string)), [true])
  assert.equal([names().length, ledgers()], [1, []])
})

function forge(number: string, entry: string, mode = 0o600): string {
  const path = at(`.temporary.${number.padStart(16, '0')}`)
  fs.writeFileSync(path, entry, { mode })
  fs.chmodSync(path, mode)
  return path
}

// On Windows: a file has neither a numbered owner nor a mode for others; the list of its folder says who may write.
test('FILES-10 a ledger that somebody else could have written removes nothing', () => {
  const precious = at('precious')
  fs.mkdirSync(precious)
  forge('1', `+${precious}\0`, 0o666)
  const other = forge('2', `+${precious}\0`)
  if (process.getuid!() === 0) fs.chownSync(other, 65534, 65534)
  else fs.rmSync(other)
  fs.symlinkSync(forge('other', `+${precious}\0`), at('.temporary.0000000000000003'))
  assert.equal([cleanTemporaries(), fs.existsSync(precious)], [[], true])
})

test('FILES-10 a ledger with a second name, or cut off removes nothing by it', () => {
  const precious = at('precious')
  fs.mkdirSync(precious)
  fs.linkSync(forge('1', `+${precious}\0`), at('second-name'))
  assert.equal([cleanTemporaries(), fs.existsSync(precious)], [[], true])
  forge('3', `+${precious}`)   // without its end
  assert.equal([cleanTemporaries(), fs.existsSync(precious)], [[], true])
  forge('4', `+${precious}\0`)
  assert.equal(cleanTemporaries(), [precious])
})

test('FILES-10 with a callback it is gone afterwards: also after an error, and when a promise settles', async () => {
  const seen: string[] = []
  const note = (path: unknown) => { seen.push(String(path)); assert.ok(fs.existsSync(String(path))) }
  assert.is(mktempdir(path => { note(path); fs.mkdirSync(`${path}/sub`); return 'result' }), 'result')
  assert.throws(() => mktempdir(path => { note(path); throw new Error('inside') }), 'inside')
  assert.is(mktemp((path, file) => { note(path); file.write('鴨かも？'); return file.stat().size }), 12)
  assert.is(await mktempdir(async path => { await null; note(path); return 1 }), 1)
  let failed = ''
  await mktemp(async path => { note(path); throw new Error('later') }).catch(error => { failed = error.message })
  assert.equal([failed, seen.length, seen.filter(path => fs.existsSync(path))], ['later', 5, []])
  assert.equal(pendingTemporaries(), [])
})

// On Windows: people have no numbers, and nobody can become another.
test('FILES-10 a tree with folders that refuse is removed, as another user than root', () => {
  if (process.getuid!() === 0) fs.chownSync(folder, 65534, 65534)
  const { stdout, stderr } = run(`
    const left = mktempdir(path => {
      fs.mkdirSync(path + '/foo/deep', { recursive: true }); fs.writeFileSync(path + '/foo/bar', '')
      fs.writeFileSync(path + '/foo/deep/bar', '')
      for (const name of ['/foo/deep', '/foo']) fs.chmodSync(path + name, 0o444)
      return path
    })
    console.log(fs.existsSync(left))`, process.getuid!() === 0 ? 65534 : undefined)
  assert.equal([stdout, stderr, names()], ['false\n', '', []])
})

test('FILES-10 names are unique, in the parent, with prefix and suffix', () => {
  const many = Array.from({ length: 100 }, () => tempname({ cleanup: false }))
  assert.is(new Set(many).size, 100)
  assert.equal([many.every(path => !fs.existsSync(path as string)), many[0]!.length], [true, `${folder}/fcs_0123456789`.length])
  const { path, file } = mktemp({ prefix: '∃x∀y ', suffix: '.txt' })
  assert.match(String(path), /\/∃x∀y \w{6}\.txt$/)
  file.write('text')
  file.close()
  assert.is(fs.readFileSync(path as string, 'utf8'), 'text')
  const inner = mktempdir({ parent: mktempdir() })
  assert.match(String(inner), /\/fcs_\w{6}\/fcs_\w{6}$/)
  for (const make of [mktempdir, mktemp]) {
    assert.throws(() => make({ prefix: 'none/bar' }), code('ENOENT'))
    assert.throws(() => make({ parent: at('none') }), code('ENOENT'))
  }
  assert.throws(() => tempname({ parent: at('none') }), code('ENOENT'))
  assert.throws(() => tempname({ parent: path }), code('ENOTDIR'))
})

// On Windows: of the mode bits Windows has one.
test('FILES-10 what is made is for its maker only', () => {
  const { path, file } = mktemp()
  file.close()
  const modes = [path, mktempdir()].map(each => fs.statSync(each as string).mode & 0o777)
  assert.equal(modes, [0o600, 0o700])
})

// On Windows: the test stands in Linux' door, and Windows has another.
test('FILES-10 a taken name is never opened: not a file, not a symbolic link that waits there', () => {
  let forged = ''
  const stop = tap((syscall, args, proceed) => {
    if (forged === '' && syscall === 'open' && String(args[0]).includes('/fcs_')) {
      forged = String(args[0])
      fs.symlinkSync(at('trap'), forged)
    }
    return proceed()
  })
  const { path, file } = mktemp()
  stop()
  file.close()
  assert.not.equal([path, forged], [forged, ''])
  assert.equal([fs.existsSync(at('trap')), fs.lstatSync(forged).isSymbolicLink()], [false, true])
})

test('FILES-10 tempdir is what the environment says, whether or not it is there; homedir is home', () => {
  process.env[variable] = '/x/'.padEnd(300, 'y')
  assert.is(tempdir(), process.env[variable])
  process.env[variable] = `${folder}${sep}`
  assert.is(tempdir(), folder)
  assert.is(homedir(), homeOfNode())
})

test('FILES-10 what a program removed itself is forgotten, and not remembered for ever', () => {
  const before = pendingTemporaries().length
  for (let i = 0; i < 1200; i++) {
    const path = mktempdir() as string
    if (i % 3 !== 0) fs.rmdirSync(path)
  }
  const pending = pendingTemporaries().length
  assert.ok(pending >= 400 && pending < before + 800, `${pending}`)
})

test('FILES-10 touch creates, keeps contents, sets the times of a file and of a folder', () => {
  assert.is(touch(at('file')), at('file'))
  assert.is(fs.statSync(at('file')).size, 0)
  fs.writeFileSync(at('file'), 'text')
  fs.utimesSync(at('file'), 1, 1)
  touch(at('file'))
  touch(folder)
  assert.is(fs.readFileSync(at('file'), 'utf8'), 'text')
  assert.ok(Math.abs(fs.statSync(at('file')).mtimeMs - Date.now()) < 60_000)
  futime(at('file'), { mtimeNs: 1_234_567_890_123_456_789n })
  const { mtimeNs } = fs.statSync(at('file'), { bigint: true })
  assert.ok([mtimeNs, mtimeNs + 89n].includes(1_234_567_890_123_456_789n), `${mtimeNs}`)   // NTFS: units of 100 ns
  assert.throws(() => touch(at('none/file')), code('ENOENT'))
})

// On Windows: of the mode bits Windows has one, and Wine 8 makes no symbolic links.
test('FILES-10 chmod changes one, or all below but no link and nothing behind one', () => {
  fs.mkdirSync(at('tree/sub'), { recursive: true })
  for (const name of ['tree/file', 'tree/sub/file', 'outside']) fs.writeFileSync(at(name), '', { mode: 0o600 })
  fs.symlinkSync('../outside', at('tree/link'))
  const modes = (...names: string[]) => names.map(name => (fs.statSync(at(name)).mode & 0o777).toString(8))
  assert.is(chmod(at('tree'), 0o700), at('tree'))
  assert.equal(modes('tree', 'tree/file'), ['700', '600'])
  for (const mode of [0o776, 0o444, 0o711, 0o755]) {
    chmod(at('tree'), mode, { recursive: true })
    assert.equal(modes('tree', 'tree/file', 'tree/sub', 'tree/sub/file'), Array(4).fill(mode.toString(8)))
  }
  assert.equal(modes('outside'), ['600'])
})

test('FILES-10 chmod changes whether one may write, of one file and of all below', () => {
  fs.mkdirSync(at('tree/sub'), { recursive: true })
  for (const name of ['tree/file', 'tree/sub/file']) fs.writeFileSync(at(name), '')
  const modes = () => ['tree/file', 'tree/sub/file'].map(name => fs.statSync(at(name)).mode & 0o222)
  chmod(at('tree/file'), 0o444)
  assert.equal([modes()[0], modes()[1] === 0], [0, false])
  chmod(at('tree'), 0o555, { recursive: true })
  assert.equal(modes(), [0, 0])
  chmod(at('tree'), 0o777, { recursive: true })
  assert.equal(modes().map(Boolean), [true, true])
})

// On Windows: owners have no numbers, and Wine 8 makes no symbolic links.
test('FILES-10 chown changes owner or group or neither, of a link itself if told', () => {
  touch(at('file'))
  fs.symlinkSync('file', at('link'))
  const owner = (name: string) => { const { uid, gid } = fs.lstatSync(at(name)); return [uid, gid] }
  const before = owner('file')
  assert.is(chown(at('file'), -1, -1), at('file'))
  assert.equal(owner('file'), before)
  if (process.getuid!() !== 0) return assert.throws(() => chown(at('file'), 65534), /^EPERM/)
  chown(at('file'), 65534)
  assert.equal(owner('file'), [65534, before[1]])
  chown(at('link'), 0, 65534, { follow: false })
  assert.equal([owner('link'), owner('file')[1]], [[0, 65534], before[1]])
  return undefined
})

test('FILES-10 diskstat agrees with statfs', () => {
  const [ours, theirs] = [diskstat(folder), fs.statfsSync(folder)]
  assert.is(ours.total, theirs.blocks * theirs.bsize)
  assert.ok(ours.available <= ours.free && ours.free <= ours.total)
})

test.run()
