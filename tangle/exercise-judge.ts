// Judging an attempt at an exercise: the hidden tests run against it in a process of its own, and what they found is
// said in words. The attempt lies where the reference solution lies, so that a test imports both by one name.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, relative, resolve, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Config } from './config.ts'
import { endingOf, type Exercise } from './exercise.ts'
import { textOf } from './link.ts'
import { sourceMap } from './maps.ts'
import type { Told } from './test-error.ts'
import { type FileResult, TestProcess } from './test-process.ts'
import { command } from './test-run.ts'

export interface Judged {
  title: string
  ok: boolean
  ms: number
  /** What was expected and what happened, a line each; empty when it is kept. */
  words: string[]
}

export interface Judgement {
  /** Whether every promise is kept. */
  ok: boolean
  promises: Judged[]
  /** What is wrong with the attempt as a whole: it cannot be loaded, or it ended the process. */
  wrong: string[]
  /** What the attempt printed. */
  printed: string
}

export interface Attempt {
  /** As it is named in what is told. */
  name: string
  text: string
}

/** How long one hidden test may take, unless its block says `timeout=…`. */
export const patienceMs = 10_000

export async function judge(config: Config, exercise: Exercise, attempt: Attempt, timeoutMs?: number): Promise<Judgement> {
  const stage = join(config.root, config.cache, 'exercise')
  mkdirSync(stage, { recursive: true })
  const folder = mkdtempSync(join(stage, `${exercise.name}-`))
  const scratch = mkdtempSync(join(tmpdir(), 'exercise-'))
  try {
    const { test } = exercise
    const own = join(folder, `solution${endingOf(exercise)}`)
    const file = join(folder, basename(test.file))
    writeFileSync(own, attempt.text)
    writeFileSync(file, textOf(test))
    const staged = { ...test, file: relative(config.root, file).split(sep).join('/') }
    writeFileSync(`${file}.map`, sourceMap({ ...config, output: '.' }, staged))
    const { NODE_CHANNEL_FD: _, NODE_V8_COVERAGE: __, FORCE_COLOR: ___, ...inherited } = process.env
    const path = [...config.path.map((part) => resolve(config.root, part)), process.env['PATH']].join(delimiter)
    const child = new TestProcess(command(config), config.root, { ...inherited, PATH: path, TMPDIR: scratch, NO_COLOR: '1' })
    const testMs = timeoutMs ?? patienceOf(exercise)
    const result = await child.run({ file, timeoutMs: testMs }, { testMs, fileMs: 6 * testMs })
    return conclude(exercise, result, new Teller(config, own, file, attempt.name))
  } finally {
    for (const each of [folder, scratch]) rmSync(each, { recursive: true, force: true, maxRetries: 3 })
  }
}

function patienceOf({ test }: Exercise): number {
  const seconds = test.blocks.map(({ attributes }) => Number.parseFloat(String(attributes['timeout'] ?? ''))).filter((n) => n > 0)
  return seconds.length > 0 ? Math.max(...seconds) * 1000 : patienceMs
}

function conclude({ promises }: Exercise, { tests, wrong, printed }: FileResult, teller: Teller): Judgement {
  const judged = tests.map(({ name, ok, ms, error }) => ({ title: name, ok, ms: Math.round(ms), words: error ? teller.words(error) : [] }))
  const heard = new Set(judged.map(({ title }) => title))
  const never = promises.filter(({ title }) => !heard.has(title)).map(({ title }) => ({ title, ok: false, ms: 0, words: ['it could not be tried'] }))
  const all = [...judged, ...never]
  return {
    ok: all.length > 0 && wrong.length === 0 && all.every(({ ok }) => ok),
    promises: all,
    wrong: wrong.map((error) => teller.words(error).join('\n')),
    printed: teller.own(printed),
  }
}

class Teller {
  private readonly replacements: [string, string][]
  private readonly name: string

  constructor({ root }: Config, attempt: string, test: string, name: string) {
    this.name = name
    const spellings = (path: string) => [`file://${path}`, path, relative(root, path).split(sep).join('/')]
    this.replacements = [
      ...spellings(attempt).map((path): [string, string] => [path, name]),
      ...spellings(test).map((path): [string, string] => [path, 'the hidden tests']),
      [`./${basename(attempt)}`, name],
    ]
  }

  /** The text with the attempt under the name that its reader knows. */
  own(text: string): string {
    return this.replacements.reduce((said, [path, name]) => said.replaceAll(path, name), stripVTControlCharacters(text))
  }

  words({ message, lines }: Told): string[] {
    const said = lines.map((line) => this.own(line).trimEnd())
    const frame = said.find((line) => line.startsWith('at ') && line.includes(this.name))
    const where = frame && /([^\s()]+:\d+):\d+\)?$/.exec(frame)?.[1]
    const difference = differenceIn(said.filter((line) => !/^(at |caused by: )/.test(line)))
    const text = this.inWords(this.own(message), difference.length > 0)
    return [...(text === '' ? [] : text.split('\n')), ...difference, ...(where === undefined ? [] : [`at ${where}`])]
  }

  private inWords(message: string, hasDifference: boolean): string {
    const missing = /does not provide an export named '([^']*)'/.exec(message)
    if (missing) return `${this.name} does not export '${missing[1]}'`
    const broken = /^does not load: (?:\w*Error: )?(?:Transform failed with \d+ errors?:\n)?(.*)$/s.exec(message)
    if (broken) return `${this.name} cannot be loaded: ${broken[1]!.replace(/\bERROR: /g, '')}`
    const late = /^(?:the process ended before the tests did: )?not done after ([\d.]+) s/.exec(message)
    if (late) return `it had not ended after ${late[1]} s: a loop that never ends, or a wait for what never comes?`
    if (/waits for something that cannot happen/.test(message)) return 'it waits for something that cannot happen: nothing is left that could wake it'
    if (/^never ran: /.test(message)) return 'it was not tried, as an earlier test ended the process'
    if (/^the process exited with status/.test(message)) return `it ended the whole process: ${message.replace(/^the process /, '')}`
    if (/^killed by /.test(message)) return `it was ${message}`
    if (hasDifference && /^Expected values? to be .*equal/.test(message)) return ''
    return message
  }
}

const marks: Record<string, string> = { '--': 'happened', '++': 'expected' }

/** uvu's difference: what happened and what was expected, side by side where each is one line. */
function differenceIn(lines: string[]): string[] {
  const rows = lines.map((line) => /^(?:L\d+ )?(--|\+\+|··)(.*)$/.exec(line)).filter((row) => row !== null)
  if (rows.length === 0) return lines.filter((line) => line.trim() !== '' && !/^(Actual|Expected):/.test(line.trim()))
  const plain = (text: string) => text.replaceAll('·', ' ').replaceAll('→', '\t').replace(/↵$/, '').replace(/ +\((Actual|Expected)\)$/, '')
  const [had, wanted] = ['--', '++'].map((mark) => rows.filter((row) => row[1] === mark))
  if (rows.length === 2 && had!.length === 1 && wanted!.length === 1) {
    return ['++', '--'].map((mark) => `${marks[mark]}  ${plain((mark === '++' ? wanted : had)![0]![2]!)}`)
  }
  const shown = rows.map(([, mark, text]) => `${(marks[mark!] ?? '').padEnd(8)}  ${plain(text!)}`.trimEnd())
  return shown.length <= 24 ? shown : [...shown.slice(0, 24), `… ${shown.length - 24} lines more`]
}
