// What `loom test` does with its options, and what it prints.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { summary, test, type TestOptions } from './test-run.ts'

interface Given {
  values: Record<string, string | boolean | string[] | undefined>
  files: string[]
  say: (line: string) => void
}

export async function testVerb(config: Config, { values, files, say }: Given): Promise<number> {
  if (typeof values['on'] === 'string') return testOnVerb(values['on'], { values, files, say })
  const options: TestOptions = { files, quiet: values['quiet'] === true, native: values['native'] === true, again: values['again'] === true || process.env['LOOM_AGAIN'] === '1' }
  if (typeof values['grep'] === 'string') {
    options.grep = values['grep']
    try {
      new RegExp(options.grep)
    } catch (error) {
      return usage((error as Error).message)
    }
  }
  for (const [key, set] of [['jobs', (n: number) => (options.jobs = n)], ['timeout', (n: number) => (options.timeoutMs = n * 1000)]] as const) {
    if (values[key] === undefined) continue
    const number = Number(values[key])
    if (!(number > 0)) return usage(`--${key} needs a number above 0, and got '${String(values[key])}'`)
    set(number)
  }
  if (!values['json']) options.report = say
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort())
  options.signal = end.signal
  const covered = values['coverage'] === true ? join(config.root, config.cache, 'coverage') : undefined
  if (covered !== undefined) {
    rmSync(covered, { recursive: true, force: true })
    options.env = { NODE_V8_COVERAGE: covered }
  }
  const run = await test(config, options)
  if (covered !== undefined && !values['json'] && !run.interrupted) {
    const { coverageTable, readCoverage } = await import('./coverage.ts')
    for (const line of coverageTable(readCoverage(config, covered))) say(line)
    rmSync(covered, { recursive: true, force: true }) // some hundred megabytes for a whole book
  }
  if (values['json']) say(JSON.stringify({ ...run, files: undefined }, null, 1))
  else for (const line of summary(run)) say(line)
  if (run.interrupted) return 130
  return run.failed > 0 || run.passed + run.skipped === 0 ? 1 : 0
}

async function testOnVerb(on: string, { values, files, say }: Given): Promise<number> {
  const { chosen, testOn } = await import('./test-on.ts')
  try {
    const passed = ['grep', 'jobs', 'timeout'].flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, String(values[name])]))
    const native = values['native'] === true ? ['--native'] : []
    return await testOn(chosen(on), [...passed, ...native, '--quiet', ...files], say)
  } catch (error) {
    return usage((error as Error).message)
  }
}

function usage(message: string): number {
  process.stderr.write(`loom test: ${message}\n`)
  return 2
}
