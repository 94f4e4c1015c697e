// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_RDWR, O_WRONLY, stat } from '../foundations/file.ts'
import { type SystemError } from '../foundations/kernel.ts'
import {
  as, decodeAcl, encodeAcl, getAcl, makeSharedFolder, predict, setAcl, type Acl, type Principal,
} from './shared-namespace.ts'
import { tryAll } from './shared-namespace.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/shared-namespace-test-`)
const home = process.cwd()
let count = 0
test.before.each(() => {
  const folder = `${root}/${count++}`
  fs.mkdirSync(folder)
  for (const each of [root, folder]) fs.chmodSync(each, 0o755)
  process.chdir(folder)
  process.umask(0o022)
})
test.after(() => {
  process.chdir(home)
  fs.rmSync(root, { recursive: true })
})

const member = (uid: number): Principal => ({ uid, gid: uid, groups: [2000] })
const [ann, bob] = [member(1000), member(1001)]
const stranger: Principal = { uid: 1003, gid: 1003 }
function answer(action: () => unknown): string {
  try {
    return String(action() ?? 'yes')
  } catch (error) {
    return (error as SystemError).code ?? String(error)
  }
}

test('BOOK-Q1 what as may do is what a real process of that user may do', () => {
  const names: string[] = []
  for (const mode of [0o400, 0o040, 0o004, 0o620, 0o062, 0o206, 0o000, 0o777]) {
    for (const [uid, gid] of [[1000, 1000], [0, 2000], [0, 0]] as const) {
      const name = `${mode.toString(8)}-${uid}-${gid}`
      fs.writeFileSync(name, 'text')
      fs.chownSync(name, uid, gid)
      fs.chmodSync(name, mode)
      names.push(name)
    }
  }
  const script = `for name in "$@"; do
    r=no; w=no
    cat "$name" > /dev/null 2>&1 && r=yes
    { : >> "$name"; } 2> /dev/null && w=yes
    echo "$name $r $w"
  done`
  for (const { uid, gid, groups } of [ann!, stranger, { uid: 0, gid: 0, groups: [2000] }]) {
    const real = execFileSync('setpriv', [`--reuid=${uid}`, `--regid=${gid}`,
      groups ? `--groups=${groups}` : '--clear-groups', 'bash', '-c', script, 'bash', ...names], { encoding: 'utf8' })
    const may = (name: string, flags: number) => answer(() => open(name, flags).close()) === 'yes' ? 'yes' : 'no'
    const ours = as({ uid, gid, groups: groups ?? [] }, () => names.map(name => `${name} ${may(name, 0)} ${may(name, O_WRONLY)}`))
    assert.equal(real.trimEnd().split('\n'), ours, `user ${uid}`)
  }
})

test('BOOK-Q1 afterwards everything is as before, whatever happened', () => {
  const status = () => /Uid:.*\nGid:.*\n(?:.*\n)*?Groups:.*/.exec(fs.readFileSync('/proc/thread-self/status', 'utf8'))![0]
  const caps = () => /CapEff:.*/.exec(fs.readFileSync('/proc/thread-self/status', 'utf8'))![0]
  const before = [status(), caps()]
  assert.match(as(ann!, status), /Uid:\t0\t1000\t0\t1000\nGid:\t0\t1000\t0\t1000\n(?:.*\n)*Groups:\t2000/)
  assert.match(as(ann!, caps), /CapEff:\t0+$/)
  assert.throws(() => as(ann!, () => { throw new Error('in the middle') }), /in the middle/)
  assert.throws(() => as(ann!, async () => 1), TypeError)
  assert.throws(() => as(ann!, () => as(bob!, () => 1)), /^EPERM: .*, setgroups/)
  assert.throws(() => as({ uid: -2, gid: 0 }, () => 1), RangeError)
  assert.equal([status(), caps()], before)
})

test('BOOK-Q1 other threads stay who they are', async () => {
  fs.writeFileSync('secret', 'of root', { mode: 0o600 })
  let reading: Promise<string> | undefined
  as(ann!, () => {
    assert.throws(() => fs.readFileSync('secret'), /EACCES/)
    reading = fs.promises.readFile('secret', 'utf8')
  })
  assert.is(await reading, 'of root')
})

