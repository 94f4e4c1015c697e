// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, type OpenFile } from '../foundations/file.ts'
import { bind, tap, type Observer, type SystemError } from '../foundations/kernel.ts'
import { exchange } from '../foundations/name.ts'
import { atomicWrite, cleanLeftovers, type AtomicWriteOptions, type Written } from './atomic-write.ts'

const OLD = 'old '.repeat(2000), NEW = 'new '.repeat(3000)
const isRoot = process.geteuid!() === 0
const home = fs.mkdtempSync('/tmp/atomic-write-test-')
const memory = fs.mkdtempSync('/dev/shm/atomic-write-test-')
const descriptors = () => fs.readdirSync('/proc/self/fd').length
let before = 0
test.before.each(() => { before = descriptors() })
test.after.each(() => assert.ok(descriptors() <= before, 'a descriptor leaked'))
test.after(() => {
  for (const folder of [home, memory]) fs.rmSync(folder, { recursive: true, force: true })
})

const combinations: AtomicWriteOptions[] = [true, false, 'exchange' as const].flatMap(replace =>
  ['unnamed' as const, 'named' as const].flatMap(temporary =>
    ['os' as const, 'disk' as const, 'disk and folder' as const].map(durability =>
      ({ replace, temporary, durability }))))

let scenes = 0
/** A fresh folder with the target `box/notes` in it, holding OLD unless it is to be created. */
function scene({ replace = true }: AtomicWriteOptions = {}, place = home): { box: string, target: string } {
  const box = `${place}/box${scenes++}`
  fs.mkdirSync(box)
  if (replace !== false) fs.writeFileSync(`${box}/notes`, OLD)
  return { box, target: `${box}/notes` }
}

/** What a reader finds: 'old', 'new', or how it is torn. A file that is not there yet is its own old version. */
function seenAt(target: string, { replace = true }: AtomicWriteOptions): string {
  let text
  try {
    text = fs.readFileSync(target, 'utf8')
  } catch (error) {
    return replace === false ? 'old' : String(error)
  }
  return text === OLD && replace !== false ? 'old' : text === NEW ? 'new' : `torn: ${text.length} bytes`
}

function during<T>(observer: Observer, action: () => T): T {
  const stop = tap(observer)
  try {
    return action()
  } finally {
    stop()
  }
}

function mustBeClean(box: string, now: string, options: AtomicWriteOptions): void {
  const others = fs.readdirSync(box).filter(name => name !== 'notes')
  const kept = options.replace === 'exchange' && now === 'new' ? 1 : 0
  assert.is(others.length, kept, `${JSON.stringify(options)}: ${others.join(' ')}`)
  for (const name of others) assert.is(fs.readFileSync(`${box}/${name}`, 'utf8'), OLD)
}

class Killed extends Error {}

/** Runs `action` as a process that dies before call number `step`, from 0. False when it died. */
function livesThrough(step: number, action: () => void): boolean {
  const opened = new Set<number>()
  let calls = 0
  try {
    during((syscall, args, proceed) => {
      if (calls++ >= step) throw new Killed()
      const result = proceed()
      if (syscall === 'open' && result >= 0) opened.add(result)
      if (syscall === 'close') opened.delete(args[0] as number)
      return result
    }, action)
    return calls <= step
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    return false
  } finally {
    for (const fd of opened) fs.closeSync(fd)
  }
}

function dieEverywhere(place: string): void {
  for (const options of combinations) {
    const seen = new Set<string>()
    for (let step = 0, lived = false; !lived; step++) {
      const { box, target } = scene(options, place)
      lived = livesThrough(step, () => atomicWrite(target, NEW, options))
      const now = seenAt(target, options)
      assert.match(now, /^(old|new)$/, `${JSON.stringify(options)}, killed before call ${step}`)
      if (lived) assert.is(now, 'new')
      const { living, unknown } = cleanLeftovers(box)
      assert.equal([living, unknown], [[], []])
      mustBeClean(box, now, options)
      seen.add(now)
    }
    assert.is(seen.size, 2, 'the deaths fell on both sides of the step that publishes')
  }
}

test('IO-2 old or new, never torn, and no litter, when the writer dies before any of its calls: /tmp', () => dieEverywhere(home))
test('IO-2 the same on tmpfs', () => dieEverywhere(memory))

