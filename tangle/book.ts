// The book: all its pages and blocks in reading order. Pages that did not change are not parsed again.
import { readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { attributedFence, type Block, blocksOf } from './block.ts'
import type { Config } from './config.ts'
import { digest, listFiles, readIfThere, replaceFile } from './files.ts'
import type { Page } from './markdown.ts'
import { type Problem, Problems } from './problem.ts'

export interface Book {
  config: Config
  pages: Page[]
  blocks: Block[]
  problems: Problem[]
}

/** A page and the digest of the bytes that it was parsed from. */
type Cached = Record<string, { digest: string; page: Page }>

/** Reads the book. What is wrong with single pages and fences is in `problems`; only a missing document throws. */
export async function readBook(config: Config, cache = openCache(config)): Promise<Book> {
  const pages: Page[] = []
  const files = documentsOf(config)
  for (const file of files) pages.push(await cache.page(file, readFileSync(join(config.root, file))))
  cache.save(files)
  return bookOf(config, pages)
}

/** The book that these pages are. */
export function bookOf(config: Config, pages: Page[]): Book {
  const problems = pages.flatMap((page) => [...page.problems, ...hiddenFences(page, config)])
  const blocks = pages.flatMap((page) => blocksOf(page, config.syntax, problems))
  return { config, pages, blocks, problems }
}

/** The Markdown files of the book, relative to its root, in reading order. */
export function documentsOf(config: Config): string[] {
  const own = [config.output, config.diagrams, config.book, config.experiments, config.cache]
  const missing: Problem[] = []
  const files = config.documents.flatMap((document) => {
    const path = join(config.root, document)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) missing.push({ file: document, line: 1, column: 1, message: 'no such document', hint: 'see "documents" in the configuration' })
    if (!stat?.isDirectory()) return [document]
    const skip = (name: string) => name.startsWith('.') || name === 'node_modules' || (document === '.' && own.includes(name))
    return listFiles(path, skip)
      .filter((name) => name.endsWith('.md'))
      .map((name) => relative(config.root, join(path, name)).split(sep).join('/'))
      .sort(byReading)
  })
  if (missing.length > 0) throw new Problems(missing)
  return [...new Set(files)]
}

/** Paths in reading order: a folder's README.md opens it. */
function byReading(a: string, b: string): number {
  const [left, right] = [a, b].map((path) => path.replace(/(^|\/)README\.md$/, '$1'))
  return left! < right! ? -1 : left! > right! ? 1 : 0
}

/** The pages as parsed before, kept between runs. It is a matter of speed only: a damaged cache is an empty one. */
export function openCache({ root, cache }: Config) {
  const path = join(root, cache, 'pages.json')
  // A page that another version of the parser made is not to be trusted.
  const parser = ['./markdown.ts', './pieces.ts'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
  const version = digest(parser.join(''))
  let known: Cached = {}
  let changed = false
  try {
    const stored = JSON.parse(readIfThere(path) ?? '{}')
    if (stored.version === version) known = stored.pages
  } catch {
    known = {}
  }
  return {
    async page(file: string, bytes: Uint8Array): Promise<Page> {
      const sum = digest(bytes)
      const hit = known[file]
      if (hit?.digest === sum) return hit.page
      const { readPage } = await import('./markdown.ts') // remark is loaded only when there is something to parse
      const page = readPage(file, bytes)
      known[file] = { digest: sum, page }
      changed = true
      return page
    },
    save(files: string[]): void {
      if (!changed) return
      const pages = Object.fromEntries(files.map((file) => [file, known[file]]))
      try {
        replaceFile(path, JSON.stringify({ version, pages }))
      } catch {
        // a disk that is full costs time, not correctness
      }
      changed = false
    },
  }
}

/** Fences that Markdown does not see as such although they were meant to be blocks, and fences without an end. */
function hiddenFences(page: Page, { syntax }: Config): Problem[] {
  const problems: Problem[] = []
  for (const { line, column, closed, lang, lines, columns } of page.fences) {
    if (!closed) {
      problems.push({ file: page.file, line, column, message: 'this fence is never closed', hint: 'end it with a line of the same marks' })
    }
    if (lang !== null) continue
    lines.forEach((text, i) => {
      const info = attributedFence(text, syntax)
      if (info === undefined) return
      const at = { line: line + 1 + i, column: columns[i]! + 1 }
      const message = `the fence '${info}' is swallowed by the block that opens on line ${line}`
      problems.push({ file: page.file, ...at, message, hint: 'close that block, or name its language if it shows Markdown' })
    })
  }
  for (const { text, line } of page.html) {
    let inside = false
    text.split(/\r\n|\n|\r/).forEach((row, i) => {
      if (row.includes('<!--')) inside = true
      const info = inside ? attributedFence(row, syntax) : undefined
      if (info !== undefined) {
        const message = `the fence '${info}' stands in an HTML comment, where it is not part of the program`
        problems.push({ file: page.file, line: line + i, column: row.search(/\S/) + 1, message, hint: "use the attribute 'hidden' to keep it from readers" })
      }
      if (row.includes('-->')) inside = false
    })
  }
  return problems
}
