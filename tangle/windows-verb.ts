// The verb `windows`: runs tests under Wine with Windows' own Node. A test that cannot hold there says why, in the line before it:
// `// On Windows: reason`. It has to fail, in a process of its own; when it passes, the line is a lie and the run has failed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from './config.ts'
import { listFiles } from './files.ts'
import { test, type TestOptions, type TestRun } from './test-run.ts'
import { prepareWine, stopWine } from './wine.ts'

/** Folders whose tests are for every platform. */
const folders = ['generated/platforms', 'generated/files']
/** A test file says so when it is about another system. */
const elsewhere = /^\/\/ Runs on (.+) only\b/m
const difference = /^ *\/\/ On Windows: (.+)\n(?: *\/\/.*\n)* *\w+\((?:'((?:[^'\\]|\\.)+)'|`([^`]+)`)/gm

export interface Difference {
  file: string
  name: string
  reason: string
  /** Whether the test fails, as it was said. */
  holds: boolean
}

export interface WindowsRun {
  passed: number
  failed: number
  differences: Difference[]
  /** Test files that were left out, and the system that they are about. */
  left: { file: string; system: string }[]
  tests: TestRun['tests']
}

/** The tests in a file of which it says that they differ: a pattern for the name → reason. A template has a hole for anything. */
export function declared(source: string): Map<string, string> {
  const pattern = (name: string | undefined, template = '') =>
    name === undefined ? template.split(/\$\{[^}]*\}/).map(quote).join('.+') : quote(name.replaceAll("\\'", "'"))
  return new Map(Array.from(source.matchAll(difference), ([, reason, name, template]) => [pattern(name, template), reason!]))
}

export async function windows(config: Config, options: TestOptions = {}): Promise<WindowsRun> {
  const wine = await prepareWine(config, options.report)
  const found = options.files?.length ? options.files : folders.flatMap((folder) => testsIn(config, folder))
  const sources = new Map(found.map((file) => [file, sourceOf(config, file)]))
  const left = found.flatMap((file) => {
    const system = elsewhere.exec(sources.get(file)!)?.[1]
    return system === undefined ? [] : [{ file, system }]
  })
  const flags = ['--conditions=source', '--no-warnings', 'F:\\tangle\\test-child.ts']
  const child = fileURLToPath(new URL('./wine-child.ts', import.meta.url))
  const command = [process.execPath, '--import', new URL('./hooks/typescript.mjs', import.meta.url).href, child, wine.folder, ...wine.command, ...flags]
  const env = { ...wine.env, ...options.env }
  const run = (file: string, more: TestOptions) => test(config, { ...options, ...more, files: [file], command, env, jobs: 1 })
  /** The tests that have really run, or the file as a whole. */
  const each = async (file: string, more: TestOptions) => {
    const { files } = await run(file, more)
    const { tests, wrong } = files.get(file)!
    const begun = tests.filter(({ error }) => !error?.message.startsWith('never ran'))
    return begun.length === 0 && wrong.length > 0 ? [] : begun
  }
  const result: WindowsRun = { passed: 0, failed: 0, differences: [], left, tests: [] }
  const queue = found.filter((file) => !left.some((each) => each.file === file))
  const work = async () => {
    for (let file = queue.shift(); file !== undefined && !options.signal?.aborted; file = queue.shift()) {
      const differing = declared(sources.get(file)!)
      const { passed, failed, tests } = await run(file, { grep: options.grep ?? without([...differing.keys()]) })
      result.passed += passed
      result.failed += failed
      result.tests.push(...tests)
      if (options.grep !== undefined) continue
      // All in one process first; what that one's end has kept from running gets a process of its own.
      const quick = { report: () => {}, timeoutMs: 10_000 }
      const ran = differing.size === 0 ? [] : await each(file, { ...quick, grep: only([...differing.keys()]) })
      for (const [name, reason] of differing) {
        if (options.signal?.aborted) break
        const is = new RegExp(`^${name}$`)
        let found = ran.filter((test) => is.test(test.name))
        if (found.length === 0) found = await each(file, { ...quick, grep: only([name]) })
        result.differences.push({ file, name, reason, holds: found.every(({ ok }) => !ok) })
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: options.jobs ?? 2 }, work))
  } finally {
    stopWine(wine)
  }
  result.failed += result.differences.filter(({ holds }) => !holds).length
  return result
}

/** A test file, and the tests that it shares with others. */
function sourceOf(config: Config, file: string): string {
  const source = readFileSync(join(config.root, file), 'utf8')
  const shared = Array.from(source.matchAll(/from '(\.\/[^']+(?:\.stage|-suite)\.ts)'/g), ([, path]) => join(config.root, file, '..', path!))
  return [source, ...shared.map((path) => readFileSync(path, 'utf8'))].join('\n')
}

const quote = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
/** A test is asked for by its suite's name and its own. */
const only = (names: string[]) => `(?:^| )(?:${names.join('|')})$`
const without = (names: string[]) => `^(?!(?:\\S+ )?(?:${names.join('|') || '\\0'})$)`

function testsIn({ root }: Config, folder: string): string[] {
  const names = listFiles(join(root, folder), (name) => name.startsWith('.'))
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`)
}

export async function windowsVerb(config: Config, { values, files, say }: Given): Promise<number> {
  const options: TestOptions = { files, report: say, jobs: Number(values['jobs'] ?? 2) }
  if (typeof values['grep'] === 'string') options.grep = values['grep']
  if (Number(values['timeout']) > 0) options.timeoutMs = Number(values['timeout']) * 1000
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort())
  const { passed, failed, differences, left } = await windows(config, { ...options, signal: end.signal })
  for (const { file, name, reason, holds } of differences) say(`${holds ? '≠' : '✘ passes, and should not:'} ${file}  ${name}\n    ${reason}`)
  for (const { file, system } of left) say(`- ${file} is about ${system}, and was not run`)
  if (end.signal.aborted) return 130
  say(`${differences.length} tests differ on Windows, and say why`)
  say(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}

interface Given {
  values: Record<string, string | boolean | string[] | undefined>
  files: string[]
  say: (line: string) => void
}