const run = (command: string, ...args: string[]) => {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
}

const mount: Record<string, (place: string) => void> = {
  ext4: place => loop(place, 64, 'mkfs.ext4', '-q', '-F'),
  xfs: place => loop(place, 320, 'mkfs.xfs', '-q', '-f'),
  btrfs: place => loop(place, 128, 'mkfs.btrfs', '-q', '-f'),
  overlayfs: place => {
    for (const part of ['lower', 'upper', 'work']) fs.mkdirSync(`${place}.${part}`)
    const parts = `lowerdir=${place}.lower,upperdir=${place}.upper,workdir=${place}.work`
    run('mount', '-t', 'overlay', '-o', parts, 'overlay', place)
  },
}

function loop(place: string, mebibytes: number, ...mkfs: [string, ...string[]]): void {
  fs.writeFileSync(`${place}.image`, '')
  fs.truncateSync(`${place}.image`, mebibytes * 2 ** 20)
  run(...mkfs, `${place}.image`)
  run('mount', '-o', 'loop', `${place}.image`, place)
}

const unshare = bind('int unshare(int flags)')
const CLONE_NEWNS = 0x20000
if (isRoot) {
  unshare(CLONE_NEWNS)
  run('mount', '--make-rprivate', '/')
}

for (const [filesystem, mountAt] of Object.entries(mount)) {
  const only = isRoot ? test : test.skip
  only(`IO-2 the same on ${filesystem}`, () => {
    const place = `${memory}/${filesystem}`
    fs.mkdirSync(place)
    mountAt(place)
    try {
      dieEverywhere(place)
    } finally {
      run('umount', place)
    }
  })
}

const modules = ['foundations/kernel', 'foundations/file', 'foundations/name', 'patterns/atomic-write']
for (const name of modules) {
  const text = fs.readFileSync(new URL(`../${name}.ts`, import.meta.url), 'utf8')
  const { outputText } = ts.transpileModule(text, { compilerOptions: {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, rewriteRelativeImportExtensions: true } })
  fs.mkdirSync(dirname(`${home}/${name}`), { recursive: true })
  fs.writeFileSync(`${home}/${name}.js`, outputText)
}
fs.writeFileSync(`${home}/package.json`, '{ "type": "module" }')
fs.symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), `${home}/node_modules`)

/** Starts a process that has `atomicWrite`, `cleanLeftovers`, `tap` and `fs`, and runs `script`. */
function start(script: string, prefix: string[] = []): ChildProcess {
  const [command, ...args] = [...prefix, process.execPath, '--input-type=module', '--eval',
    `import * as fs from 'node:fs'
     import { tap } from '${home}/foundations/kernel.js'
     import { atomicWrite, cleanLeftovers } from '${home}/patterns/atomic-write.js'\n${script}`]
  return spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
}

const ended = (child: ChildProcess) => new Promise<NodeJS.Signals | number | null>(resolve =>
  child.on('close', (status, signal) => resolve(signal ?? status)))

function callsOf(options: AtomicWriteOptions): number {
  const { target } = scene(options)
  let calls = 0
  during((_syscall, _args, proceed) => { calls++; return proceed() }, () => atomicWrite(target, NEW, options))
  return calls
}

async function killAt(step: number, options: AtomicWriteOptions): Promise<void> {
  const { box, target } = scene(options)
  const child = start(`let calls = 0
    tap((syscall, args, proceed) => {
      if (calls++ === ${step}) process.kill(process.pid, 'SIGKILL')
      return proceed()
    })
    atomicWrite('${target}', 'new '.repeat(3000), ${JSON.stringify(options)})`)
  assert.is(await ended(child), 'SIGKILL')
  const now = seenAt(target, options)
  assert.match(now, /^(old|new)$/, `${JSON.stringify(options)}, killed before call ${step}`)
  assert.equal(cleanLeftovers(box).living, [])
  mustBeClean(box, now, options)
}

