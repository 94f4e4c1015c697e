// Results into chapters: what stands between `<!-- result:patterns/maildir -->` and `<!-- /result -->`, and the charts.
import { basename, dirname, join, posix } from 'node:path'
import { type Book, readBook } from '../tangle/book.ts'
import type { Config } from '../tangle/config.ts'
import { listFiles, readIfThere, stage } from '../tangle/files.ts'
import type { Page } from '../tangle/markdown.ts'
import { nearest, type Problem, Problems } from '../tangle/problem.ts'
import { readResult, type Result } from './result.ts'
import { isChartOf } from './stamp.ts'
import { section } from './table.ts'

export interface Reported {
  /** In check mode: everything that is not as the data says. Otherwise: markers that wait for their data. */
  problems: Problem[]
  /** The files that were written, relative to the book's root. */
  written: string[]
}

/** A marker and its end, as lines counted from 1. */
interface Slot {
  page: Page
  name: string
  line: number
  end: number
}

/** The data below experiments/: what can be shown, and what is wrong with the rest. */
interface Data {
  results: Map<string, Result>
  problems: Problem[]
}

const opening = /^<!--\s*result:(\S+)\s*-->$/
const closing = /^<!--\s*\/result\s*-->$/
const likeOne = /<!--\s*\/?result\b/

/**
 * Brings tables and charts up to date. Throws Problems and writes nothing when a marker or the data is damaged.
 * With `check` it writes nothing and tells every difference as a problem.
 */
export async function report(config: Config, { check = false }: { check?: boolean } = {}): Promise<Reported> {
  const book = await readBook(config)
  if (check) return { problems: await checkResults(config, book), written: [] }
  const { slots, problems } = slotsOf(book.pages)
  const data = readData(config)
  if (problems.length + data.problems.length > 0) throw new Problems([...problems, ...data.problems])
  const files = [...rewritten(config, slots, data), ...(await charts(config, data))]
  stage(files.map(({ file, text }) => ({ path: join(config.root, file), text }))).commit()
  return { problems: waiting(config, slots, data), written: files.map(({ file }) => file) }
}

/** Everything about results that a reader of the book must not meet: damaged markers, stale or edited tables, charts and data. */
export async function checkResults(config: Config, { pages }: Pick<Book, 'pages'>): Promise<Problem[]> {
  const { slots, problems } = slotsOf(pages)
  const data = readData(config)
  return [
    ...problems,
    ...data.problems,
    ...waiting(config, slots, data),
    ...slots.flatMap((slot) => staleTable(config, slot, data)),
    ...staleCharts(config, data),
    ...unshown(config, slots, data, problems.length > 0),
  ]
}

/** The names of the experiments that the chapters tell. */
export function experimentsOf({ root, output }: Config): string[] {
  const ending = '.experiment.ts'
  return listFiles(join(root, output))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
}

/** Where the data of an experiment lies, relative to the book's root. */
export function dataFile({ experiments }: Config, name: string): string {
  return `${experiments}/${name}.json`
}

function chartFile({ experiments }: Config, name: string): string {
  return `${experiments}/${name}.svg`
}

function slotsOf(pages: Page[]): { slots: Slot[]; problems: Problem[] } {
  const slots: Slot[] = []
  const problems: Problem[] = []
  for (const page of pages) {
    let open: { name: string; line: number; column: number } | undefined
    const complain = (line: number, column: number, message: string, hint: string) =>
      problems.push({ file: page.file, line, column, message, hint })
    const never = () => {
      if (open) complain(open.line, open.column, `the result '${open.name}' is never closed`, 'end it with <!-- /result -->')
    }
    for (const { text, line, column } of page.html) {
      const marker = text.trim()
      const name = opening.exec(marker)?.[1]
      if (name === undefined && !closing.test(marker)) {
        if (likeOne.test(marker)) complain(line, column, `unknown marker '${shorten(marker)}'`, 'a marker is a line <!-- result:folder/name --> or <!-- /result -->')
      } else if (column !== 1) {
        complain(line, column, 'a marker of a result stands at the margin, not in a list, a quote or a sentence', 'move it out')
      } else if (name !== undefined) {
        never()
        open = { name, line, column }
      } else if (open) {
        slots.push({ page, name: open.name, line: open.line, end: line })
        open = undefined
      } else {
        complain(line, column, 'this marker closes no result', 'put <!-- result:folder/name --> above it, or remove it')
      }
    }
    never()
  }
  return { slots, problems }
}

function readData(config: Config): Data {
  const data: Data = { results: new Map(), problems: [] }
  for (const name of dataNames(config)) {
    const file = dataFile(config, name)
    const { result, problems } = readResult(readIfThere(join(config.root, file)) ?? '', file)
    data.problems.push(...problems)
    if (result && problems.length === 0) data.results.set(name, result)
  }
  return data
}

