// What an experiment is. A program of the book exports one as its default; the runner does the rest.
import { nearest } from '../tangle/problem.ts'

/** What a row is given for one run. */
export interface Context {
  /** An empty folder on the filesystem that is measured. The runner removes it afterwards. */
  folder: string
  /** True in a quick run: do a tenth of the work or less, so that the whole experiment ends within seconds. */
  quick: boolean
  /** The round, from 0. All rows of one round have the same number, which makes it a good seed. */
  round: number
  /** Aborted when the run takes too long or the reader gave up: end your children. */
  signal: AbortSignal
  /** Imports a package that only experiments use; it must be named in `peers`. */
  // biome-ignore lint/suspicious/noExplicitAny: a peer has whatever type it has
  peer(name: string): Promise<any>
  /**
   * Compiles a C program that lies beside the experiment, `new URL('./atomic-write.limit.c', import.meta.url)`, and
   * returns the executable's path. The time is not the row's if the row measures itself. Name `gcc` in `debian`.
   */
  compile(source: URL, flags?: string[]): string
}

/** One way of doing the thing that is measured: a row of the table, a line of the chart. */
export interface Row {
  /** What the reader sees, unique in the experiment. */
  name: string
  /** Rows of one group are compared with each other. */
  group?: string
  /** A bar that is set for this row, in the experiment's unit: a least for 'higher', a most for 'lower'. */
  target?: number
  /** A bar that is set as a multiple of the baseline. */
  targetRatio?: number
  /**
   * Does the work once, in a process of its own, and resolves to one number in the experiment's unit, or to
   * several, when one run yields several samples. What it throws ends the experiment with nothing recorded.
   */
  run(context: Context): Promise<number | number[]> | number | number[]
}

export interface Experiment {
  /** What the numbers shall answer, as a sentence with a question mark. */
  question: string
  /** The unit of every sample, as it is to be printed: 'messages/s', 'ms'. */
  unit: string
  /** Which of two numbers is the better one. */
  better: 'higher' | 'lower'
  /** Rounds of a full run; 10 when absent. A quick run has 2. */
  runs?: number
  /** The longest that one run of one row may take, in milliseconds; two minutes when absent. */
  timeoutMs?: number
  /** npm packages of experiments/package.json that rows ask for with `peer`. */
  peers?: string[]
  /** Debian packages whose programs rows call. */
  debian?: string[]
  /** The row that the others are compared with; one for each group when there are groups. */
  baseline?: string | string[]
  rows: Row[]
}

export const runsDefault = 10
export const runsQuick = 2
export const timeoutDefaultMs = 120_000

/** Thrown when the world is not as the runner needs it. The command prints its message and exits with 1. */
export class Refusal extends Error {}

const kinds: Record<keyof Experiment, string> = {
  question: 'string', unit: 'string', better: 'string', runs: 'number', timeoutMs: 'number',
  peers: 'list of strings', debian: 'list of strings', baseline: 'string or list of strings', rows: 'list',
}
const rowKinds: Record<keyof Row, string> = {
  name: 'string', group: 'string', target: 'number', targetRatio: 'number', run: 'function',
}
const needed = ['question', 'unit', 'better', 'rows']

/** Takes a module's default export for an experiment. Throws a Refusal that names everything that is wrong with it. */
export function checkExperiment(value: unknown, file: string): Experiment {
  const complaints = complaintsOf(value)
  if (complaints.length === 0) return value as Experiment
  throw new Refusal(complaints.map((complaint) => `${file}: ${complaint}`).join('\n'))
}

function complaintsOf(value: unknown): string[] {
  if (!isRecord(value)) return ['the default export must be an experiment: { question, unit, better, rows }']
  const complaints = keysOf(value, kinds, needed, 'the experiment')
  if ('better' in value && value['better'] !== 'higher' && value['better'] !== 'lower') {
    complaints.push(`better is 'higher' or 'lower', not '${String(value['better'])}'`)
  }
  const runs = value['runs']
  if (typeof runs === 'number' && (!Number.isInteger(runs) || runs < 1)) complaints.push('runs must be 1 or more')
  if (!Array.isArray(value['rows'])) return complaints
  if (value['rows'].length === 0) complaints.push('the experiment has no rows')
  const names: string[] = []
  value['rows'].forEach((row: unknown, i) => {
    if (!isRecord(row)) return complaints.push(`row ${i + 1} must be { name, run }`)
    const name = String(row['name'])
    complaints.push(...keysOf(row, rowKinds, ['name', 'run'], `row ${i + 1}`))
    if (names.includes(name)) complaints.push(`two rows are called '${name}'`)
    return names.push(name)
  })
  for (const baseline of [value['baseline'] ?? []].flat().map(String)) {
    if (names.includes(baseline)) continue
    const near = nearest(baseline, names)
    complaints.push(`the baseline '${baseline}' is not a row${near ? `; did you mean '${near}'?` : ''}`)
  }
  return complaints
}

function keysOf(value: Record<string, unknown>, known: Record<string, string>, must: string[], what: string): string[] {
  const missing = must.filter((key) => !(key in value)).map((key) => `${what} has no ${key}`)
  const wrong = Object.entries(value).flatMap(([key, given]) => {
    const kind = Object.hasOwn(known, key) ? known[key] : undefined
    if (kind === undefined) {
      const near = nearest(key, Object.keys(known))
      return [`${what} has an unknown key '${key}'${near ? `; did you mean '${near}'?` : ''}`]
    }
    return kind.split(' or ').some((one) => isOf(one, given)) ? [] : [`${key} of ${what} must be a ${kind}`]
  })
  return [...missing, ...wrong]
}

function isOf(kind: string, value: unknown): boolean {
  if (kind === 'list') return Array.isArray(value)
  if (kind === 'list of strings') return Array.isArray(value) && value.every((item) => typeof item === 'string')
  return typeof value === kind && value !== ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