test('IO-2 old or new, never torn, and no litter, when the writer is killed before any of its calls', async () => {
  const deaths = combinations.filter(({ durability }) => durability === 'disk and folder')
    .flatMap(options => Array.from({ length: callsOf(options) }, (_, step) => ({ options, step })))
  const executioner = async () => {
    for (let death; (death = deaths.pop());) await killAt(death.step, death.options)
  }
  await Promise.all([executioner(), executioner(), executioner()])
})

function traceOf(options: AtomicWriteOptions): string[] {
  const { box, target } = scene(options)
  const files = new Map<number, string>()
  const trace: string[] = []
  const name = (path: unknown) => path === target ? 'target' : path === `${box}/` ? 'folder' : 'temporary'
  during((syscall, args, proceed) => {
    const result = proceed()
    if (syscall === 'open') {
      const isFolder = args[0] === `${box}/` && ((args[1] as number) & 1) === 0
      files.set(result, isFolder ? 'folder' : 'temporary')
    }
    if (/^(write|fsync)$/.test(syscall)) trace.push(`${syscall} ${files.get(args[0] as number)}`)
    if (/^rename/.test(syscall)) trace.push(args.filter(arg => typeof arg === 'string').map(name).join(' -> '))
    if (syscall === 'linkat') trace.push(`link ${name(args[3])}`)
    return result
  }, () => atomicWrite(target, NEW, options))
  return trace
}

test('IO-1 the bytes are written, then synced, then named, and then the folder is synced, as far as asked', () => {
  const rename = 'temporary -> target'
  const named = (durability: AtomicWriteOptions['durability']) => traceOf({ durability, temporary: 'named' })
  assert.equal(named('os'), ['write temporary', rename])
  assert.equal(named('disk'), ['write temporary', 'fsync temporary', rename])
  assert.equal(named('disk and folder'), ['write temporary', 'fsync temporary', rename, 'fsync folder'])
  assert.equal(traceOf({}), named('disk'))
  assert.equal(traceOf({ durability: 'disk and folder', temporary: 'unnamed' }),
    ['write temporary', 'fsync temporary', 'link temporary', rename, 'fsync folder'])
  assert.equal(traceOf({ durability: 'disk and folder', replace: false }),
    ['write temporary', 'fsync temporary', 'link target', 'fsync folder'])
  assert.equal(traceOf({ durability: 'disk and folder', replace: 'exchange' }),
    ['write temporary', 'fsync temporary', 'temporary -> temporary', rename, 'fsync folder'])
})

test('IO-1 FILES-17 tmpdir holds the temporary file instead, on the same filesystem or the target stays as it was', () => {
  for (const options of combinations) {
    const { box, target } = scene(options)
    const nursery = `${box}/nursery`
    fs.mkdirSync(nursery)
    let most = 0
    const look: Observer = (_syscall, _args, proceed) => {
      most = Math.max(most, fs.readdirSync(nursery).length)
      return proceed()
    }
    during(look, () => atomicWrite(target, NEW, { ...options, tmpdir: nursery }))
    assert.is(fs.readFileSync(target, 'utf8'), NEW)
    assert.is(most, options.temporary === 'named' ? 1 : 0, JSON.stringify(options))
    assert.equal(fs.readdirSync(nursery), [])
    if (fs.statSync(memory).dev === fs.statSync(box).dev) continue
    const { box: other, target: far } = scene(options)
    const { error } = attempt(far, { ...options, tmpdir: memory })
    assert.equal([error?.code, error?.path], ['EXDEV', far])
    assert.match(String(error?.hint), 'tmpdir')
    assert.is(seenAt(far, options), 'old')
    assert.equal(fs.readdirSync(other), options.replace === false ? [] : ['notes'])
  }
})

test('IO-1 the temporary file is in the folder of the file itself, also when the target is a link to elsewhere', () => {
  const { box, target } = scene()
  fs.mkdirSync(`${box}/elsewhere`)
  fs.symlinkSync('../notes', `${box}/elsewhere/link`)
  fs.symlinkSync('elsewhere/link', `${box}/twice`)
  const seen = new Set<string>()
  const look: Observer = (syscall, args, proceed) => {
    if (syscall === 'open') seen.add(String(args[0]).replace(/\.atomic-write.*/, ''))
    return proceed()
  }
  const { path } = during(look, () => atomicWrite(`${box}/twice`, NEW))
  assert.is(fs.realpathSync(String(path)), target)
  assert.equal([...seen].map(folder => fs.realpathSync(folder)), [box])
  assert.is(fs.readFileSync(target, 'utf8'), NEW)
  assert.ok(fs.lstatSync(`${box}/twice`).isSymbolicLink())
})

