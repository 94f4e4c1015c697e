// A page of the book as the loom sees it: its fences, headings, links and comments, with exact positions.
// remark decides what a fence is; this file only notes where each line of it stands in the source.
import { isUtf8 } from 'node:buffer'
import type { Code, Heading, Html, Node, Nodes, Parent } from 'mdast'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { piecesOf } from './pieces.ts'
import type { Place, Problem } from './problem.ts'

/** A fenced code block. Lines count from 1; `columns[i]` is the offset in its source line at which `lines[i]` begins. */
export interface Fence {
  line: number
  column: number
  endLine: number
  closed: boolean
  lang: string | null
  /** What follows the language on the opening line; '' when nothing does. */
  meta: string
  lines: string[]
  columns: number[]
  /** The bold words that open the paragraph before the fence, if it has any. */
  runIn: string | null
}

export interface Mark {
  line: number
  column: number
}

export interface Page {
  /** Path relative to the book's root, with forward slashes. */
  file: string
  /** The file's text as it stands on the disk, a byte order mark and carriage returns included. */
  text: string
  fences: Fence[]
  headings: ({ depth: number; text: string } & Mark)[]
  links: ({ url: string } & Mark)[]
  /** Raw HTML: comments, markers of results, anchors. */
  html: ({ text: string } & Mark)[]
  problems: Problem[]
}

const parser = unified().use(remarkParse)

/** Splits text into lines as CommonMark does: at LF, CRLF, or a lone CR. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/)
}

/** Reads a page. Bytes that are not UTF-8 make a page without content and with one problem. */
export function readPage(file: string, bytes: Uint8Array): Page {
  const page: Page = { file, text: '', fences: [], headings: [], links: [], html: [], problems: [] }
  if (!isUtf8(bytes)) {
    const place = placeOfBadByte(file, bytes)
    page.problems.push({ ...place, message: 'not UTF-8', hint: 'save the file as UTF-8' })
    return page
  }
  page.text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let line = 0
  const pieces = piecesOf(page.text)
  for (const [i, text] of pieces.entries()) {
    const { fences, headings, links, html, lines } = parsePiece(text, i === pieces.length - 1)
    for (const fence of fences) page.fences.push({ ...fence, line: fence.line + line, endLine: fence.endLine + line })
    for (const heading of headings) page.headings.push({ ...heading, line: heading.line + line })
    for (const link of links) page.links.push({ ...link, line: link.line + line })
    for (const one of html) page.html.push({ ...one, line: one.line + line })
    line += lines
  }
  return page
}

/** What a piece of a page holds, its lines counted from its own first, and how many line ends it has. */
type Piece = Pick<Page, 'fences' | 'headings' | 'links' | 'html'> & { lines: number }

const piecesMax = 10_000
const parsed = new Map<string, Piece>()

function parsePiece(own: string, isLast: boolean): Piece {
  // What follows is a heading. With one in its place, a list that it ends is ended here, too.
  const text = isLast ? own : `${own}#`
  let piece = parsed.get(text)
  if (piece) return piece
  const source = splitLines(text.replace(/^\uFEFF/, '').replaceAll('\0', '\uFFFD')) // as remark reads a NUL
  piece = { fences: [], headings: [], links: [], html: [], lines: source.length - 1 }
  visit(parser.parse(text), piece, source)
  if (!isLast) piece.headings.pop()
  if (parsed.size >= piecesMax) parsed.clear() // a watch may run for weeks
  parsed.set(text, piece)
  return piece
}

function visit(parent: Parent, page: Piece, source: string[]): void {
  let before: Node | undefined
  for (const node of parent.children as Nodes[]) {
    const { line, column } = node.position!.start
    if (node.type === 'code') {
      if (/[`~]/.test(source[line - 1]![column - 1] ?? '')) page.fences.push(fenceOf(node, source, before))
    } else if (node.type === 'heading') {
      page.headings.push({ depth: (node as Heading).depth, text: textOf(node), line, column })
    } else if (node.type === 'html') {
      page.html.push({ text: (node as Html).value, line, column })
    } else if ('url' in node) {
      page.links.push({ url: node.url, line, column })
    }
    if ('children' in node) visit(node, page, source)
    before = node
  }
}

function fenceOf(node: Code, source: string[], before: Node | undefined): Fence {
  const { start, end } = node.position!
  const first = source[start.line - 1]!.slice(start.column - 1)
  const marker = /^(`+|~+)/.exec(first)![0]
  const last = source[end.line - 1]!.slice(0, end.column - 1)
  const closing = new RegExp(`(^|[^${marker[0]}])\\${marker[0]}{${marker.length},}[ \\t]*$`)
  const inner = node.value === '' ? [] : splitLines(node.value)
  // A fence that is cut off by the end of its container has one line of source less.
  const between = end.line - start.line - 1
  const closed = between >= 0 && closing.test(last) && inner.length <= between
  const count = closed ? between : end.line - start.line
  const lines = Array.from({ length: count }, (_, i) => inner[i] ?? '')
  const columns = lines.map((text, i) => columnOf(text, source[start.line + i] ?? ''))
  return {
    line: start.line,
    column: start.column,
    endLine: end.line,
    closed,
    lang: node.lang ?? null,
    meta: node.meta ?? '',
    lines,
    columns,
    runIn: runInOf(before),
  }
}

/** A line of a fence is the end of its source line; what stands before it belongs to lists and quotes. */
function columnOf(text: string, source: string): number {
  if (source.endsWith(text)) return source.length - text.length
  let same = 0 // a tab that a container took half of: count back over what is the same
  while (same < text.length && text.at(-1 - same) === source.at(-1 - same)) same++
  return source.length - same
}

function runInOf(before: Node | undefined): string | null {
  const first = (before as Parent | undefined)?.type === 'paragraph' ? (before as Parent).children[0] : undefined
  return first?.type === 'strong' ? textOf(first) : null
}

/** The plain words of a node. */
export function textOf(node: Node): string {
  if ('value' in node) return String(node.value)
  return 'children' in node ? (node as Parent).children.map(textOf).join('') : ''
}

function placeOfBadByte(file: string, bytes: Uint8Array): Place {
  let end = 0
  let start = 0
  for (let line = 1; ; line++, start = end + 1) {
    end = bytes.indexOf(10, start)
    const row = bytes.subarray(start, end < 0 ? bytes.length : end)
    if (isUtf8(row)) continue
    let good = row.length - 1
    while (!isUtf8(row.subarray(0, good))) good--
    return { file, line, column: new TextDecoder().decode(row.subarray(0, good)).length + 1 }
  }
}