const bits = fc.nat({ max: 7 })
const named = fc.dictionary(fc.constantFrom('1000', '1001', '1002', '2000', '2001'), bits, { maxKeys: 4 })
const lists = fc.record({
  owner: bits, group: bits, other: bits, users: named, groups: named, mask: fc.option(bits, { nil: undefined }),
})
const people = [1000, 1001].flatMap((uid): Principal[] =>
  [[], [2000], [2000, 2001]].map(groups => ({ uid, gid: uid, groups })))
people.push({ uid: 0, gid: 0 }, { uid: 1003, gid: 2001 })

test('BOOK-Q1 what is predicted is what the kernel decides, for whatever list', () => {
  const runs = Number(process.env['FCS_RUNS'] ?? 150)
  fc.assert(fc.property(lists, fc.constantFrom(1000, 1002), fc.constantFrom(2000, 1001), (list, uid, gid) => {
    const acl = list as Acl
    fs.writeFileSync('file', '')
    fs.chownSync('file', uid, gid)
    setAcl('file', acl)
    const guarded = { ...stat('file'), acl: getAcl('file') }
    for (const who of people) {
      for (const [want, flags] of [[4, 0], [2, O_WRONLY], [6, O_RDWR]] as const) {
        const said = as(who, () => answer(() => open('file', flags).close()))
        assert.is(said, predict(guarded, who, want) ? 'yes' : 'EACCES', JSON.stringify({ who, want, guarded: guarded.acl }))
      }
    }
    fs.unlinkSync('file')
  }), { numRuns: runs, examples: [
    [{ owner: 6, group: 0, other: 4, users: { 1001: 4 }, groups: {}, mask: 0 }, 1000, 2000],
    [{ owner: 0, group: 7, other: 7, users: {}, groups: { 2000: 2, 2001: 4 }, mask: 7 }, 1000, 1001],
  ] })
})

test('BOOK-Q1 to go through a folder, and to run a file, is predicted as well', () => {
  fs.mkdirSync('inner')
  fs.writeFileSync('inner/name', '')
  fs.copyFileSync('/bin/true', 'program')
  for (const path of ['inner', 'program']) fs.chownSync(path, 1000, 2000)
  for (const mode of [0o100, 0o010, 0o001, 0o776, 0o000]) {
    for (const path of ['inner', 'program']) fs.chmodSync(path, mode)
    for (const who of people) {
      const { uid, gid, groups = [] } = who
      const goes = as(who, () => answer(() => stat('inner/name').type))
      assert.is(goes, predict(stat('inner'), who, 1) ? 'file' : 'EACCES', `${uid} in ${mode.toString(8)}`)
      if (groups.length === 1) continue
      const runs = answer(() => execFileSync('setpriv', [`--reuid=${uid}`, `--regid=${gid}`,
        groups.length > 0 ? `--groups=${groups}` : '--clear-groups', 'sh', '-c', './program'], { stdio: 'ignore' }))
      assert.is(runs === 'yes', predict(stat('program'), who, 1), `${uid} runs ${mode.toString(8)}`)
    }
  }
})

test('BOOK-Q1 a list comes back as it was set, and ls shows that there is one', () => {
  const acl: Acl = { owner: 6, group: 4, other: 0, users: { 7: 2, 1000: 6 }, groups: { 2000: 1 }, mask: 6 }
  assert.equal(decodeAcl(encodeAcl(acl)), acl)
  assert.equal(encodeAcl({ owner: 7, group: 5, other: 0 }).toString('hex'),
    '02000000' + '01000700ffffffff' + '04000500ffffffff' + '20000000ffffffff')
  fs.writeFileSync('file', '')
  assert.equal(getAcl('file'), { owner: 6, group: 4, other: 4 })
  setAcl('file', acl)
  assert.equal(getAcl('file'), acl)
  assert.match(execFileSync('ls', ['-l', 'file'], { encoding: 'utf8' }), /^-rw-rw----\+/)
  setAcl('file', null)
  setAcl('file', null)
  assert.match(execFileSync('ls', ['-l', 'file'], { encoding: 'utf8' }), /^-rw-rw---- /)
  assert.is(getAcl('.', { isDefault: true }), null)
})

