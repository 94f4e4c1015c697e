// The verb `test`: runs the tests of the book and of its tools, each file in a process of its own, so that no failure hides.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Config } from './config.ts'
import { listFiles } from './files.ts'
import { Problems } from './problem.ts'
import { remapLine } from './remap.ts'
import type { Told } from './test-error.ts'
import { type FileResult, TestProcess, type TestResult } from './test-process.ts'
import { type Commit, readCommit, readRecord, type TestRecord, writeRecord } from './test-record.ts'

export interface TestOptions {
  /** Files and folders, relative to the working folder; none: the tools, the output folder, the experiments. */
  files?: string[]
  /** Only tests whose name matches. */
  grep?: string
  /** How many processes at once. */
  jobs?: number
  timeoutMs?: number
  fileTimeoutMs?: number
  /** Without tsx, by what Node itself makes of TypeScript. */
  native?: boolean
  quiet?: boolean
  /** Another program in the place of test-child.ts. Such a run is not recorded: it says nothing about this system. */
  command?: string[]
  /** More environment for the tests' processes. */
  env?: Record<string, string>
  /** What failed beside others runs once more by itself, and that counts. */
  again?: boolean
  /** A skipped test is a failure. It is so by itself where CI=true. */
  strict?: boolean
  signal?: AbortSignal
  report?: (line: string) => void
}

export interface TestRun extends TestRecord {
  files: Map<string, FileResult>
  interrupted: boolean
}

const tools = dirname(fileURLToPath(import.meta.url))
const testMs = 60_000
const fileMs = 600_000

export async function test(config: Config, options: TestOptions = {}): Promise<TestRun> {
  const start = performance.now()
  const date = new Date().toISOString()
  const before = readCommit(config.root)
  const full = !options.files?.length && options.grep === undefined
  const files = findTests(config, options.files ?? [])
  const results = await runAll(config, files, options)
  const interrupted = options.signal?.aborted ?? false
  const tests = [...results].flatMap(([file, result]) => flat(file, result, isStrict(options)))
  const skipped = isStrict(options) ? 0 : sum(results, ({ skipped }) => skipped.length)
  const failed = tests.filter(({ ok }) => !ok).length
  const record: TestRecord = {
    date,
    commit: before.commit,
    dirty: before.dirty || isOther(before, readCommit(config.root)),
    node: process.version,
    full,
    ms: Math.round(performance.now() - start),
    passed: tests.length - failed,
    failed,
    skipped,
    tests,
  }
  if (!interrupted && !options.command) writeRecord(config, record)
  return { ...record, files: results, interrupted }
}

