// Mermaid's parser without a browser: where a diagram is wrong.
import { pathToFileURL } from 'node:url'
import { resolvePackage } from './browser.ts'

/** An error in a diagram: `line` and `column` count from 1 inside its source. */
export interface Fault {
  line: number
  column: number
  message: string
}

/** Parses a diagram without a browser. Undefined when it is right. Costs half a second the first time. */
export async function faultIn(source: string): Promise<Fault | undefined> {
  loaded ??= load()
  const { mermaid, window } = await loaded
  return within(window, async () => {
    try {
      await mermaid.parse(source)
      return undefined
    } catch (error) {
      return faultOf(source, error as ParserError)
    }
  })
}

interface Loaded {
  window: object
  mermaid: { parse(source: string): Promise<unknown> }
}

let loaded: Promise<Loaded> | undefined

async function load(): Promise<Loaded> {
  const { JSDOM } = (await import('jsdom' as string)) as { JSDOM: new (html: string) => { window: object } }
  const { window } = new JSDOM('<!doctype html>')
  const entry = resolvePackage('mermaid', resolvePackage('@mermaid-js/mermaid-cli'))
  if (!entry) throw new Error('@mermaid-js/mermaid-cli is not installed')
  const { default: mermaid } = (await within(window, () => import(pathToFileURL(entry).href))) as { default: Loaded['mermaid'] }
  return { window, mermaid }
}

/** Mermaid's sanitizer wants a document, if only to look at. Afterwards nobody must take this process for a browser. */
async function within<T>(window: object, use: () => Promise<T>): Promise<T> {
  const globals = globalThis as { window?: object; document?: object | undefined }
  Object.assign(globals, { window, document: (window as typeof globals).document })
  try {
    return await use()
  } finally {
    delete globals.window
    delete globals.document
  }
}

/** What Mermaid's two kinds of parser (jison, langium) say about an error; positions are those of the text they saw. */
interface ParserError extends Error {
  hash?: { line: number; loc?: { last_line: number; last_column: number } }
  result?: {
    lexerErrors: { line: number; column: number; message: string }[]
    parserErrors: { token: { startLine: number; startColumn: number }; message: string }[]
  }
}

export function faultOf(source: string, error: ParserError): Fault {
  const seen = seenByParser(source)
  const offset = Math.min(offsetIn(seen.text, error), seen.text.trimEnd().length)
  const before = source.slice(0, seen.offsets[offset] ?? source.length).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1, message: words(error) }
}

function offsetIn(text: string, { hash, result }: ParserError): number {
  const lexer = result?.lexerErrors[0]
  const token = result?.parserErrors[0]?.token
  if (lexer) return offsetOf(text, lexer.line, lexer.column - 1)
  if (token) return offsetOf(text, token.startLine, token.startColumn - 1)
  if (hash?.loc) {
    // jison knows where the last good token ends; what it did not expect stands behind the blanks.
    const end = offsetOf(text, hash.loc.last_line, hash.loc.last_column)
    return end + /^[ \t]*/.exec(text.slice(end))![0].length
  }
  return hash ? offsetOf(text, hash.line + 1, 0) : 0
}

/** A parser that met the end of the text has no position; that is the end. */
function offsetOf(text: string, line: number, column: number): number {
  if (!Number.isFinite(line)) return text.length
  const lines = text.split('\n')
  if (line > lines.length) return text.length
  return lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column
}

/** Mermaid takes front matter, directives and comments out before it parses and counts lines afterwards. */
const removed = [
  /^[ \t]*---[ \t]*\n[\s\S]*?\n[ \t]*---[ \t]*\n+/,
  /%%\{[\s\S]*?\}%%/g,
  /^\s*%%(?!\{)[^\n]+\n?/gm,
  /^\s+/,
]

/** The text that the parser saw, and for each of its characters the offset in the source. */
function seenByParser(source: string): { text: string; offsets: number[] } {
  let text = source
  let offsets = [...Array(source.length).keys()]
  for (const pattern of removed) {
    const kept: number[] = []
    let rest = ''
    let from = 0
    const keep = (to: number) => {
      kept.push(...offsets.slice(from, to))
      rest += text.slice(from, to)
    }
    for (const match of text.matchAll(new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`))) {
      keep(match.index)
      from = match.index + match[0].length
    }
    keep(text.length)
    ;[text, offsets] = [rest, kept]
  }
  return { text, offsets }
}

/** The parser's words without its own line numbers and picture, and with a long list of expectations cut. */
function words({ message, result }: ParserError): string {
  const own = result?.lexerErrors[0]?.message ?? result?.parserErrors[0]?.message ?? message
  const [first = '', ...rest] = own.trim().split('\n')
  const last = rest.at(-1) ?? ''
  const told = /^(Parse|Lexical) error on line/.test(first) ? (last.startsWith('Expecting') ? last : first) : first
  return told
    .replace(/^(Parse|Lexical) error on line \d+[:.] ?/, '')
    .replace(/(?:'[^']*', ){6,}(?=got)/, (list) => `${list.split(', ').slice(0, 5).join(', ')}, …, `)
    .replace(/ for text: .*/, '')
}