const [EINTR, EIO, EACCES, EINVAL, ENOSPC, ENOTSUP] = [-4, -5, -13, -22, -28, -95]

/** Answers call number `step` with `answer`. A close that reports an error has closed all the same. */
function failAt(step: number, answer: number, note: (syscall: string) => void): Observer {
  let calls = 0
  return (syscall, _args, proceed) => {
    if (calls++ !== step) return proceed()
    note(syscall)
    if (syscall === 'close') proceed()
    return answer
  }
}

function attempt(target: string, options: AtomicWriteOptions): { error?: SystemError, written?: Written } {
  try {
    return { written: atomicWrite(target, NEW, options) }
  } catch (error) {
    return { error: error as SystemError }
  }
}

for (const [code, answer] of Object.entries({ ENOSPC, EIO })) {
  test(`IO-2 ${code} at any call is told with the target's path, leaves the old file whole and nothing beside it`, () => {
    for (const options of combinations) {
      let failed: string | undefined = ''
      for (let step = 0; failed !== undefined; step++) {
        failed = undefined
        const { box, target } = scene(options, memory)
        const failing = failAt(step, answer, syscall => { failed = syscall })
        const { error } = during(failing, () => attempt(target, options))
        const now = seenAt(target, options)
        const where = `${JSON.stringify(options)}, ${failed} at call ${step}`
        if (error === undefined) {
          assert.match(String(failed), /^(undefined|close)$/, where)   // after the answer was given
        } else {
          assert.equal([error.code, error.path, error.syscall], [code, target, failed], where)
        }
        const isPlaced = error === undefined || /new file is in its place/.test(error.hint ?? '')
        assert.is(now, isPlaced ? 'new' : 'old', where)
        mustBeClean(box, now, options)
      }
    }
  })
}

test('IO-2 a signal at any call and writes of a few bytes do not show', () => {
  for (const options of combinations) {
    const { target } = scene(options, memory)
    let calls = 0
    const { error } = during((syscall, args, proceed) => {
      if (calls++ % 2 === 0) return syscall === 'close' ? (proceed(), EINTR) : EINTR
      if (syscall !== 'write') return proceed()
      return fs.writeSync(args[0] as number, args[1] as Buffer, 0, Math.min(args[2] as number, 700))
    }, () => attempt(target, options))
    assert.is(error, undefined)
    assert.is(seenAt(target, options), 'new')
  }
})

async function watch(write: (target: string, text: string) => void, versions: number) {
  const { box, target } = scene({}, memory)
  const text = (version: number) => `${version} `.padStart(8, '0').repeat(512)
  write(target, text(0))
  const child = start(`
    fs.writeFileSync('${box}/ready', '')
    let reads = 0, torn = 0
    const versions = new Set()
    while (reads % 64 !== 0 || (!fs.existsSync('${box}/stop') && process.ppid === ${process.pid})) {
      const seen = fs.readFileSync('${target}', 'utf8')
      reads++
      if (seen.length !== 4096 || seen !== seen.slice(0, 8).repeat(512)) torn++
      else versions.add(seen.slice(0, 8))
    }
    console.log(JSON.stringify({ reads, torn, versions: versions.size }))`)
  const ending = ended(child)
  let output = ''
  child.stdout!.on('data', data => { output += data })
  while (!fs.existsSync(`${box}/ready`)) await new Promise(resolve => setTimeout(resolve, 5))
  for (let version = 1; version <= versions; version++) write(target, text(version))
  fs.writeFileSync(`${box}/stop`, '')
  assert.is(await ending, 0)
  return JSON.parse(output) as { reads: number, torn: number, versions: number }
}

test('IO-2 a reader sees whole versions only, while a writer replaces the file 10,000 times', async () => {
  const { torn, versions } = await watch((target, text) => atomicWrite(target, text, { durability: 'os' }), 10_000)
  assert.is(torn, 0)
  assert.ok(versions > 10, `${versions} versions were seen`)
  const naive = () => watch((target, text) => fs.writeFileSync(target, text), 10_000)
  let caught = 0   // on a busy machine the reader may sleep through a run
  for (let i = 0; i < 5 && caught === 0; i++) caught = (await naive()).torn
  assert.ok(caught > 0, 'the reader would have noticed')
})

