// Coverage of the chapters' lines, from what V8 counted in every process of a run. Each token of a tangled file has a
// mapping, so a token of a chapter gets the count of the innermost range of code that it stands in.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type EncodedSourceMap, eachMapping, TraceMap } from '@jridgewell/trace-mapping'
import type { Config } from './config.ts'
import { listFiles } from './files.ts'
import { isExercise } from './section.ts'

export interface PageCoverage {
  /** How many lines of the page became code that can run. */
  lines: number
  uncovered: number[]
  /** Lines of which a part never ran. */
  partly: number[]
}

export interface Coverage {
  /** By page, relative to the root, sorted. */
  pages: Map<string, PageCoverage>
  /** Tangled files that no process loaded: none of their lines is counted. */
  neverLoaded: string[]
}

/** One file that Node wrote into the folder of NODE_V8_COVERAGE when a process or thread ended. */
interface Report {
  result: { url: string; functions: { ranges: Range[] }[] }[]
  'source-map-cache'?: Record<string, { lineLengths: number[]; data: EncodedSourceMap | null }>
}

interface Range {
  startOffset: number
  endOffset: number
  count: number
}

interface Token {
  offset: number
  page: string
  line: number
  column: number
}

/** Reads what the processes wrote into `folder`. A token that ran in one process ran. */
export function readCoverage({ root, output }: Config, folder: string): Coverage {
  const ran = new Map<string, Map<number, Map<number, boolean>>>()
  const loaded = new Set<string>()
  const tokensOf = tokenReader(root)
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const { result, 'source-map-cache': maps = {} } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report
    for (const { url, functions } of result) {
      const tokens = tokensOf(url, maps[url])
      if (tokens.length === 0) continue
      loaded.add(relative(root, fileURLToPath(url)).split(sep).join('/'))
      const counts = countsOf(functions.flatMap(({ ranges }) => ranges))
      for (const { offset, page, line, column } of tokens) {
        const lines = ensure(ran, page, () => new Map<number, Map<number, boolean>>())
        const columns = ensure(lines, line, () => new Map<number, boolean>())
        columns.set(column, columns.get(column) === true || counts[offset] !== 0)
      }
    }
  }
  const pages = [...ran].sort(([a], [b]) => (a < b ? -1 : 1)).map(([page, lines]) => [page, pageCoverage(lines)] as const)
  return { pages: new Map(pages), neverLoaded: neverLoaded(join(root, output), output, loaded) }
}

function pageCoverage(lines: Map<number, Map<number, boolean>>): PageCoverage {
  const which = (test: (columns: boolean[]) => boolean) =>
    [...lines].filter(([, columns]) => test([...columns.values()])).map(([line]) => line).sort((a, b) => a - b)
  return {
    lines: lines.size,
    uncovered: which((columns) => !columns.includes(true)),
    partly: which((columns) => columns.includes(true) && columns.includes(false)),
  }
}

/** How often the code at each offset ran. Ranges are nested, so the shorter one is painted over the longer. */
function countsOf(ranges: Range[]): Float64Array {
  const sorted = [...ranges].sort((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset))
  const counts = new Float64Array(sorted[0]?.endOffset ?? 0)
  for (const { startOffset, endOffset, count } of sorted) counts.fill(count, startOffset, endOffset)
  return counts
}

/** The tokens of a script that a page tells. Many processes load the same script: it is taken apart once. */
function tokenReader(root: string) {
  const known = new Map<string, Token[]>()
  const base = `${pathToFileURL(root).href}/`
  return (url: string, entry: { lineLengths: number[]; data: EncodedSourceMap | null } | undefined): Token[] => {
    if (!entry?.data || !url.startsWith(base) || url.includes('/node_modules/')) return []
    if (!entry.data.sources.some((source) => source?.endsWith('.md'))) return []
    const key = `${url}\0${entry.data.mappings}`
    return ensure(known, key, () => tokensOf(url, entry.data!, entry.lineLengths, base))
  }
}

function tokensOf(url: string, data: EncodedSourceMap, lineLengths: number[], base: string): Token[] {
  const starts = [0]
  for (const length of lineLengths) starts.push(starts.at(-1)! + length + 1)
  const tokens: Token[] = []
  eachMapping(new TraceMap(data, url), ({ generatedLine, generatedColumn, source, originalLine, originalColumn }) => {
    if (!source?.startsWith(base) || !source.endsWith('.md')) return
    const page = decodeURI(source.slice(base.length))
    tokens.push({ offset: starts[generatedLine - 1]! + generatedColumn, page, line: originalLine, column: originalColumn })
  })
  return tokens
}

function neverLoaded(folder: string, output: string, loaded: Set<string>): string[] {
  return listFiles(folder)
    .filter((file) => file.endsWith('.ts') && !isExercise(file) && existsSync(join(folder, `${file}.map`)))
    .map((file) => `${output}/${file}`)
    .filter((file) => !loaded.has(file))
}

/** The table of all pages, with ranges of lines. */
export function coverageTable({ pages, neverLoaded }: Coverage): string[] {
  const rows = [...pages].map(([page, { lines, uncovered, partly }]) => {
    const parts = [uncovered.length > 0 ? `never ran: ${ranges(uncovered)}` : '', partly.length > 0 ? `partly: ${ranges(partly)}` : '']
    return [page, lines, lines - uncovered.length, parts.filter(Boolean).join('; ')] as const
  })
  const total = (column: 1 | 2) => rows.reduce((sum, row) => sum + row[column], 0)
  const width = Math.max(4, ...rows.map(([page]) => page.length))
  const line = (page: string, lines: number, covered: number, rest = '') =>
    `${page.padEnd(width)} ${String(lines).padStart(6)} ${String(covered).padStart(8)} ${percent(covered, lines).padStart(7)}  ${rest}`.trimEnd()
  const files = neverLoaded.map((file) => `no test loads ${file}`)
  const head = `${'page'.padEnd(width)}  lines  covered          of the page's lines`
  return [head, ...rows.map((row) => line(...row)), line('all', total(1), total(2)), ...files]
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`
}

/** [1, 2, 3, 7] as `1-3, 7`. */
function ranges(numbers: number[]): string {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
