// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { O_RDONLY } from '../foundations/file.ts'
import { tap, type SystemError } from '../foundations/kernel.ts'
import {
  abstractNames, addresses, addressOf, advertise, candidates, claimAbstract, openTrusted, whoListens,
} from './well-known-path.ts'

const [ann, eve] = [1000, 65534]
const root = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/well-known-path-test-`))
fs.chmodSync(root, 0o755)
let [folder, count] = ['', 0]
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder)
  fs.chmodSync(folder, 0o1777)
})
test.after(() => fs.rmSync(root, { recursive: true }))

const descriptors = () => fs.readdirSync('/proc/self/fd').length
function as(uid: number, script: string): number {
  return spawnSync('sh', ['-c', script], { uid, gid: uid, cwd: folder, stdio: 'ignore' }).status!
}
const told = (path: string) => {
  try {
    const file = openTrusted(`${folder}/${path}`, { uid: ann, flags: O_RDONLY })
    const text = file.stat().type === 'file' ? file.readAll().toString() : 'a folder'
    file.close()
    return text
  } catch (error) {
    const { code, path: step, hint } = error as SystemError
    return `${code} ${step!.slice(folder.length + 1)}: ${hint?.replace(/;.*/, '')}`
  }
}

test('BOOK-2 what Ann made in a closed place is opened, and so is what root made', () => {
  assert.is(as(ann, 'umask 022; mkdir -p desk/deep; echo -n hers > desk/deep/note; ln -s deep/../deep/note desk/link'), 0)
  fs.symlinkSync(`${folder}/desk/link`, `${folder}/desk/absolute`)
  fs.mkdirSync(`${folder}/roots`)
  fs.writeFileSync(`${folder}/roots/note`, 'roots')
  const before = descriptors()
  const names = ['desk/deep/note', 'desk/./link', 'desk/absolute', 'desk//deep/..', 'roots/note']
  assert.equal(names.map(told), ['hers', 'hers', 'hers', 'a folder', 'roots'])
  assert.ok(descriptors() <= before)
})

test('BOOK-2 whatever Eve could have put there is refused, and the step is named', () => {
  as(ann, 'umask 022; mkdir desk wide; chmod 777 wide; echo hers > desk/note; echo hers > wide/note; echo hers > file')
  as(ann, 'mkdir tacky; chmod 1777 tacky; mkdir tacky/open; chmod 777 tacky/open; ln -s desk/note link')
  as(eve, 'umask 022; mkdir own; echo eves > own/note; ln -s ../desk/note own/link; mkdir desk-0; mv desk-0 tacky/hers')
  const refused = {
    'own/note': 'EACCES own: it belongs to user 65534',
    'own/link': 'EACCES own: it belongs to user 65534',
    'tacky/hers': 'EACCES tacky: others may write in both, so it can be moved there',
    'wide/note': 'EACCES wide: others may write in both, so it can be moved there',
    'file': 'EACCES file: others may write in its folder, and a file can be moved there',
    'link': 'EACCES link: others may write in its folder, and a symlink can be moved there',
    'desk/nobody': 'ENOENT desk/nobody: undefined',
    'desk/note/more': 'ENOTDIR desk/note/more: undefined',
  }
  const before = descriptors()
  for (const [name, reason] of Object.entries(refused)) assert.is(told(name), reason)
  fs.chmodSync(folder, 0o755)
  assert.is(told('wide/note'), 'EACCES wide/note: others may write in its folder, and replace it')
  assert.is(told('tacky/hers'), 'EACCES tacky/hers: it belongs to user 65534')
  assert.is(told('file'), 'hers\n')
  fs.symlinkSync('loop', `${folder}/loop`)
  assert.match(told('loop'), /^ELOOP loop: more than 40 links/)
  assert.throws(() => openTrusted('desk'), /^EINVAL/)
  assert.ok(descriptors() <= before)
})

test("BOOK-2 in a sticky folder Eve can name Ann's files and open folders, and no closed ones", () => {
  as(eve, 'mkdir own; chmod 777 own')
  as(ann, 'umask 022; echo hers > own/file; mkdir own/open own/closed; chmod 777 own/open')
  assert.equal(['file', 'open', 'closed'].map(name => as(eve, `mv own/${name} here-${name}`)), [0, 0, 1])
  assert.is(fs.statSync(`${folder}/here-file`).uid, ann)
  assert.is(told('here-file'), 'EACCES here-file: others may write in its folder, and a file can be moved there')
  assert.is(told('here-open'), 'EACCES here-open: others may write in both, so it can be moved there')
})

const trick = `mv own/agent own/was; ln -s ../secret own/agent; mv agent agent-was; ln -s own/note agent
  mv desk desk-was; mkdir desk; echo eves > desk/agent; echo eves > own/note`

test('BOOK-2 whatever Eve does before any call, what is opened is what Ann put there', () => {
  const seen = new Set<string>()
  for (const name of ['desk/agent', 'own/agent', 'agent']) {
    for (let step = 0, isDone = false; !isDone; step++) {
      fs.rmSync(folder, { recursive: true })
      fs.mkdirSync(folder)
      fs.chmodSync(folder, 0o1777)
      as(ann, 'umask 022; mkdir desk; echo anns > desk/agent')
      as(eve, 'umask 022; mkdir own; echo eves > own/agent')
      let calls = 0
      const stop = tap((_call, _args, proceed) => {
        if (calls++ === step * 3) as(eve, trick)
        return proceed()
      })
      const text = told(name).trimEnd()
      stop()
      isDone = calls <= step * 3
      assert.ok(text === 'anns' || /^(EACCES|ENOENT)/.test(text), `${name} at call ${step * 3}: ${text}`)
      seen.add(text.slice(0, 6))
    }
  }
  assert.equal([...seen].sort(), ['EACCES', 'ENOENT', 'anns'])
})

test('BOOK-2 to ask for the owner and then to open the path is caught', () => {
  as(eve, 'umask 022; mkdir own; echo eves > own/note')
  as(ann, 'umask 022; mkdir desk; echo anns > desk/agent')
  as(eve, 'ln -s ../desk/agent own/agent')
  const path = `${folder}/own/agent`
  assert.is(fs.statSync(path).uid, ann)
  as(eve, 'ln -sfn note own/agent')
  assert.is(fs.readFileSync(path, 'utf8'), 'eves\n')
})

test('BOOK-2 a path that is trusted in the environment of one is told with its reason to another', () => {
  as(ann, 'umask 022; mkdir run home; chmod 700 run')
  const of = (purpose: Parameters<typeof candidates>[0], env: Record<string, string>, uid = ann) =>
    candidates(purpose, { env, uid }).map(({ path, by, refusal }) => [path.replace(folder, ''), by, refusal])
  assert.equal(of('runtime', { XDG_RUNTIME_DIR: `${folder}/run` })[1], ['/run', 'XDG_RUNTIME_DIR', null])
  assert.match(String(of('runtime', { XDG_RUNTIME_DIR: `${folder}/run` }, eve)[1]![2]), /belongs to user 1000/)
  assert.match(String(of('runtime', { XDG_RUNTIME_DIR: '.' })[1]![2]), /begins with/)
  assert.is(of('runtime', {}).length, 1)
  assert.equal(of('temporary', { TMPDIR: '/nowhere' })[0], ['/nowhere', 'TMPDIR', 'ENOENT'])
  assert.equal(of('temporary', { TMPDIR: '/nowhere' }, 0).map(([path]) => path), ['/tmp', '/var/tmp'])
  assert.equal(of('state', { HOME: `${folder}/home` }), [['/home/.local/state', 'HOME', 'ENOENT']])
  assert.match(String(of('runtime', { XDG_RUNTIME_DIR: '/etc/passwd' })[1]![2]), /it is a file/)
  assert.equal(of('lock', {}, 0).map(([path]) => path), ['/run/lock'])
})

test("BOOK-2 at no call of a newcomer the dead one's address is told, nor half of the new one", () => {
  advertise(folder, 'agent', `unix:${'/old'.repeat(30)}`).close()
  assert.is(addressOf(folder, 'agent'), null)
  const told: (string | null)[] = []
  let isLooking = false
  const stop = tap((_call, _args, proceed) => {
    if (!isLooking) {
      isLooking = true
      told.push(addressOf(folder, 'agent'))
      isLooking = false
    }
    return proceed()
  })
  const entry = advertise(folder, 'agent', 'unix:/new')
  stop()
  assert.equal(told, [null, null, null, null, null])
  assert.is(addressOf(folder, 'agent'), 'unix:/new')
  entry.close()
})

test('BOOK-2 an address of which a newcomer has written half is not told', () => {
  const entry = advertise(folder, 'agent', 'unix:/old')
  const stop = tap((call, _args, proceed) => {
    if (call === 'read') fs.writeFileSync(`${folder}/agent`, 'unix:/ne')
    return proceed()
  })
  const told = addressOf(folder, 'agent')
  stop()
  assert.is(told, null)
  entry.close()
})

test('BOOK-2 an address is told while its process lives, and one process has the name', async () => {
  const script = `import { advertise } from '${new URL('./well-known-path.ts', import.meta.url)}'
    advertise('${folder}', 'agent', 'unix:/bob')
    console.log('here')
    setInterval(() => {}, 1000)`
  const bob = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(bob.stdout, 'data')
  fs.mkdirSync(`${folder}/not-an-entry`)
  const mine = advertise(folder, 'desk', 'tcp:127.0.0.1:80')
  assert.equal([...addresses(folder)].sort(), [['agent', 'unix:/bob'], ['desk', 'tcp:127.0.0.1:80']])
  assert.throws(() => advertise(folder, 'agent', 'x'), /^EEXIST: file already exists, advertise '.*agent'/)
  bob.kill('SIGKILL')
  await once(bob, 'exit')
  assert.equal([...addresses(folder)], [['desk', 'tcp:127.0.0.1:80']])
  mine.close()
  assert.is(addressOf(folder, 'nobody'), null)
  assert.throws(() => advertise(folder, '../agent', 'x'), RangeError)
  assert.throws(() => advertise(folder, 'agent', 'two\nlines'), RangeError)
})

test('BOOK-2 an abstract name has one holder, is in the list, and is free when its holder is killed', async () => {
  const name = `well-known-path-test-${process.pid}`.padEnd(107, '-')
  const bob = spawn(process.execPath, ['--eval', `
    require('net').createServer().listen('\\0${name}', () => console.log('here'))`],
  { uid: eve, gid: eve, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(bob.stdout, 'data')
  const before = descriptors()
  assert.is(claimAbstract(name), null)
  assert.ok(descriptors() <= before)
  assert.ok(abstractNames().includes(name))
  assert.equal(whoListens({ abstract: name }), { pid: bob.pid!, uid: eve, gid: eve })
  bob.kill('SIGKILL')
  await once(bob, 'exit')
  const mine = claimAbstract(name)
  assert.ok(mine !== null)
  assert.throws(() => whoListens({ abstract: name }), new RegExp(`^ECONNREFUSED: .*, connect '@${name}'`))
  mine.close()
  assert.not(abstractNames().includes(name))
  assert.throws(() => whoListens(`/${'long'.repeat(30)}`), /^ENAMETOOLONG/)
})

test("who listens at a path is told by the kernel, through the step in one's hand", async () => {
  as(ann, 'umask 022; mkdir desk')
  const bob = spawn(process.execPath, ['--eval', `
    require('net').createServer().listen('${folder}/desk/agent', () => console.log('here'))`],
  { uid: ann, gid: ann, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(bob.stdout, 'data')
  const step = openTrusted(`${folder}/desk/agent`, { uid: ann })
  assert.equal(whoListens(`/proc/self/fd/${step.fd}`), { pid: bob.pid!, uid: ann, gid: ann })
  step.close()
  bob.kill('SIGKILL')
  await once(bob, 'exit')
})

test.run()