test('an exchange loses no version, however many write at once and clean at the same time', async () => {
  const { box, target } = scene({}, memory)
  const writers = ['a', 'b', 'c'].map(who => start(`
    for (let version = 0; version < 300; version++) {
      const previous = version % 3 === 0 ? '${who}' + version : undefined
      atomicWrite('${target}', '${who}' + version, {
        replace: 'exchange', previous, durability: 'os', temporary: version % 2 ? 'named' : 'unnamed' })
    }`))
  const endings = Promise.all(writers.map(ended))
  let isOver = false
  void endings.then(() => { isOver = true })
  while (!isOver) {
    assert.equal(cleanLeftovers(box).unknown, [])
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal(await endings, [0, 0, 0])
  assert.equal(cleanLeftovers(box).removed, [])
  const found = fs.readdirSync(box).map(name => fs.readFileSync(`${box}/${name}`, 'utf8')).sort()
  const written = ['a', 'b', 'c'].flatMap(who => Array.from({ length: 300 }, (_, i) => `${who}${i}`))
  assert.equal(found, [OLD, ...written].sort())
})

/** Runs `other` before call number `step` of `action`, as if another process had just been scheduled. */
function between(step: number, other: () => void, action: () => void): boolean {
  let calls = 0, happened = false
  during((_syscall, _args, proceed) => {
    if (calls++ === step) {
      happened = true
      calls = -Infinity   // what `other` calls is not counted
      other()
    }
    return proceed()
  }, action)
  return happened
}

test('IO-2 a cleaner between any two calls of a writer takes nothing that the writer needs', () => {
  for (const options of combinations) {
    let living = 0, removed = 0
    for (let step = 0, happened = true; happened; step++) {
      const { box, target } = scene(options, memory)
      happened = between(step, () => {
        const found = cleanLeftovers(box)
        living += found.living.length
        removed += found.removed.length
      }, () => atomicWrite(target, NEW, options))
      assert.is(seenAt(target, options), 'new')
      mustBeClean(box, 'new', options)
    }
    const { temporary, replace } = options
    assert.is(removed, temporary === 'named' ? 1 : 0, 'taken between its creation and its lock, and replaced')
    assert.is(living > 0, temporary === 'named' || replace !== false, 'seen, and spared')
  }
})

function litter(box: string, count: number): string[] {
  return Array.from({ length: count }, () => {
    const were = fs.readdirSync(box)
    const isDead = !livesThrough(5, () => atomicWrite(`${box}/notes`, NEW, { temporary: 'named' }))
    assert.ok(isDead)
    return fs.readdirSync(box).find(name => !were.includes(name))!
  })
}

test('IO-2 two cleaners at once remove each leftover once, and neither fails', () => {
  for (let step = 0, happened = true; happened; step++) {
    const { box } = scene({}, memory)
    const left = litter(box, 4)
    const removed: unknown[] = []
    happened = between(step,
      () => removed.push(...cleanLeftovers(box).removed), () => removed.push(...cleanLeftovers(box).removed))
    assert.equal(removed.sort(), left.sort())
    assert.equal(fs.readdirSync(box), ['notes'])
  }
})

test('IO-2 a cleaner removes what is ours and dead, and nothing that only looks like it', () => {
  const { box } = scene({}, memory)
  const [dead] = litter(box, 1)
  const name = (suffix: string) => `.atomic-write.0123456789abcdef-${suffix}`
  fs.symlinkSync('notes', `${box}/${name('link')}`)
  fs.mkdirSync(`${box}/${name('folder')}`)
  spawnSync('mkfifo', [`${box}/${name('fifo')}`])
  fs.writeFileSync(`${box}/${name('version=1')}`, 'the only copy')
  for (const other of ['.atomic-write.notes', `${name('x')}.bak`, '.atomic-write.txt']) {
    fs.writeFileSync(`${box}/${other}`, '')
  }
  const were = fs.readdirSync(box)
  const found = cleanLeftovers(box)
  assert.equal(found.removed, [dead])
  assert.equal(found.versions, [name('version=1')])
  assert.equal(found.unknown.sort(), [name('fifo'), name('folder'), name('link')])
  assert.equal(fs.readdirSync(box), were.filter(other => other !== dead))
})

test('a temporary file that somebody else has locked first is not used', () => {
  const { box, target } = scene()
  const held: OpenFile[] = []
  during((syscall, _args, proceed) => {
    const hidden = fs.readdirSync(box).find(name => name !== 'notes')
    if (syscall === 'fcntl' && held.length === 0) {
      held.push(open(`${box}/${hidden}`))   // this call and the next come here too, and pass
      assert.ok(held[0]!.tryLock({ shared: true }))
    }
    return proceed()
  }, () => attempt(target, { temporary: 'named', replace: 'exchange' }))
  const taken = Number(held[0]!.stat().ino)
  held[0]!.close()
  assert.is.not(fs.statSync(target).ino, taken)
  assert.is(seenAt(target, {}), 'new')
})

test('a cleaner that was overtaken by an exchange leaves the old version where it is', () => {
  const { box, target } = scene()
  fs.writeFileSync(`${box}/new`, NEW)
  const hidden = `.atomic-write.0123456789abcdef-1=${fs.statSync(`${box}/new`).ino}`
  fs.renameSync(`${box}/new`, `${box}/${hidden}`)
  const found = during((syscall, _args, proceed) => {
    if (syscall === 'fcntl') exchange(`${box}/${hidden}`, target)
    return proceed()
  }, () => cleanLeftovers(box))
  assert.equal(found.versions, [hidden])
  assert.is(fs.readFileSync(`${box}/${hidden}`, 'utf8'), OLD)
})

test('a temporary name that is taken is left alone, and another one is used', () => {
  for (const temporary of ['named', 'unnamed'] as const) {
    const { box, target } = scene()
    let taken: string | undefined
    during((_syscall, args, proceed) => {
      const name = args.find(arg => /\.atomic-write\./.test(String(arg)))
      if (taken === undefined && name !== undefined) {
        taken = String(name)
        fs.writeFileSync(taken, 'somebody else')
      }
      return proceed()
    }, () => atomicWrite(target, NEW, { temporary }))
    assert.is(fs.readFileSync(taken!, 'utf8'), 'somebody else')
    assert.is(fs.readdirSync(box).length, 2)
    assert.is(seenAt(target, {}), 'new')
  }
})

const onlyRoot = isRoot ? test : test.skip
onlyRoot('IO-2 a living writer is known by its lock and a dead one too, although its process number lives on', async () => {
  const { box, target } = scene()
  const writer = `tap((syscall, args, proceed) => {
      if (syscall !== 'rename') return proceed()
      console.log('stopped')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })
    atomicWrite('${target}', 'new', { temporary: 'named' })`
  const container = start(writer, ['unshare', '--pid', '--fork', '--kill-child', 'sh', '-c', `
    "$@" & writer=$!
    read order; kill -9 $writer; wait $writer 2>/dev/null
    echo $((writer - 1)) > /proc/sys/kernel/ns_last_pid
    sleep 60 & echo "was $writer is $!"
    read order; kill $!`, 'sh'])
  const ending = ended(container)
  const hears = (words: RegExp) => new Promise<RegExpExecArray>(resolve =>
    container.stdout!.on('data', data => { const found = words.exec(String(data)); if (found) resolve(found) }))
  // ask the cleaner before and after the writer's death
  await hears(/stopped/)
  const alive = cleanLeftovers(box)
  assert.equal([alive.living.length, alive.removed.length], [1, 0])
  const recycled = hears(/was (\d+) is (\d+)/)
  container.stdin!.write('\n')
  const [, was, is] = await recycled
  assert.is(was, is)
  const dead = cleanLeftovers(box)
  assert.equal(dead.removed, alive.living)
  assert.is(seenAt(target, {}), 'old')
  container.stdin!.end('\n')
  await ending
})

const modeOf = (path: string) => fs.statSync(path).mode & 0o7777
const codeOf = (...args: Parameters<typeof atomicWrite>) => {
  try {
    atomicWrite(...args)
  } catch (error) {
    return (error as SystemError).code
  }
  return 'written'
}

test('the old mode is kept, a given one is exact, and a new file gets what the umask leaves', () => {
  const { box, target } = scene()
  const umask = process.umask(0o027)
  fs.chmodSync(target, 0o4666)
  atomicWrite(target, NEW)
  assert.is(modeOf(target), 0o4666)
  atomicWrite(target, NEW, { mode: 0o757 })
  assert.is(modeOf(target), 0o757)
  atomicWrite(`${box}/fresh`, NEW)
  assert.is(modeOf(`${box}/fresh`), 0o640)
  process.umask(umask)
})

test('the temporary file is never open to more people than the target', () => {
  for (const temporary of ['named', 'unnamed'] as const) {
    const { target } = scene()
    fs.chmodSync(target, 0o600)
    during((syscall, args, proceed) => {
      if (syscall === 'open') assert.is((args[2] as number) & 0o077, 0)
      return proceed()
    }, () => atomicWrite(target, NEW, { temporary }))
  }
})

/** Runs `action` with the rights of an ordinary user. */
function asUser<T>(user: number, action: () => T): T {
  process.setegid!(user)
  process.seteuid!(user)
  try {
    return action()
  } finally {
    process.seteuid!(0)
    process.setegid!(0)
  }
}

onlyRoot('the owner is kept by root; a user who cannot keep it drops the rights that would be of others', () => {
  const { box, target } = scene()
  fs.chmodSync(home, 0o755)
  fs.chmodSync(box, 0o777)
  fs.chownSync(target, 1234, 2345)
  fs.chmodSync(target, 0o6764)
  atomicWrite(target, NEW)
  const { uid, gid } = fs.statSync(target)
  assert.equal([uid, gid, modeOf(target)], [1234, 2345, 0o6764])
  asUser(4321, () => atomicWrite(target, NEW))
  assert.equal([fs.statSync(target).uid, modeOf(target)], [4321, 0o744])
})

onlyRoot('a folder that the user may not change: EACCES with the target\'s path, nothing done', () => {
  const { box, target } = scene()
  const other = atomicWrite(`${box}/mine`, OLD) && `${box}/mine`
  for (const options of combinations) {
    const { error } = asUser(4321, () => attempt(target, { ...options, replace: true }))
    assert.is(error?.message, `EACCES: permission denied, open '${target}'`)
  }
  fs.unlinkSync(other)
  assert.equal(fs.readdirSync(box), ['notes'])
  assert.is(seenAt(target, {}), 'old')
})

onlyRoot('a folder that may not be read cannot be synced: that is told before anything is done', () => {
  const { box, target } = scene()
  fs.chmodSync(box, 0o733)
  const { error } = asUser(4321, () => attempt(target, { durability: 'disk and folder' }))
  assert.is(error?.message, `EACCES: permission denied, open '${target}'`)
  assert.is(seenAt(target, {}), 'old')
  assert.is(asUser(4321, () => attempt(target, {})).error, undefined)
  assert.is(seenAt(target, {}), 'new')
})

onlyRoot('the link of a stranger in a sticky folder is followed as far as the kernel follows it', () => {
  const { box, target } = scene()
  fs.chmodSync(box, 0o1777)
  fs.chownSync(target, 4321, 4321)
  fs.symlinkSync('notes', `${box}/trap`)
  fs.lchownSync(`${box}/trap`, 1234, 1234)
  const isProtected = fs.readFileSync('/proc/sys/fs/protected_symlinks', 'utf8') === '1\n'
  const byKernel: Observer = (syscall, args, proceed) =>
    syscall === 'statx' && args[1] === `${box}/trap` && args[2] === 0 ? EACCES : proceed()
  const write = () => asUser(4321, () => codeOf(`${box}/trap`, NEW))
  assert.is(write(), isProtected ? 'EACCES' : 'written')
  assert.is(during(byKernel, write), 'EACCES')
})

test('only a regular file is replaced, and a link is followed or refused', () => {
  const { box, target } = scene()
  fs.mkdirSync(`${box}/folder`)
  spawnSync('mkfifo', [`${box}/fifo`])
  for (const [link, text] of [['link', 'notes'], ['dangling', 'made'], ['loop', 'loop'], ['absolute', target]]) {
    fs.symlinkSync(text!, `${box}/${link}`)
  }
  assert.is(codeOf(`${box}/folder`, NEW), 'EISDIR')
  assert.is(codeOf(`${box}/folder`, NEW, { replace: 'exchange' }), 'EISDIR')
  assert.is(codeOf(`${box}/fifo`, NEW), 'EINVAL')
  assert.is(codeOf(`${box}/loop`, NEW), 'ELOOP')
  assert.is(codeOf(`${box}/link`, NEW, { links: 'refuse' }), 'ELOOP')
  assert.is(codeOf(`${box}/dangling`, NEW, { replace: false }), 'EEXIST')
  assert.is(codeOf(`${box}/no/such`, NEW), 'ENOENT')
  assert.is(codeOf(`${target}/below`, NEW), 'ENOTDIR')
  assert.is(seenAt(target, {}), 'old')
  assert.is(codeOf(`${box}/dangling`, NEW), 'written')
  assert.is(seenAt(`${box}/made`, {}), 'new')
  assert.is(codeOf(`${box}/absolute`, NEW), 'written')
  assert.is(seenAt(target, {}), 'new')
  assert.ok(fs.lstatSync(`${box}/absolute`).isSymbolicLink())
})

test('replace: false creates once, also where the filesystem cannot refuse a rename', () => {
  for (const temporary of ['auto', 'named', 'unnamed'] as const) {
    const { box, target } = scene({ replace: false })
    const old: Observer = (syscall, _args, proceed) => syscall === 'renameat2' ? EINVAL : proceed()
    const create = () => during(old, () => codeOf(target, NEW, { replace: false, temporary }))
    assert.is(create(), 'written')
    assert.is(create(), 'EEXIST')
    assert.equal(fs.readdirSync(box), ['notes'])
  }
})

test('where a file cannot be without a name, auto gives it one and says so', () => {
  const { target } = scene({ replace: false })
  const O_TMPFILE = 0o20000000
  const old: Observer = (syscall, args, proceed) =>
    syscall === 'open' && (args[1] as number) & O_TMPFILE ? ENOTSUP : proceed()
  const write = (options: AtomicWriteOptions) => during(old, () => attempt(target, options))
  assert.is(write({ temporary: 'unnamed' }).error?.code, 'ENOTSUP')
  const written = { path: target, durability: 'disk', temporary: 'named' }
  assert.equal(write({ replace: false }).written, written)
  assert.equal(atomicWrite(target, NEW, { durability: 'os' }), { ...written, durability: 'os' })
})

test('an exchange keeps the old version under the name that it returns, or that it was given', () => {
  const { box, target } = scene()
  const { previous } = atomicWrite(target, NEW, { replace: 'exchange' })
  assert.is(fs.readFileSync(String(previous), 'utf8'), OLD)
  assert.is(atomicWrite(target, 'third', { replace: 'exchange', previous: 'notes~' }).previous, `${box}/notes~`)
  assert.is(seenAt(`${box}/notes~`, {}), 'new')
  assert.is(atomicWrite(`${box}/fresh`, NEW, { replace: 'exchange' }).previous, undefined)
  const versions = cleanLeftovers(box).versions
  assert.equal(versions.map(name => `${box}/${name}`), [previous])
})

test('a path may be bytes, or relative, and an option may not be misspelt', () => {
  const { box } = scene()
  const path = Buffer.concat([Buffer.from(`${box}/`), Buffer.of(0xe9)])
  atomicWrite(path, Buffer.from(NEW))
  atomicWrite(path, Buffer.from('again'), { replace: 'exchange' })
  assert.is(fs.readFileSync(path, 'utf8'), 'again')
  const back = process.cwd()
  process.chdir(box)
  atomicWrite('relative', NEW)
  process.chdir(back)
  assert.is(seenAt(`${box}/relative`, {}), 'new')
  for (const wrong of [{ durability: 'disc' }, { replace: 'no' }, { temporary: '' }, { links: true }, { previous: 'a' }]) {
    assert.is(codeOf(`${box}/wrong`, NEW, wrong as AtomicWriteOptions), 'ERR_INVALID_ARG_VALUE')
  }
})

test.run()
