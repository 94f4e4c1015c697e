// The verb `requirements`: the catalogue of what must be shown, joined with what the last full run of the tests showed.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Config } from './config.ts'
import { readIfThere } from './files.ts'
import { readPage } from './markdown.ts'
import { nearest, type Place, type Problem, Problems } from './problem.ts'
import { chapterPlace } from './remap.ts'
import { readCommit, readRecord, type Recorded, type TestRecord } from './test-record.ts'

export interface Row {
  id: string
  words: string
  /** How many tests that carry the ID passed and failed. */
  passed: number
  failed: number
}

export interface Requirements {
  rows: Row[]
  record: TestRecord | undefined
  /** Tests that carry an ID which the catalogue does not have. */
  problems: Problem[]
}

const id = String.raw`[A-Z][A-Z0-9]*-[A-Z]?\d+(?:\.\d+)*`
const row = new RegExp(String.raw`^\s*\|\s*[*_\`]*(${id})[*_\`]*\s*\|(.*)$`)
const leading = new RegExp(String.raw`^(?:${id}(?:,?\s+|$))+`)

/** Throws Problems when there is no catalogue or when an ID stands in it twice. */
export function requirements(config: Config): Requirements {
  const rows = readCatalogue(config)
  const record = readRecord(config)
  const unknown = new Map<string, Recorded>()
  for (const test of record?.tests ?? []) {
    for (const name of idsOf(test)) {
      const known = rows.get(name)
      if (known) known[test.ok ? 'passed' : 'failed']++
      else unknown.set(name, test)
    }
  }
  const problems = [...unknown].map(([name, test]) => problemOf(config, name, test, rows))
  return { rows: [...rows.values()], record, problems }
}

/** A row is met when a test showed it and none failed. */
export function isMet({ passed, failed }: Row): boolean {
  return passed > 0 && failed === 0
}

/** The IDs that a test's name, or its suite's, begins with. */
export function idsOf({ suite = '', name }: Pick<Recorded, 'suite' | 'name'>): string[] {
  const words = [suite, name].flatMap((text) => leading.exec(text)?.[0].split(/[,\s]+/) ?? [])
  return [...new Set(words.filter(Boolean))]
}

function readCatalogue({ root, requirements: file }: Config): Map<string, Row> {
  const fail = (message: string, at: Partial<Place> = {}, hint?: string) =>
    new Problems([{ file: file ?? 'loom.json', line: 1, column: 1, ...at, message, hint }])
  if (file === null) throw fail('the book has no catalogue of requirements', {}, 'name its page: "requirements": "….md"')
  if (!existsSync(join(root, file))) throw fail('no such page', {}, 'see "requirements" in the configuration')
  const page = readPage(file, readFileSync(join(root, file)))
  const isCode = (line: number) => page.fences.some((fence) => fence.line <= line && line <= fence.endLine)
  const rows = new Map<string, Row>()
  for (const [i, text] of page.text.split(/\r\n|\n|\r/).entries()) {
    const [, name, rest] = row.exec(text) ?? []
    if (name === undefined || isCode(i + 1)) continue
    if (rows.has(name)) throw fail(`'${name}' stands here twice`, { line: i + 1, column: text.indexOf(name) + 1 })
    const words = rest!.split(/(?<!\\)\|/)[0]!.replaceAll('\\|', '|').trim()
    rows.set(name, { id: name, words, passed: 0, failed: 0 })
  }
  if (rows.size === 0) throw fail('no row of a table here begins with an ID', {}, 'for example | IO-1 | what must be shown |')
  return rows
}

function problemOf(config: Config, name: string, { file, ...test }: Recorded, rows: Map<string, Row>): Problem {
  const near = nearest(name, rows.keys())
  const hint = near === undefined ? undefined : `did you mean ${near}?`
  return { ...placeOf(config, file, test.name), message: `no requirement is called '${name}'`, hint }
}

/** Where a test is declared, as far as its name stands there in one piece. */
function placeOf({ root }: Config, file: string, name: string): Place {
  const lines = readIfThere(join(root, file))?.split('\n') ?? []
  const begin = name.slice(0, 40)
  const index = Math.max(0, lines.findIndex((line) => line.includes(begin)))
  const column = Math.max(0, lines[index]?.indexOf(begin) ?? 0) + 1
  const told = chapterPlace(join(root, file), index + 1, column)
  return told ? { ...told, file: relative(root, told.file).split(sep).join('/') } : { file, line: index + 1, column }
}

/** `{"IO-1": {"passed": 2, "failed": 0}, …}` with every row of the catalogue. */
export function requirementsJson({ rows }: Requirements): string {
  const entries = rows.map(({ id, passed, failed }) => `${JSON.stringify(id)}: ${JSON.stringify({ passed, failed })}`)
  return `{\n${entries.map((entry) => `  ${entry}`).join(',\n')}\n}`
}

/** The table, its totals, and how far the record is to be trusted. Words are cut where a terminal of `columns` ends. */
export function requirementsTable(config: Config, { rows, record }: Requirements, columns = Infinity): string[] {
  const width = Math.max(...rows.map(({ id }) => id.length))
  const line = (id: string, passed: string, failed: string, state: string, words: string) =>
    cut(`${id.padEnd(width)} ${passed.padStart(6)} ${failed.padStart(6)}  ${state.padEnd(5)}  ${words}`.trimEnd(), columns)
  const met = rows.filter(isMet).length
  return [
    line('', 'passed', 'failed', '', ''),
    ...rows.map((row) => line(row.id, `${row.passed}`, `${row.failed}`, isMet(row) ? 'met' : 'unmet', row.words)),
    '',
    `${met} of ${rows.length} met, ${rows.length - met} unmet`,
    record ? provenance(config, record) : noRecord,
  ]
}

export const noRecord = 'no full run of the tests is on record: run make test'

function provenance({ root }: Config, { date, commit, dirty, node, passed, failed }: TestRecord): string {
  const at = commit === null ? 'of no commit' : `at commit ${commit.slice(0, 10)}${dirty ? ' with changes' : ''}`
  const head = readCommit(root).commit
  const moved = commit !== null && head !== commit ? '; the tree has moved on since' : ''
  return `from the full run of ${date} (${age(Date.now() - Date.parse(date))} ago), ${at}, Node ${node}: ${passed} passed, ${failed} failed${moved}`
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`
}

function age(ms: number): string {
  const minutes = ms / 60_000
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : minutes < 48 * 60 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day']
  const whole = Math.floor(count as number)
  return `${whole} ${unit as string}${whole === 1 ? '' : 's'}`
}