test('what is no list is refused, by us or by the kernel', () => {
  const acl: Acl = { owner: 6, group: 4, other: 0 }
  fs.writeFileSync('file', '')
  assert.throws(() => setAcl('file', { ...acl, other: 8 }), RangeError)
  assert.throws(() => setAcl('file', { ...acl, users: { [-1]: 4 } }), RangeError)
  assert.throws(() => decodeAcl(Buffer.alloc(5)), RangeError)
  assert.throws(() => setAcl('file', acl, { isDefault: true }), /^(EACCES|EINVAL)/)
  assert.throws(() => setAcl('nowhere', acl), /^ENOENT: .*, setxattr 'nowhere'/)
  assert.throws(() => as(bob!, () => setAcl('file', acl)), /^EPERM/)
  assert.throws(() => setAcl('/proc/version', acl), /^ENOTSUP/)
})

const edit = (path: string) => fs.appendFileSync(path, 'more')

test('BOOK-Q1 in a shared folder each member can change what any other made, whatever their umask', () => {
  makeSharedFolder('shared', { gid: 2000, readers: [1003] })
  for (const umask of [0o077, 0o022, 0o000]) {
    process.umask(umask)
    as(ann!, () => fs.mkdirSync(`shared/${umask}`))
    as(bob!, () => fs.mkdirSync(`shared/${umask}/deep`))
    as(ann!, () => fs.writeFileSync(`shared/${umask}/deep/file`, 'anns'))
    assert.is(as(bob!, () => answer(() => edit(`shared/${umask}/deep/file`))), 'yes')
    assert.is(fs.statSync(`shared/${umask}/deep/file`).gid, 2000)
    assert.is(as(stranger, () => answer(() => fs.readFileSync(`shared/${umask}/deep/file`, 'utf8'))), 'anns' + 'more')
    for (const change of [edit, fs.unlinkSync]) {
      assert.is(as(stranger, () => answer(() => change(`shared/${umask}/deep/file`))), 'EACCES')
    }
    const nobody = { uid: 1004, gid: 1004 }
    assert.is(as(nobody, () => answer(() => fs.readFileSync(`shared/${umask}/deep/file`))), 'EACCES')
    assert.is(as(bob!, () => answer(() => fs.unlinkSync(`shared/${umask}/deep/file`))), 'yes')
  }
})

test('BOOK-Q1 with keepsOwners nobody removes or renames what is of another, and all may still write it', () => {
  makeSharedFolder('shared', { gid: 2000, keepsOwners: true })
  as(ann!, () => fs.writeFileSync('shared/file', ''))
  const tries = [edit, fs.unlinkSync, (path: string) => fs.renameSync(path, 'shared/other')]
  assert.equal(tries.map(act => as(bob!, () => answer(() => act('shared/file')))), ['yes', 'EPERM', 'EPERM'])
  assert.is(as(ann!, () => answer(() => fs.unlinkSync('shared/file'))), 'yes')
  assert.throws(() => makeSharedFolder('shared', { gid: 2000 }), /^EEXIST/)
})

test('BOOK-Q1 a folder that only has the group and its bits shares no files', () => {
  fs.mkdirSync('book')
  fs.chownSync('book', 0, 2000)
  fs.chmodSync('book', 0o770)
  as(ann!, () => fs.writeFileSync('book/chapter', ''))
  assert.is(as(bob!, () => answer(() => edit('book/chapter'))), 'EACCES')
})

test('BOOK-Q1 what access predicts is not what the kernel decides', () => {
  const table = tryAll().map(({ mode, access, effective, kernel }) => [mode, access, effective, kernel].join(' '))
  assert.equal(table, [
    'yes yes yes yes', 'EACCES yes yes yes', 'yes yes EACCES EACCES', 'yes yes EACCES EACCES',
    'EACCES yes EACCES yes', 'yes yes yes EPERM', 'yes yes yes EACCES', 'yes yes yes EACCES',
    'yes yes yes EPERM', 'yes yes yes ETXTBSY',
  ])
})

test.run()
