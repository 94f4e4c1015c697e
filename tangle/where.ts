// Where a line of a tangled file is told, and where a line of a chapter lands.
import { existsSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { Book } from './book.ts'
import { readIfThere } from './files.ts'
import { type Line, link, type Output, textOf } from './link.ts'
import { nearest, Problems } from './problem.ts'

export interface Spot {
  /** `chapters/…md:31` and `generated/…ts:12`. */
  chapter: string
  generated: string
  heading?: string
  chunk?: string
  test?: string
}

/** Answers both ways. Throws Problems when there is no such line or when it is the loom's own. */
export function where(book: Book, at: string): Spot[] {
  const { root, output } = book.config
  const [, path, digits] = /^(.*?)(?::(\d+))?(?::\d+)?$/.exec(at)!
  const file = relative(root, resolve(root, path!)).split(sep).join('/')
  const line = Number(digits ?? 1)
  const { outputs } = link(book)
  if (book.pages.some((page) => page.file === file)) return fromChapter(book, outputs, file, line)
  const found = outputs.get(file.startsWith(`${output}/`) ? file.slice(output.length + 1) : file)
  if (found) return [fromOutput(book, found, line)]
  const known = [...book.pages.map((page) => page.file), ...[...outputs.keys()].map((name) => `${output}/${name}`)]
  const near = nearest(file, known)
  throw new Problems([{ file, line, column: 1, message: 'neither a page of the book nor a tangled file', hint: near && `did you mean ${near}?` }])
}

function fromOutput(book: Book, output: Output, line: number): Spot {
  const file = `${book.config.output}/${output.file}`
  const fail = (message: string, hint?: string) => new Problems([{ file, line, column: 1, message, hint }])
  if (readIfThere(join(book.config.root, file)) !== textOf(output)) throw fail('not as its chapters tell it', 'tangle or stitch first')
  const record = output.lines[line - 1]
  if (!record) throw fail(`the file has ${output.lines.length} lines`)
  if (!record.block) throw fail('this line is the loom’s own: a header, or a gap between two blocks')
  return spotOf(book, output, record, line)
}

function fromChapter(book: Book, outputs: Map<string, Output>, file: string, line: number): Spot[] {
  const spots: Spot[] = []
  for (const output of outputs.values()) {
    output.lines.forEach((record, i) => {
      if (record.block?.page.file === file && lineOf(record) === line) spots.push(spotOf(book, output, record, i + 1))
    })
  }
  if (spots.length > 0) return spots
  const inside = book.blocks.find(({ page, fence }) => page.file === file && fence.line <= line && line <= fence.endLine)
  const message = inside ? 'this block lands in no file' : 'this line is prose'
  const next = book.blocks.find(({ page, place, name, file: target }) => page.file === file && place.line >= line && (name ?? target))
  const hint = next && `the next block that lands somewhere begins on line ${next.place.line + 1}`
  throw new Problems([{ file, line, column: 1, message, hint }])
}

function lineOf({ block, index }: Line): number {
  return block!.fence.line + 1 + index!
}

function spotOf({ config, pages }: Book, { file }: Output, record: Line, line: number): Spot {
  const block = record.block!
  const at = lineOf(record)
  const heading = pages.find((page) => page === block.page)!.headings.filter((one) => one.line < at).at(-1)
  const test = `${config.output}/${file.replace(/(\.test|\.experiment|\.demo)?(\.\w+)$/, '.test$2')}`
  return {
    chapter: `${block.page.file}:${at}`,
    generated: `${config.output}/${file}:${line}`,
    ...(heading && { heading: heading.text }),
    ...(block.name !== undefined && { chunk: block.name }),
    ...(existsSync(join(config.root, test)) && { test }),
  }
}
