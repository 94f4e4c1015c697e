// The verb `remap`: positions in tangled files become positions in chapters, in whatever text a compiler or linter prints.
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { decodedMappings, type SourceMapSegment, TraceMap } from '@jridgewell/trace-mapping'
import type { Place } from './problem.ts'

const name = String.raw`[^\s()'"<>\[\]:|]+\.[cm]?[jt]sx?`
/** `(9,11)` as tsc writes it, `:9:11` and `:9` as all others do. */
const spot = String.raw`(?:\((\d+),(\d+)\)|:(\d+)(?::(\d+))?)`
const patterns = new Map<string, RegExp>()
const maps = new Map<string, { stamp: string; map: TraceMap }>()

/** The line with every position in a tangled file replaced. Relative names are taken from `root`, an absolute path. */
export function remapLine(text: string, root: string): string {
  if (!/\.[cm]?[jt]sx?[:(]\d/.test(text)) return text
  return text.replace(patternOf(root), (all: string, path: string, ...rest: (string | undefined)[]) => {
    const [line, column, line2, column2, offset] = rest
    // esbuild alone counts columns from 0
    const shift = text.startsWith(': ERROR: ', Number(offset) + all.length) ? 1 : 0
    const at = chapterPlace(pathOf(path, root), Number(line ?? line2), Number(column ?? column2 ?? 1) + shift)
    if (!at) return all
    const position = (column ?? column2) === undefined ? `${at.line}` : `${at.line}:${at.column}`
    return `${relative(root, at.file).split(sep).join('/')}:${position}`
  })
}

/** Copies lines and remaps them on the way. Resolves when the input has ended. */
export async function remapStream(from: NodeJS.ReadableStream, root: string, say: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: from, crlfDelay: Infinity })) say(remapLine(line, root))
}

/** Runs a command and remaps what it prints; resolves to its exit status. */
export async function remapCommand([command, ...args]: string[], root: string): Promise<number> {
  const child = spawn(command!, args, { stdio: ['inherit', 'pipe', 'pipe'] })
  const ended = new Promise<number>((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code) => done(code ?? 1))
  })
  const copy = (from: NodeJS.ReadableStream, to: NodeJS.WritableStream) => remapStream(from, root, (line) => to.write(`${line}\n`))
  const [status] = await Promise.all([ended, copy(child.stdout, process.stdout), copy(child.stderr, process.stderr)])
  return status
}

/** The root may have spaces in its name; what lies below it has none. */
function patternOf(root: string): RegExp {
  let pattern = patterns.get(root)
  if (!pattern) {
    const starts = [`${pathToFileURL(root).href}/`, `${root}/`, 'file:'].map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    pattern = new RegExp(`((?:${starts.join('|')})?${name})${spot}`, 'g')
    patterns.set(root, pattern)
  }
  return pattern
}

function pathOf(path: string, root: string): string {
  if (path.startsWith('file:')) return fileURLToPath(path)
  return isAbsolute(path) ? path : resolve(root, path)
}

/**
 * Where the chapter tells what stands at `line` and `column` (both from 1) of a file; the place's `file` is absolute.
 * What no chapter tells, as a line of the loom's own, gets the nearest place that is told. Undefined without a map.
 */
export function chapterPlace(file: string, line: number, column: number): Place | undefined {
  const map = mapOf(file)
  const found = map && nearest(decodedMappings(map), line - 1, column - 1)
  if (!found || found.segment.length === 1) return undefined
  const [begin, source, row, start] = found.segment
  return { file: map.resolvedSources[source]!, line: row + 1, column: start + 1 + (found.exact ? column - 1 - begin : 0) }
}

type Segments = readonly SourceMapSegment[][]

function nearest(rows: Segments, row: number, column: number): { segment: SourceMapSegment; exact: boolean } | undefined {
  const here = rows[row] ?? []
  const before = here.findLast(([begin]) => begin <= column)
  if (before) return { segment: before, exact: true }
  const below = rows.slice(row).find((segments) => segments.length > 0)?.[0]
  const segment = below ?? rows.slice(0, row).findLast((segments) => segments.length > 0)?.at(-1)
  return segment && { segment, exact: false }
}

/** The map beside a file, read again when it changes. */
function mapOf(file: string): TraceMap | undefined {
  const path = `${file}.map`
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return undefined
  const stamp = `${stat.mtimeMs}:${stat.size}`
  let known = maps.get(path)
  if (known?.stamp !== stamp) {
    known = { stamp, map: new TraceMap(readFileSync(path, 'utf8'), `${dirname(path)}/`) }
    maps.set(path, known)
  }
  return known.map
}