/** Data lies in folders below experiments/, where the runner's own package has none. */
function dataNames({ root, experiments }: Config): string[] {
  return listFiles(join(root, experiments), (name) => name === 'node_modules' || name.startsWith('.'))
    .filter((file) => file.endsWith('.json') && file.includes('/'))
    .map((file) => file.slice(0, -'.json'.length))
}

/** Markers for which nothing was measured. */
function waiting(config: Config, slots: Slot[], { results }: Data): Problem[] {
  const known = new Set(experimentsOf(config))
  const damaged = new Set(dataNames(config))
  return slots.filter(({ name }) => !results.has(name) && !damaged.has(name)).map(({ page, name, line }) => {
    const near = nearest(name, [...known, ...damaged])
    return known.has(name)
      ? { file: page.file, line, column: 1, message: `nothing was measured for '${name}' yet`, hint: `make experiment NAME=${name}` }
      : { file: page.file, line, column: 1, message: `no experiment '${name}'`, hint: near && `did you mean '${near}'?` }
  })
}

/** Tells the first line in which the chapter differs from what the data gives. */
function staleTable(config: Config, slot: Slot, { results }: Data): Problem[] {
  const result = results.get(slot.name)
  if (!result) return []
  const wanted = sectionFor(config, slot, result)
  const there = linesOf(slot.page.text).slice(slot.line, slot.end - 1).map(({ text }) => text)
  const at = wanted.findIndex((line, i) => line !== there[i])
  if (at < 0 && wanted.length === there.length) return []
  const line = slot.line + 1 + Math.min(at < 0 ? wanted.length : at, there.length)
  const message = `the result is not what ${dataFile(config, slot.name)} gives: it was edited, or is of before`
  return [{ file: slot.page.file, line, column: 1, message, hint: 'numbers are changed by measuring; to bring the page up to date: loom report' }]
}

function staleCharts(config: Config, { results }: Data): Problem[] {
  return [...results].flatMap(([name, result]) => {
    const file = chartFile(config, name)
    const svg = readIfThere(join(config.root, file))
    if (svg !== undefined && isChartOf(svg, result)) return []
    const message = svg === undefined ? `the chart of ${dataFile(config, name)} is missing` : `the chart is not that of ${dataFile(config, name)}: it was edited, or is of before`
    return [{ file, line: 1, column: 1, message, hint: 'loom report' }]
  })
}

/** Data and charts that no page shows. With damaged markers nobody can say, so nothing is told. */
function unshown(config: Config, slots: Slot[], { results }: Data, unsure: boolean): Problem[] {
  const shown = new Set(slots.map(({ name }) => name))
  const unused = unsure ? [] : [...results.keys()].filter((name) => !shown.has(name))
  const names = new Set(dataNames(config))
  const orphans = listFiles(join(config.root, config.experiments), (name) => name === 'node_modules')
    .filter((file) => file.endsWith('.svg') && !names.has(file.slice(0, -'.svg'.length)))
  return [
    ...unused.map((name) => ({ file: dataFile(config, name), line: 1, column: 1, message: 'no page shows this result', hint: `put <!-- result:${name} --> and <!-- /result --> into its chapter, or remove the data` })),
    ...orphans.map((file) => ({ file: `${config.experiments}/${file}`, line: 1, column: 1, message: `the chart '${basename(file)}' has no data`, hint: 'remove it, or bring its data back' })),
  ]
}

function rewritten(config: Config, slots: Slot[], { results }: Data): { file: string; text: string }[] {
  return [...new Set(slots.map(({ page }) => page))].flatMap((page) => {
    const lines = linesOf(page.text)
    for (const slot of slots.filter((slot) => slot.page === page).reverse()) {
      const result = results.get(slot.name)
      if (!result) continue
      const { end } = lines[slot.line - 1]!
      const wanted = sectionFor(config, slot, result).map((text) => ({ text, end }))
      lines.splice(slot.line, slot.end - 1 - slot.line, ...wanted)
    }
    const text = lines.map((line) => line.text + line.end).join('')
    return text === page.text ? [] : [{ file: page.file, text }]
  })
}

async function charts(config: Config, { results }: Data): Promise<{ file: string; text: string }[]> {
  const files: { file: string; text: string }[] = []
  for (const [name, result] of results) {
    const file = chartFile(config, name)
    const there = readIfThere(join(config.root, file))
    if (there !== undefined && isChartOf(there, result)) continue
    const { chart } = await import('./chart.ts') // drawing loads a DOM: only when there is something to draw
    files.push({ file, text: await chart(result) })
  }
  return files
}

function sectionFor(config: Config, { page, name }: Slot, result: Result): string[] {
  return section(result, posix.relative(dirname(page.file), chartFile(config, name)))
}

/** The lines of a text, each with the line end that it had. */
function linesOf(text: string): { text: string; end: string }[] {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)].map(([, text, end]) => ({ text: text!, end: end! }))
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text.split('\n')[0]!
}