/** The last lines of a run: what was slow, and the line that everybody looks for. */
export function summary({ tests, passed, failed, skipped, interrupted }: TestRun): string[] {
  const slow = tests.filter(({ ms }) => ms >= 500).sort((a, b) => b.ms - a.ms).slice(0, 8)
  const lines = slow.map(({ ms, file, name }) => `  ${time(ms).padStart(7)}  ${file}  ${name}`)
  if (lines.length > 0) lines.unshift('slowest:')
  if (interrupted) lines.push('interrupted')
  return [...lines, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`]
}

/** Whether the tree changed while the tests ran: then they tested no single commit. */
function isOther(before: Commit, after: Commit): boolean {
  return after.dirty || after.commit !== before.commit
}

function isStrict({ strict }: TestOptions): boolean {
  return strict ?? process.env['CI'] === 'true'
}

/** A file that is wrong as a whole counts as one failed test without a name. */
function flat(file: string, { tests, wrong, skipped }: FileResult, strict: boolean): TestRecord['tests'] {
  const name = ({ suite, name }: { suite: string; name: string }) => ({ ...(suite !== '' && { suite }), name })
  return [
    ...tests.map((test) => ({ file, ...name(test), ms: Math.round(test.ms * 10) / 10, ok: test.ok })),
    ...wrong.map(() => ({ file, name: '', ms: 0, ok: false })),
    ...(strict ? skipped.map((test) => ({ file, ...name(test), ms: 0, ok: false })) : []),
  ]
}

/** The test files, relative to the root and sorted. */
function findTests({ root, output, experiments }: Config, wanted: string[]): string[] {
  const places = wanted.length > 0 ? wanted.map((path) => resolve(path)) : defaultPlaces()
  function defaultPlaces(): string[] {
    const own = tools.startsWith(root + sep) && !tools.includes('node_modules') ? [tools] : []
    return [...own, join(root, output), join(root, experiments)].filter((path) => existsSync(path))
  }
  const skip = (name: string) => name === 'node_modules' || name.startsWith('.')
  const found = places.flatMap((place) => {
    const stat = statSync(place, { throwIfNoEntry: false })
    if (!stat) throw new Problems([{ file: relative(root, place), line: 1, column: 1, message: 'no such file or folder' }])
    if (!stat.isDirectory()) return [place]
    return listFiles(place, skip).filter((name) => name.endsWith('.test.ts')).map((name) => join(place, name))
  })
  return [...new Set(found)].map((path) => relative(root, path).split(sep).join('/')).sort()
}

async function runAll(config: Config, files: string[], options: TestOptions): Promise<Map<string, FileResult>> {
  const { signal, report = () => {}, quiet = false } = options
  const results = new Map<string, FileResult>()
  const run: Run = async (queue, jobs, only = () => options.grep) => {
    const ready: TestProcess[] = []
    const alive = new Set<TestProcess>()
    const start = () => {
      const child = new TestProcess(options.command ?? command(config, options), config.root, environment(options))
      alive.add(child)
      return child
    }
    const stop = () => alive.forEach((child) => child.kill())
    signal?.addEventListener('abort', stop)
    const work = async () => {
      for (let file = queue.shift(); file !== undefined && !signal?.aborted; file = queue.shift()) {
        const child = ready.pop() ?? start()
        // The next process gets ready while this one works: many tests wait more than they compute. Not beside
        // a file that wants to be alone.
        if (jobs > 1 && queue.length > ready.length) ready.push(start())
        const result = await child.run(orderFor(config, file, options, only(file)), limitsOf(options))
        alive.delete(child)
        if (signal?.aborted) return
        results.set(file, result)
        for (const line of tell(file, result, isStrict(options), quiet, width)) report(remapLine(line, config.root))
      }
    }
    await Promise.all(Array.from({ length: jobs }, work))
    stop()
    signal?.removeEventListener('abort', stop)
  }
  const width = Math.max(0, ...files.map((file) => file.length))
  const [together, alone] = share(config, files)
  await run([...together], options.jobs ?? Math.min(4, availableParallelism()))
  if (options.again) await runAgain(together, results, run, report)
  await run(alone, 1)
  return results
}

/** Runs files, so many at once; of a file all tests, or those whose name matches. */
type Run = (queue: string[], jobs: number, only?: (file: string) => string | undefined) => Promise<void>

/** The tests that failed beside others get a second chance, and the report says so: clocks do not run for one test only. */
async function runAgain(files: string[], results: Map<string, FileResult>, run: Run, report: (line: string) => void): Promise<void> {
  const first = new Map([...results].filter(([file, { wrong, tests }]) => files.includes(file) && (wrong.length > 0 || tests.some(({ ok }) => !ok))))
  if (first.size === 0) return
  report(`once more, each by itself: ${first.size} of ${files.length}`)
  await run([...first.keys()], 1, (file) => namesOf(first.get(file)!))
  for (const [file, before] of first) results.set(file, merge(before, results.get(file)!))
}

/** The names of the tests that failed, as a pattern; of a file that is wrong as a whole, none, which means all. */
function namesOf({ wrong, tests }: FileResult): string | undefined {
  if (wrong.length > 0) return undefined
  const names = tests.filter(({ ok }) => !ok).map(({ suite, name }) => `${suite} ${name}`.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return `^(${names.join('|')})$`
}

/** What passed the first time stands; of what failed, what the second time says, if it says anything. */
function merge(first: FileResult, second: FileResult): FileResult {
  const keyOf = ({ suite, name }: TestResult) => `${suite}\0${name}`
  const tests = new Map([...first.tests, ...second.tests].map((test) => [keyOf(test), test]))
  return { ...second, tests: [...tests.values()], skipped: first.wrong.length > 0 ? second.skipped : first.skipped, unwanted: first.unwanted }
}

const alone = /^\/\/ Runs alone\b/m
const long = /^\/\/ Runs long\b/m

/**
 * Long files first, so that the processes end together: by the last run, and else those that say so themselves. Files
 * that measure time run alone at the end.
 */
function share(config: Config, files: string[]): [string[], string[]] {
  const last = new Map<string, number>()
  for (const { file, ms } of readRecord(config)?.tests ?? []) last.set(file, (last.get(file) ?? 0) + ms)
  const says = (words: RegExp) => new Set(files.filter((file) => words.test(readFileSync(join(config.root, file), 'utf8'))))
  const [isLong, isAlone] = [says(long), says(alone)]
  const cost = (file: string) => last.get(file) ?? (isLong.has(file) ? Infinity : 0)
  const sorted = [...files].sort((a, b) => (cost(a) === cost(b) ? 0 : cost(b) - cost(a)))
  return [sorted.filter((file) => !isAlone.has(file)), sorted.filter((file) => isAlone.has(file))]
}

function limitsOf({ timeoutMs = testMs, fileTimeoutMs = fileMs }: TestOptions) {
  return { testMs: timeoutMs, fileMs: Math.max(fileTimeoutMs, timeoutMs) }
}

function orderFor({ root }: Config, file: string, { timeoutMs = testMs }: TestOptions, grep: string | undefined) {
  return { file: join(root, file), timeoutMs, grep }
}

/** The book's own way to start TypeScript, with our program in the file's place. */
export function command({ root, run }: Config, { native = false }: TestOptions = {}): string[] {
  const [, ...words] = run['ts'] ?? ['node', '{file}']
  const flags = words.slice(0, words.indexOf('{file}')).map((word) => word.replace('{loom}', tools))
  const [maps, typescript] = ['hooks/register.mjs', 'hooks/typescript.mjs'].map((hook) => join(tools, hook))
  if (!flags.includes(maps!) && !flags.includes(typescript!)) flags.unshift('--import', maps!)
  const tsx = flags.indexOf('tsx')
  if (tsx > 0) flags.splice(tsx - 1, 2, ...(native ? ['--enable-source-maps'] : ['--import', tsxFor(root)]))
  return [process.execPath, ...flags, join(tools, 'test-child.ts')]
}

/** The book's own tsx, or ours. */
function tsxFor(root: string): string {
  try {
    return pathToFileURL(createRequire(join(root, 'x')).resolve('tsx')).href
  } catch {
    return import.meta.resolve('tsx')
  }
}

function environment({ env }: TestOptions): NodeJS.ProcessEnv {
  const { NODE_CHANNEL_FD: _, ...inherited } = process.env
  return { ...inherited, ...env }
}

/** One line for a file, and below it whatever is wrong. */
function tell(file: string, result: FileResult, strict: boolean, quiet: boolean, width: number): string[] {
  const { tests, wrong, skipped, printed, ms } = result
  const bad = tests.filter(({ ok }) => !ok)
  const failed = bad.length + wrong.length + (strict ? skipped.length : 0)
  const counts = [`${tests.length - bad.length} passed`]
  if (failed > 0) counts.push(`${failed} failed`)
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`)
  const line = `${failed > 0 ? '✘' : '✔'} ${file.padEnd(width)}  ${time(ms).padStart(7)}  ${counts.join(', ')}`
  if (failed === 0) return quiet ? [] : [line, ...skipped.map(skip)]
  const output = printed.trimEnd() === '' ? [] : ['  it printed:', ...tail(printed).map((text) => `  | ${text}`)]
  const failures = [...wrong.map((error) => failure('the file', error)), ...bad.map(failureOf)].flat()
  return [line, ...failures, ...skipped.map(skip), ...output]
}

function failureOf({ suite, name, error }: TestResult): string[] {
  return failure([suite, name].filter(Boolean).join(' › '), error!)
}

function failure(name: string, { at, message, lines }: Told): string[] {
  const text = [...message.split('\n'), ...lines].map((line) => `      ${line}`.trimEnd())
  return [`  ✘ ${name}${at === undefined ? '' : `  ${at}`}`, ...text]
}

function skip({ name, reason }: { name: string; reason: string }): string {
  return `  - skipped: ${name || 'a test without a name'} (${reason})`
}

function tail(text: string, max = 100): string[] {
  const lines = text.trimEnd().split('\n')
  return lines.length <= max ? lines : [`… ${lines.length - max} lines more …`, ...lines.slice(-max)]
}

function time(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function sum(results: Map<string, FileResult>, count: (result: FileResult) => number): number {
  return [...results.values()].reduce((total, result) => total + count(result), 0)
}
