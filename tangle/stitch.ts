// Stitch: edits of tangled files go back into the chapters, three ways. The base is the text that was last tangled.
import { execFileSync } from 'node:child_process'
import { isUtf8 } from 'node:buffer'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { diff3MergeRegions, diffIndices } from 'node-diff3'
import { type Attributed, attribute, joined, placeOf, type Wanted } from './attribute.ts'
import { type Book, bookOf, readBook } from './book.ts'
import type { Config } from './config.ts'
import { digest, readIfThere, stage } from './files.ts'
import { link, type Output, textOf, type Web } from './link.ts'
import { isOwn, type Manifest, readManifest } from './manifest.ts'
import { readPage } from './markdown.ts'
import { type Place, type Problem, Problems } from './problem.ts'
import { rewrite } from './rewrite.ts'
import { basePath, makePlan, tangle } from './tangle.ts'

export interface Stitched {
  /** The chapters that changed, with the blocks in them that did: the chunk's or file's name, and the block's line. */
  chapters: { file: string; chunks: { name: string; line: number }[] }[]
  /** Files that changed in a place that nobody edited, because a chunk stands there too. */
  repeated: { file: string; name: string }[]
}

/** A tangled file that somebody edited. */
interface Edited {
  output: Output
  there: string
  base: string
}

/**
 * Carries the edits of tangled files into the chapters and tangles again. Throws Problems, with nothing changed
 * anywhere, when a chapter is wrong, when both sides changed the same lines, or when an edit cannot be told exactly.
 */
export async function stitch(config: Config): Promise<Stitched> {
  const book = await readBook(config)
  const web = link(book)
  const manifest = readManifest(config)
  refuse(web.problems)
  const edited = findEdits(config, web, manifest)
  const wanted = mergeAll(config, web, edited)
  const attributed = attribute(wanted, config.syntax)
  refuse(attributed.problems)
  const after = applied(book, attributed)
  const stitched: Manifest = new Map(edited.map(({ output, there }) => [output.file, [digest(there)]]))
  proveSame(config, after, attributed, new Map([...manifest, ...stitched]))
  writeChapters(config, book, after, edited)
  await tangle(config, { stitched })
  return report(book, after, attributed)
}

function refuse(problems: Problem[]): void {
  if (problems.length > 0) throw new Problems(problems)
}

/** The files that differ from what was tangled, each with the text that the edit began from. */
function findEdits(config: Config, { outputs }: Web, manifest: Manifest): Edited[] {
  const problems: Problem[] = []
  const edited: Edited[] = []
  for (const output of outputs.values()) {
    const { file } = output
    const told = textOf(output)
    const place = { file: `${config.output}/${file}`, line: 1, column: 1 }
    const there = readIfThere(join(config.root, place.file))
    if (there === undefined) {
      const hint = 'tangle writes it again; a file goes when its block goes'
      if (manifest.has(file)) problems.push({ ...place, message: 'deleted since it was tangled', hint })
      continue
    }
    if (there === told || isOwn(manifest, file, there) || !manifest.has(file)) continue
    const base = baseOf(config, file, told, manifest)
    const unfit = unfitness(config, place, there)
    if (unfit) problems.push(unfit)
    else if (base === undefined) {
      const message = 'edited, and nobody knows from which text: neither the chapters nor the cache nor git has what was tangled last'
      problems.push({ ...place, message, hint: 'bring the edit into the chapter by hand, then tangle --force' })
    } else edited.push({ output, there, base })
  }
  refuse(problems)
  return edited
}

/** Texts that no chapter could say. */
function unfitness({ root }: Config, place: Place, there: string): Problem | undefined {
  if (!isUtf8(readFileSync(join(root, place.file)))) return { ...place, message: 'not UTF-8', hint: 'save the file as UTF-8' }
  const lines = there.split('\n')
  const carriage = lines.findIndex((line) => line.includes('\r'))
  if (carriage >= 0) return { ...place, line: carriage + 1, message: 'a carriage return; tangled lines end with a line feed', hint: 'convert the line ends' }
  if (lines.at(-1) !== '') return { ...place, line: lines.length, message: 'the last line has no line end', hint: 'end it with a line feed' }
  return undefined
}

/** The text that was tangled last, from wherever it can be proved to be that text. */
function baseOf(config: Config, file: string, told: string, manifest: Manifest): string | undefined {
  const [sum, ...others] = manifest.get(file)!
  // A run that was killed wrote old and new files: the edit may have begun from either.
  if (sum === undefined || others.length > 0) return undefined
  const sources = [() => told, () => readIfThere(basePath(config, sum)), () => committed(config, file)]
  for (const source of sources) {
    const text = source()
    if (text !== undefined && isOwn(manifest, file, text)) return text
  }
  return undefined
}

