#!/usr/bin/env node
// Measures experiments of the book and writes what they gave into data, charts and chapters.
import { rmSync, statSync } from 'node:fs'
import os from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Config, findRoot, readConfig } from '../tangle/config.ts'
import { readIfThere } from '../tangle/files.ts'
import { formatProblem, nearest, Problems } from '../tangle/problem.ts'
import { checkExperiment, type Experiment, Refusal, runsDefault, runsQuick } from './experiment.ts'
import { busy, makeBase, measure } from './measure.ts'
import { provide } from './peers.ts'
import { existing, isFull, record, resultOf, type Run } from './record.ts'
import { dataFile, experimentsOf, report } from './report.ts'
import { formatResult, readResult, type Result } from './result.ts'
import { commitOf, settingHere } from './setting.ts'
import { section } from './table.ts'

const usage = `usage: run.ts NAME… [options]     NAME is patterns/maildir; --list shows all

  --quick        2 rounds of little work; never replaces a full result
  --runs N       the number of rounds; fewer than the experiment asks for counts as quick
  --only ROW     measure this row alone and put it beside the recorded ones; may be repeated
  --folder DIR   work in a folder inside DIR, to measure the filesystem it lies on
  --install      install missing Debian packages
  --json         print the data instead of the table
  --list         say which experiments there are, and when they last ran
  --report       measure nothing: bring tables and charts in the chapters up to date
  --root DIR     the root of the book`

const options = {
  quick: { type: 'boolean' }, runs: { type: 'string' }, only: { type: 'string', multiple: true }, folder: { type: 'string' },
  install: { type: 'boolean' }, json: { type: 'boolean' }, list: { type: 'boolean' }, report: { type: 'boolean' },
  root: { type: 'string' }, help: { type: 'boolean', short: 'h' },
} as const

type Values = ReturnType<typeof parse>['values']

const say = (line: string) => process.stdout.write(`${line}\n`)
const tell = (line: string) => process.stderr.write(`${line}\n`)

function parse(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true })
}

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const { values, positionals: names } = parse(args)
  if (values.help) return (say(usage), 0)
  const config = readConfig(values.root ?? findRoot('.') ?? '.')
  if (values.list) return await list(config, values)
  if (values.report) return await refresh(config)
  if (names.length === 0) return (tell(usage), 2)
  for (const name of names) known(config, name)
  let status = 0
  for (const name of names) status = Math.max(status, await run(config, name, values, signal))
  return status
}

function known(config: Config, name: string): void {
  const all = experimentsOf(config)
  if (all.includes(name)) return
  const near = nearest(name, all) ?? all.find((one) => one.endsWith(`/${name}`))
  throw new Refusal(`no experiment '${name}'${near ? `; did you mean '${near}'?` : '; --list shows them'}`)
}

function programOf({ root, output }: Config, name: string): string {
  return join(root, output, `${name}.experiment.ts`)
}

async function load(config: Config, name: string): Promise<Experiment> {
  const program = programOf(config, name)
  return checkExperiment((await import(pathToFileURL(program).href)).default, `${config.output}/${name}.experiment.ts`)
}

async function list(config: Config, { json }: Values): Promise<number> {
  const entries = []
  for (const name of experimentsOf(config)) {
    const { question } = await load(config, name).catch((error: Error) => ({ question: error.message }))
    const { result } = readResult(readIfThere(join(config.root, dataFile(config, name))) ?? '', name)
    const last = result?.rows.reduce((one, other) => (one.date > other.date ? one : other))
    entries.push({ name, question, date: last?.date ?? null, commit: last?.commit ?? null })
  }
  if (json) return (say(JSON.stringify(entries, null, 2)), 0)
  for (const { name, question, date, commit } of entries) {
    say(`${name}\n  ${question}\n  ${date ? `measured ${date.slice(0, 10)} at commit ${commit}` : 'not measured yet'}`)
  }
  return 0
}

async function run(config: Config, name: string, values: Values, signal: AbortSignal): Promise<number> {
  const experiment = await load(config, name)
  const { only = [], quick = false } = values
  const rows = only.length > 0 ? only.map((row) => rowOf(experiment, row)) : experiment.rows
  const rounds = values.runs === undefined ? (quick ? runsQuick : (experiment.runs ?? runsDefault)) : count(values.runs)
  const peers = join(config.root, config.experiments)
  const versions = provide(experiment, peers, { install: values.install ?? false, report: tell })
  const base = makeBase(folderFor(config, values.folder))
  try {
    const setting = settingHere(base, versions)
    const code = [config.output, 'tangle', `${config.experiments}/*.ts`, 'package-lock.json']
    const about: Run = { name, experiment, setting, ...commitOf(config.root, code), load: round(os.loadavg()[0]!), rounds, quick, only }
    const before = existing(config, about)
    tell(`${name}: ${rounds} rounds of ${rows.length} rows on ${setting.filesystem.type} (${setting.filesystem.options})`)
    const warning = busy()
    if (warning) tell(warning)
    const measured = await measure({ program: programOf(config, name), experiment, rows, rounds, quick, base, peers, signal, report: tell })
    const result = resultOf(about, measured, before)
    const file = record(config, about, result)
    show(result, values)
    tell(isFull(about) ? `recorded in ${file}` : `a quick run: kept in ${file}; chapters show full runs only`)
    return isFull(about) ? await refresh(config) : 0
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

function rowOf({ rows }: Experiment, name: string) {
  const row = rows.find((row) => row.name === name)
  if (row) return row
  const names = rows.map(({ name }) => name)
  const near = nearest(name, names)
  throw new Refusal(`no row '${name}'; ${near ? `did you mean '${near}'?` : `the rows are ${names.join(', ')}`}`)
}

function count(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new Refusal(`--runs takes a number of 1 or more, not '${text}'`)
}

/** On the book's own filesystem, unless a folder was named. */
function folderFor({ root, cache }: Config, given: string | undefined): string {
  if (given === undefined) return join(root, cache, 'experiments')
  if (!statSync(given, { throwIfNoEntry: false })?.isDirectory()) throw new Refusal(`--folder: there is no folder '${given}'`)
  return resolve(given)
}

function show(result: Result, { json }: Values): void {
  if (json) return void process.stdout.write(formatResult(result))
  const lines = section(result, '').filter((line) => !line.startsWith('!['))
  say(lines.join('\n').replace(/\n{3,}/g, '\n\n').trim())
}

async function refresh(config: Config): Promise<number> {
  const { written, problems } = await report(config)
  for (const file of written) tell(`wrote ${file}`)
  for (const problem of problems) tell(formatProblem(problem))
  return 0
}

function round(load: number): number {
  return Math.round(load * 100) / 100
}

const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (controller.signal.aborted) process.exit(130) // a second time: at once
    controller.abort()
  })
}

try {
  process.exitCode = await main(process.argv.slice(2), controller.signal)
} catch (error) {
  if (controller.signal.aborted) tell('given up: nothing was recorded')
  else if (error instanceof Refusal || error instanceof Problems) tell((error as Error).message)
  else if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) tell(`${(error as Error).message}\n\n${usage}`)
  else throw error
  process.exitCode = controller.signal.aborted ? 130 : 1
}
