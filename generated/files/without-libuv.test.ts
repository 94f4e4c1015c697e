// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
// Runs on Linux only: strace.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { scenes, waitingScenes } from './without-libuv-scenes.ts'
import { callsOn, type TracedCall } from './without-libuv.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = fs.mkdtempSync(`${tmpdir()}/without-libuv-test-`)
test.after(() => { execFileSync('rm', ['-rf', folder]) })
/** The sections of this chapter are those that have a test. */
const sections = fs.readdirSync(here).flatMap(name => /^([a-z-]+)\.test\.ts$/.exec(name)?.[1] ?? [])

/** Runs the scenes with strace at their side. Returns the trace. */
async function traced(which: 'working' | 'waiting'): Promise<string> {
  for (const name of Object.keys(which === 'working' ? scenes : waitingScenes)) {
    fs.mkdirSync(`${folder}/${name}`)
  }
  const program = [...process.execArgv, `${here}without-libuv-scenes.ts`, folder, which]
  const child = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  assert.is((await lines.next()).value, 'ready')
  const trace = `${folder}/${which}.trace`
  // Not the waiting itself, nor the bells by which threads wake each other: they would fill the trace.
  const kinds = `trace=%file,${which === 'working' ? 'read,write,' : ''}pread64,pwrite64,close,fsync,` +
    'fdatasync,ftruncate,lseek,fstat,fchmod,fchown,utimensat,getdents64,copy_file_range,ioctl,fcntl'
  const args = ['-f', '-y', '-k', '-e', kinds, '-o', trace, '-p', String(child.pid)]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise(resolve => strace.stderr.on('data', text => {
    if (/attached/.test(String(text))) resolve(null)
  }))
  child.stdin.write('go')
  assert.is((await lines.next()).value, 'done')
  await new Promise(resolve => strace.once('close', resolve))
  return fs.readFileSync(trace, 'utf8')
}

let trace = ''
const all = { ...scenes, ...waitingScenes }
delete all['node-fs']
test.before(async () => { trace = `${await traced('working')}\n${await traced('waiting')}` })
const by = (calls: TracedCall[]) => [...new Set(calls.map(call => call.by))]

test('FILES-25 the trace of every section shows its calls, and none that came through node:fs', () => {
  for (const name of Object.keys(all)) {
    const calls = callsOn(`${folder}/${name}/`, trace)
    const wrong = calls.filter(call => call.by !== 'foreign call')
    assert.equal(wrong.map(call => `${call.by}: ${call.text}`), [], name)
    // What goes through a ring is no system call at all: the kernel does it by itself.
    if (name !== 'io-uring') assert.ok(calls.length >= 4, `${name} makes ${calls.length} calls`)
  }
  const kinds = new Set(Object.keys(all).flatMap(name => callsOn(`${folder}/${name}/`, trace))
    .map(({ syscall }) => syscall))
  for (const kind of ['openat', 'read', 'write', 'fsync', 'statx', 'getdents64', 'mkdir']) {
    assert.ok(kinds.has(kind), `${kind} is missing from ${[...kinds].join()}`)
  }
})

test('FILES-25 the trace would tell: node:fs is seen in the thread, in the pool and in a stream', () => {
  for (const name of ['sync', 'callback', 'promise', 'stream']) {
    const calls = callsOn(`${folder}/node-fs/${name}`, trace)
    assert.equal(by(calls), ['node:fs'], name)
  }
})

const HARMLESS = new Set(['async_hooks', 'buffer', 'v8', 'crypto', 'events', 'os', 'path', 'perf_hooks',
  'stream', 'stream/web', 'timers', 'timers/promises', 'url', 'util', 'util/types', 'worker_threads'])
const OUTSIDE = new Set(['koffi'])

/** What is wrong with what a module imports, and the modules of ours that it imports. */
function judge(file: string): { wrong: string[], next: string[] } {
  const source = fs.readFileSync(file, 'utf8')
  const imports = source.matchAll(
    /^(?:import|export)\s+([\w*{}\s,$]+?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm)
  const [wrong, next]: [string[], string[]] = [[], []]
  for (const [, what = '', from, dynamic] of imports) {
    const name = from ?? dynamic!
    const isConstants = name === 'node:fs' && /^\{ constants \} from\s$/.test(what)
    if (what.startsWith('type ')) continue   // nothing is loaded for it
    if (name.startsWith('.')) next.push(fileURLToPath(new URL(name, `file://${file}`)))
    else if (!isConstants && !HARMLESS.has(name.replace(/^node:/, '')) && !OUTSIDE.has(name)) {
      wrong.push(`${file} imports ${name}`)
    }
  }
  const doors = /process\.binding|getBuiltinModule|\brequire\(|createRequire|writeHeapSnapshot/.exec(source)
  if (doors !== null) wrong.push(`${file} has ${doors[0]}`)
  return { wrong, next }
}

test('FILES-25 no module that the door can reach imports node:fs, but for its constants', () => {
  const [todo, seen, wrong] = [[`${here}index.ts`], new Set<string>(), [] as string[]]
  for (let file; (file = todo.pop()) !== undefined;) {
    if (seen.has(file)) continue
    seen.add(file)
    const { wrong: more, next } = judge(file)
    wrong.push(...more)
    todo.push(...next)
  }
  assert.ok(seen.size > 15, `${seen.size} modules`)
  assert.equal(wrong, [])
  const bad = `${folder}/bad.ts`
  for (const source of [`import { statSync } from 'node:fs'`, `import * as fs from 'fs'`,
    `export { stat } from 'node:fs/promises'`, `await import('node:fs')`, `process.binding('fs')`,
    `import {\n  constants, statSync,\n} from 'node:fs'`, `import { Repl } from 'node:repl'`]) {
    fs.writeFileSync(bad, source)
    assert.is(judge(bad).wrong.length, 1, source)
  }
  fs.writeFileSync(bad, `import { constants } from 'node:fs'\nimport type { Stats } from 'node:fs'`)
  assert.equal(judge(bad).wrong, [])
})

const guarded = (program: string, ...args: string[]) => spawnSync(process.execPath,
  [...process.execArgv, '--import', `${here}without-libuv-guard.ts`, program, ...args],
  { encoding: 'utf8', timeout: 55_000 })

for (const name of sections) {
  if (name in all || name === 'without-libuv') continue
  test(`FILES-25 ${name}, which has no scene, does not reach node:fs while its own tests run`, () => {
    const { status, stderr } = guarded(`${here}${name}.test.ts`)
    assert.not.match(stderr, /node:fs was used/)
    assert.ok(status !== null && status !== 86, status === null ? 'it took too long' : 'see above')
  })
}

test('FILES-25 the guard would tell', () => {
  fs.mkdirSync(`${folder}/generated`)
  const [bad, good] = [`${folder}/generated/bad.mjs`, `${folder}/generated/good.test.ts`]
  fs.writeFileSync(bad, `import { statSync, promises, readFile } from 'node:fs'
    export const all = () => { statSync('/'); promises.stat('/'); readFile('/', () => {}) }`)
  fs.writeFileSync(good, `import { all } from './bad.mjs'; import { statSync } from 'node:fs'
    statSync('/tmp'); if (process.argv[2]) all()`)
  assert.equal([guarded(good).status, guarded(good).stderr], [0, ''])
  const { status, stderr } = guarded(good, 'all')
  assert.is(status, 86)
  assert.equal(stderr.match(/(\w+) by .*bad\.mjs/g)?.length, 3, stderr)
})

test.run()