function committed({ root, output }: Config, file: string): string | undefined {
  try {
    return execFileSync('git', ['show', `HEAD:./${output}/${file}`], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined // no git, no repository, or never committed
  }
}

/** What every file shall be: its edit and the chapters' changes together. */
function mergeAll(config: Config, { outputs }: Web, edited: Edited[]): Wanted[] {
  const problems: Problem[] = []
  const byFile = new Map(edited.map((edit) => [edit.output.file, edit]))
  const wanted = [...outputs.values()].map((output) => {
    const told = output.lines.map(({ text }) => text)
    const edit = byFile.get(output.file)
    const file = `${config.output}/${output.file}`
    if (!edit) return { output, now: told, at: (line: number) => ({ file, line: line + 1, column: 1 }) }
    const there = linesOf(edit.there)
    const { now, conflicts } = merge(there, linesOf(edit.base), told)
    for (const conflict of conflicts) problems.push(conflictProblem(output, file, conflict))
    const counterpart = counterparts(now, there)
    return { output, now, at: (line: number) => ({ file, line: counterpart(line) + 1, column: 1 }) }
  })
  refuse(problems)
  return wanted
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

/** Both sides changed these lines, and not alike. `start` counts from 0 in each side's own text. */
interface Conflict {
  there: { start: number; lines: string[] }
  told: { start: number; lines: string[] }
}

function merge(there: string[], base: string[], told: string[]): { now: string[]; conflicts: Conflict[] } {
  if (joined(base) === joined(told)) return { now: there, conflicts: [] }
  const now: string[] = []
  const conflicts: Conflict[] = []
  for (const region of diff3MergeRegions(there, base, told)) {
    if (region.stable) {
      for (const line of region.bufferContent) now.push(line)
      continue
    }
    const { aStart, aContent, bStart, bContent } = region
    if (joined(aContent) === joined(bContent)) now.push(...aContent)
    else conflicts.push({ there: { start: aStart, lines: aContent }, told: { start: bStart, lines: bContent } })
  }
  return { now, conflicts }
}

function conflictProblem({ lines, blocks }: Output, file: string, { there, told }: Conflict): Problem {
  const from = lines.slice(told.start).find(({ block }) => block) ?? lines.slice(0, told.start).findLast(({ block }) => block)
  const place = (from && placeOf(from)) ?? blocks[0]!.place
  const side = (name: string, texts: string[]) => [`  ${name}`, ...(texts.length === 0 ? ['(removed)'] : texts).map((text) => `    ${text}`)]
  const here = side(`${place.file}:${place.line} says`, told.lines)
  const edit = side(`${file}:${there.start + 1} says`, there.lines)
  return {
    ...place,
    message: [`changed here, and otherwise in ${file}:${there.start + 1}`, ...here, ...edit].join('\n'),
    hint: 'make one of them like the other, then stitch',
  }
}

/** Tells where a line of one text stands in the other, or would stand. */
function counterparts(from: string[], to: string[]): (at: number) => number {
  if (joined(from) === joined(to)) return (at) => at
  const hunks = diffIndices(from, to)
  return (at) => {
    let shift = 0
    for (const { buffer1, buffer2 } of hunks) {
      if (at < buffer1[0]) break
      const isInside = at < buffer1[0] + buffer1[1]
      if (isInside) return buffer2[0] + Math.min(at - buffer1[0], Math.max(0, buffer2[1] - 1))
      shift = buffer2[0] + buffer2[1] - buffer1[0] - buffer1[1]
    }
    return at + shift
  }
}

/** The book as it will be. */
function applied(book: Book, { edits }: Attributed): Book {
  const touched = new Set([...edits.keys()].map(({ page }) => page))
  const pages = book.pages.map((page) => {
    return touched.has(page) ? readPage(page.file, Buffer.from(rewrite(page, edits))) : page
  })
  return bookOf(book.config, pages)
}

/** Tangles in memory what is going to be written: it must be what was wanted, to the byte, and nothing may be in its way. */
function proveSame(config: Config, after: Book, { expected }: Attributed, manifest: Manifest): void {
  const web = link(after)
  const different = [...expected].filter(([file, text]) => {
    const output = web.outputs.get(file)
    return output === undefined || textOf(output) !== text
  })
  if (web.problems.length > 0 || different.length > 0 || web.outputs.size !== expected.size) {
    const files = different.length > 0 ? different.map(([file]) => file) : [...expected.keys()].slice(0, 1)
    const because = web.problems[0] ? ` (${web.problems[0].message})` : ''
    refuse(files.map((file) => ({
      file: `${config.output}/${file}`,
      line: 1,
      column: 1,
      message: `Markdown cannot hold this edit as it is${because}`,
      hint: 'make the edit in the chapter',
    })))
  }
  refuse(makePlan(config, web, manifest).problems)
}

/** All chapters or none, and only over the text that was read. */
function writeChapters({ root, output }: Config, book: Book, after: Book, edited: Edited[]): void {
  const changed = after.pages.filter((page, i) => page !== book.pages[i])
  const changes = changed.map(({ file, text }) => {
    const path = realpathSync(join(root, file)) // a chapter may be a symbolic link, and stays one
    return { path, text, mode: statSync(path).mode & 0o7777 }
  })
  const writing = stage(changes)
  const read = [
    ...book.pages.filter((page, i) => page !== after.pages[i]).map(({ file, text }) => ({ file, text })),
    ...edited.map(({ output: { file }, there }) => ({ file: `${output}/${file}`, text: there })),
  ]
  const moved = read.filter(({ file, text }) => readIfThere(join(root, file)) !== text)
  if (moved.length > 0) writing.undo()
  refuse(moved.map(({ file }) => ({ file, line: 1, column: 1, message: 'changed while stitching', hint: 'stitch again' })))
  writing.commit()
}

function report(book: Book, after: Book, { edits, repeated }: Attributed): Stitched {
  const nameOf = ({ name, file }: Book['blocks'][number]) => name ?? file ?? ''
  const chapters = after.pages
    .filter((page, i) => page !== book.pages[i])
    .map(({ file }) => ({
      file,
      // The blocks are the same ones in the same order: `proveSame` has seen to that.
      chunks: book.blocks.flatMap((block, i) =>
        block.page.file === file && edits.has(block) ? [{ name: nameOf(block), line: after.blocks[i]!.place.line }] : [],
      ),
    }))
  return { chapters, repeated: repeated.map(({ block, file }) => ({ file, name: nameOf(block) })) }
}
