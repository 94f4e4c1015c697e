// The colours of code. Shiki finds them; what is kept is only the kind of each piece, since the style sheet has the colours.
import { createRequire } from 'node:module'
import type { Config } from '../config.ts'
import { digest } from '../files.ts'
import { openStore } from './store.ts'
import type { Workshop } from './workshop.ts'

/** Pieces of a line: a length, and a kind that is a class of the style sheet ('' for plain text). */
export type Piece = [length: number, kind: string]

export interface Colours {
  of(code: string, lang: string): Piece[][]
}

/** Shiki's names of colours, and our classes. */
const kinds: Record<string, string> = {
  'token-keyword': 'k',
  'token-string': 's',
  'token-string-expression': 's',
  'token-comment': 'c',
  'token-function': 'f',
  'token-constant': 'n',
}

/** The colours of all these codes. Shiki is loaded only when one of them is new. */
export async function coloursOf(config: Config, codes: Iterable<{ code: string; lang: string }>, workshop: Workshop): Promise<Colours> {
  const { version } = createRequire(import.meta.url)('shiki/package.json') as { version: string }
  const store = openStore<(number | string)[][]>(config, 'colours', `shiki ${version}, 2`)
  const keyOf = (code: string, lang: string) => digest(`${lang}\n${code}`).slice(0, 32)
  const missing = new Map<string, { code: string; lang: string }>()
  for (const { code, lang } of codes) if (store.get(keyOf(code, lang)) === undefined) missing.set(keyOf(code, lang), { code, lang })
  if (missing.size > 0) {
    const colour = await painterOf(workshop, [...missing.values()].map(({ lang }) => lang))
    for (const [key, { code, lang }] of missing) store.set(key, colour(code, lang).map((line) => line.flat()))
  }
  store.save()
  return {
    of(code, lang) {
      const found = store.get(keyOf(code, lang)) ?? plain(code).map((line) => line.flat())
      return found.map((line) => Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i], line[2 * i + 1]] as Piece))
    },
  }
}

/** Compiles the patterns that TypeScript needs: they take longer than most files. */
export async function warmUp(workshop: Workshop, code: string): Promise<void> {
  const colour = await painterOf(workshop, ['ts'])
  colour(code, 'ts')
}

async function painterOf(workshop: Workshop, langs: string[]): Promise<(code: string, lang: string) => Piece[][]> {
  const { bundledLanguages, createCssVariablesTheme } = await import('shiki')
  const theme = createCssVariablesTheme({ name: 'loom' })
  const known = [...new Set(langs)].filter((lang) => lang in bundledLanguages)
  const shiki = await workshop.highlighter(known)
  return (code, lang) => {
    if (!known.includes(lang)) return plain(code)
    const lines = shiki.codeToTokensBase(code, { lang: lang as 'ts', theme })
    return lines.map((line) => merge(line.map(({ content, color = '' }): Piece => [content.length, kindOf(content, color.slice('var(--shiki-'.length, -1))])))
  }
}

/** Operators are no words, and stay as plain as brackets. */
function kindOf(content: string, color: string): string {
  const kind = kinds[color] ?? ''
  return kind === 'k' && !/\w/.test(content) ? '' : kind
}

function plain(code: string): Piece[][] {
  return code.split('\n').map((line) => [[line.length, '']])
}

/** Neighbours of one kind become one piece. */
function merge(pieces: Piece[]): Piece[] {
  const merged: Piece[] = []
  for (const [length, kind] of pieces) {
    const last = merged.at(-1)
    if (last?.[1] === kind) last[0] += length
    else merged.push([length, kind])
  }
  return merged
}

/** The pieces between two columns. */
export function slice(pieces: Piece[], from: number, to: number): Piece[] {
  const cut: Piece[] = []
  let at = 0
  for (const [length, kind] of pieces) {
    const [start, end] = [Math.max(at, from), Math.min(at + length, to)]
    if (start < end) cut.push([end - start, kind])
    at += length
  }
  return cut
}
