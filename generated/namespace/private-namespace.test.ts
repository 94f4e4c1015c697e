// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, type OpenFile } from '../foundations/file.ts'
import { bind } from '../foundations/kernel.ts'
import {
  bindMount, changeRoot, idMap, lend, mountMemory, mountOverlay, mounts, namespaceOf, privately,
  setPropagation, startContained, toInside, toOutside, unmount, visit,
} from './private-namespace.ts'
import { as } from './shared-namespace.ts'

const root = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/private-namespace-test-`))
const home = process.cwd()
let [folder, count, before] = ['', 0, '']
const table = () => JSON.stringify([mounts(), String(namespaceOf()), process.cwd()])
test.before.each(() => {
  folder = `${root}/${count++}`
  fs.mkdirSync(folder)
  process.chdir(folder)
  for (const name of ['place', 'other']) fs.mkdirSync(name)
  before = table()
})
test.after.each(() => assert.is(table(), before, 'the mounts of this thread are as before'))
test.after(() => {
  process.chdir(home)
  fs.rmSync(root, { recursive: true })
})

/** A process in this thread's namespace of the moment, until it is killed. */
const sleeper = () => spawn('sleep', ['60'], { stdio: 'ignore' })
async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
const errorOf = (action: () => unknown): string => {
  try {
    action()
    return 'done'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

test('BOOK-Q1 what is mounted privately is seen by nobody else, at the very same path', async () => {
  fs.writeFileSync('place/note', 'outside')
  let pool: Promise<string> | undefined
  const seen = privately(() => {
    mountMemory('place')
    fs.writeFileSync(`${folder}/place/note`, 'inside')
    pool = fs.promises.readFile(`${folder}/place/note`, 'utf8')
    const child = spawnSync('cat', [`${folder}/place/note`], { encoding: 'utf8' })
    return [fs.readFileSync('place/note', 'utf8'), child.stdout]
  })
  assert.equal(seen, ['inside', 'inside'])
  assert.is(await pool, 'outside')
  assert.is(fs.readFileSync('place/note', 'utf8'), 'outside')
})

test('BOOK-Q1 what is mounted privately is not told to those who share the place', () => privately(() => {
  mountMemory('place')
  setPropagation('place', 'shared')
  fs.mkdirSync('place/inner')
  const count = mounts().length
  assert.is(privately(() => {
    mountMemory('place/inner')
    return mounts().length
  }), count + 1)
  assert.is(mounts().length, count)
}))

test('BOOK-Q1 a worker that is started there stays there, and we come back', async () => {
  fs.writeFileSync('place/note', 'outside')
  const worker = privately(() => {
    mountMemory('place')
    fs.writeFileSync('place/note', 'inside')
    return new Worker(`const { parentPort } = require('node:worker_threads')
      const read = () => require('node:fs').readFileSync('${folder}/place/note', 'utf8')
      parentPort.once('message', () => parentPort.postMessage(read()))`, { eval: true })
  })
  assert.is(fs.readFileSync('place/note', 'utf8'), 'outside')
  worker.postMessage('read')
  assert.equal(await once(worker, 'message'), ['inside'])
  await worker.terminate()
})

test('BOOK-Q1 the first visit of a thread is a visit', () => {
  const script = `import { visit } from '${new URL('./private-namespace.ts', import.meta.url)}'
    console.log(visit(process.pid, () => 'there and back'))`
  const child = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script], { encoding: 'utf8' })
  assert.is(child.stdout, 'there and back\n', child.stderr)
})

test('BOOK-Q1 a private thread comes back, whatever happened, and says what it may not', () => {
  assert.throws(() => privately(() => {
    mountMemory('place')
    process.chdir('place')
    throw new Error('in the middle')
  }), /in the middle/)
  assert.is(table(), before)
  assert.throws(() => privately(async () => 1), TypeError)
  assert.is(as({ uid: 1000, gid: 1000 }, () => errorOf(() => privately(() => 1))), 'EPERM')
  assert.throws(() => visit(2 ** 30, () => 1), /^ENOENT: .*\/proc\/1073741824\/ns\/mnt/)
  assert.is(errorOf(() => privately(() => unmount('place'))), 'EINVAL')
  const unshare = bind('int unshare(int flags)')
  assert.throws(() => unshare(0x10000000), /^EINVAL/, 'a user namespace is not for threads')
})

test('BOOK-Q1 a namespace ends with its last process or open file, however they end', async () => {
  const child = privately(() => {
    mountMemory('place')
    fs.writeFileSync('place/note', 'inside')
    return sleeper()
  })
  assert.is(namespaceOf(child.pid) === namespaceOf(), false)
  const namespace = open(`/proc/${child.pid}/ns/mnt`)
  const kept = visit(child.pid!, () => open('/proc/self/mountinfo'))
  kept.close()
  await end(child)
  assert.is(visit(namespace, () => fs.readFileSync(`${folder}/place/note`, 'utf8')), 'inside')
  namespace.close()
  assert.equal(fs.readdirSync('place'), [])
})

test('BOOK-Q1 who was parted by a mount meets again: by /proc, by a visit, by a loan, by a descriptor', async () => {
  fs.writeFileSync('other/answer', 'bobs')
  const child = privately(() => {
    mountMemory('place')
    fs.writeFileSync('place/note', 'anns')
    fs.mkdirSync('place/desk')
    return sleeper()
  })
  const note = `${folder}/place/note`
  assert.is(fs.readFileSync(`/proc/${child.pid}/root${note}`, 'utf8'), 'anns')
  const file: OpenFile = visit(child.pid!, () => open(note))
  assert.is(file.readAll().toString(), 'anns')
  file.close()
  lend(`${folder}/other`, child.pid!, `${folder}/place/desk`)
  fs.writeFileSync('other/later', '')
  const desk = () => fs.readdirSync(`${folder}/place/desk`).sort()
  assert.equal(visit(child.pid!, desk), ['answer', 'later'])
  assert.is(errorOf(desk), 'ENOENT')
  assert.is(errorOf(() => lend(`${folder}/other`, child.pid!, `${folder}/place/nowhere`)), 'ENOENT')
  const ours = fs.openSync('other', 'r')
  const given = privately(() => {
    mountMemory('other')
    return spawnSync('cat', ['/proc/self/fd/3/answer'], { stdio: ['ignore', 'pipe', 'inherit', ours] })
  })
  assert.is(String(given.stdout), 'bobs')
  fs.closeSync(ours)
  await end(child)
})

const wait = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('BOOK-Q1 who is told of whose mounts: shared both, slave one way, private nobody', async () => {
  const told = (how: 'shared' | 'slave' | 'private'): [boolean[], ChildProcess] => privately(() => {
    mountMemory('place')
    for (const name of ['ours', 'theirs']) fs.mkdirSync(`place/${name}`)
    setPropagation('place', 'shared')
    const child = spawn('unshare', ['--mount', '--propagation', 'unchanged', 'sleep', '60'], { stdio: 'ignore' })
    while (namespaceOf(child.pid) === namespaceOf()) wait(2)
    if (how !== 'shared') visit(child.pid!, () => setPropagation(`${folder}/place`, how))
    mountMemory('place/ours')
    visit(child.pid!, () => mountMemory(`${folder}/place/theirs`))
    const has = (name: string) => () => mounts().some(({ target }) => target === `${folder}/place/${name}`)
    return [[visit(child.pid!, has('ours')), has('theirs')()], child]
  })
  for (const [how, expected] of [['shared', [true, true]], ['slave', [true, false]], ['private', [false, false]]] as const) {
    const [seen, child] = told(how)
    await end(child)
    assert.equal(seen, expected, how)
  }
})

test('BOOK-Q1 bind, overlay and read-only, and the table that tells of them', () => privately(() => {
  mountMemory('place')
  const odd = `${folder}/place/a b,c:d\\e`
  for (const name of ['low', 'lower', 'up', 'work', 'view', 'bound']) fs.mkdirSync(`${odd}/${name}`, { recursive: true })
  for (const name of ['low', 'lower']) fs.writeFileSync(`${odd}/${name}/both`, name)
  fs.writeFileSync(`${odd}/lower/one`, 'lower')
  const lower = [`${odd}/low`, `${odd}/lower`]
  mountOverlay(`${odd}/view`, { lower, upper: `${odd}/up`, work: `${odd}/work` })
  assert.equal(fs.readdirSync(`${odd}/view`).sort(), ['both', 'one'])
  assert.is(fs.readFileSync(`${odd}/view/both`, 'utf8'), 'low')
  fs.unlinkSync(`${odd}/view/one`)
  fs.writeFileSync(`${odd}/view/both`, 'changed')
  assert.equal(['low/both', 'lower/both', 'lower/one', 'up/both'].map(name => fs.readFileSync(`${odd}/${name}`, 'utf8')),
    ['low', 'lower', 'lower', 'changed'])
  assert.is(fs.lstatSync(`${odd}/up/one`).isCharacterDevice(), true, 'a whiteout')
  bindMount(`${odd}/lower`, `${odd}/bound`, { isReadOnly: true })
  assert.is(errorOf(() => fs.writeFileSync(`${odd}/bound/one`, '')), 'EROFS')
  fs.writeFileSync(`${odd}/lower/one`, 'still')
  const [view, bound] = ['view', 'bound'].map(name => mounts().find(({ target }) => target === `${odd}/${name}`)!)
  assert.equal([view!.type, view!.isReadOnly, bound!.type, bound!.isReadOnly], ['overlay', false, 'tmpfs', true])
  assert.ok(bound!.root.endsWith('/a b,c:d\\e/lower'))
  unmount(`${odd}/bound`)
  assert.equal(fs.readdirSync(`${odd}/bound`), [])
  setPropagation('place', 'unbindable')
  assert.is(errorOf(() => bindMount('place', 'other')), 'EINVAL')
}))

const chroot = bind('int chroot(const char *path)')
const chdir = bind('int chdir(const char *path)')

function climb(): boolean {
  chroot('/ladder')
  for (let i = 0; i < 50; i++) chdir('..')
  chroot('.')
  return fs.existsSync(`${folder}/place`)
}

test('BOOK-Q1 root climbs out of a chroot, and not out of a changed root', () => {
  assert.is(privately(() => {
    fs.mkdirSync('place/ladder')
    chdir('place')
    chroot('.')
    return climb()
  }), true)
  assert.is(privately(() => {
    mountMemory('other')
    fs.mkdirSync('other/ladder')
    changeRoot('other')
    return climb()
  }), false)
})

/** Two lower folders, of which ours is in memory: an overlay refuses a layer that lies in another. */
function layer(): OpenFile {
  return privately(() => {
    mountMemory('ours')
    fs.mkdirSync('ours/layer/desk', { recursive: true })
    fs.writeFileSync('ours/layer/file', '')
    return open('/proc/thread-self/ns/mnt')
  })
}

async function inside(namespace: OpenFile, script: string) {
  const child = visit(namespace, () => startContained('sh', ['-c', script], { folder: `${folder}/place`,
    lower: [`${folder}/ours`, '/'], lent: { '/layer/desk': `${folder}/other` }, stdio: ['ignore', 'pipe', 'inherit'] }))
  const said: Buffer[] = []
  child.stdout!.on('data', data => said.push(data))
  const [status] = await once(child, 'close')
  return { status, lines: Buffer.concat(said).toString().trimEnd().split('\n') }
}

test('BOOK-Q1 a container has its own root, processes, name and network, and what it wrote is gone', async () => {
  fs.mkdirSync('ours')
  fs.writeFileSync('other/note', 'from outside\n')
  const namespace = layer()
  const { status, lines } = await inside(namespace, `
    cat /proc/1/comm; hostname; tail -n +3 /proc/net/dev | cut -d: -f1
    rm /layer/file; ls /layer; touch /layer/new
    cat /layer/desk/note; echo back > /layer/desk/answer
    wc -l < /proc/mounts; exit 3`)
  assert.equal(lines.map(line => line.trim()).slice(0, 5), ['sh', 'container', 'lo', 'desk', 'from outside'])
  assert.is(status, 3)
  assert.ok(Number(lines.at(-1)) <= 7, `no more mounts than it was given: ${lines.at(-1)}`)
  assert.equal(visit(namespace, () => fs.readdirSync(`${folder}/ours/layer`)).sort(), ['desk', 'file'])
  assert.is(fs.readFileSync('other/answer', 'utf8'), 'back\n')
  assert.equal([fs.readdirSync('place'), fs.existsSync('/layer')], [[], false])
  assert.is((await inside(namespace, 'no-such-command')).status, 127)
  namespace.close()
})

test('BOOK-Q1 who kills the first process of a container has killed all of them', async () => {
  const child = startContained('sh', ['-c', 'sleep 61 & sleep 62 & echo ready; wait'],
    { folder: 'place', stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  const numbers = namespaceOf(child.pid, 'pid')
  const those = () => fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))
    .filter(pid => errorOf(() => namespaceOf(Number(pid), 'pid')) === 'done' && namespaceOf(Number(pid), 'pid') === numbers)
  assert.ok(those().length >= 4)
  await end(child)
  for (let i = 0; i < 200 && those().length > 0; i++) wait(10)
  assert.equal(those(), [])
})

const ann = ['--reuid=1000', '--regid=1000', '--clear-groups']

test('BOOK-Q1 a user inside is another one outside, as the map says', async () => {
  const child = spawn('setpriv', [...ann, 'unshare', '--user', 'sh', '-c', `read _; touch by-root
    setpriv --reuid=1003 --regid=0 --clear-groups touch other/by-1003
    stat -c %u other; stat -c %u /; read _`], { stdio: ['pipe', 'pipe', 'inherit'] })
  while (namespaceOf(child.pid, 'user') === namespaceOf(process.pid, 'user')) wait(2)
  assert.equal(idMap(child.pid!), [])
  fs.writeFileSync(`/proc/${child.pid}/uid_map`, '0 1000 1\n1000 5000 10\n')
  fs.writeFileSync(`/proc/${child.pid}/gid_map`, '0 1000 1\n')
  fs.chmodSync(root, 0o755)
  for (const [path, uid] of [['.', 1000], ['other', 5003]] as const) fs.chownSync(path, uid, 1000)
  fs.chmodSync('other', 0o700)
  const map = idMap(child.pid!)
  assert.equal(map, [{ inside: 0, outside: 1000, count: 1 }, { inside: 1000, outside: 5000, count: 10 }])
  const said = once(child.stdout!, 'data')
  child.stdin!.write('\n')
  const seen = String((await said)[0]).trim().split('\n').map(Number)
  assert.is(seen[0], toInside(map, 5003))
  const files = [['by-root', 0], ['other/by-1003', 1003]] as const
  for (const [path, uid] of files) assert.is(fs.statSync(path).uid, toOutside(map, uid), path)
  assert.equal([toInside(map, 0), toOutside(map, 1010), toInside(map, 5010)], [65_534, null, 65_534])
  await end(child)
})

test.run()
