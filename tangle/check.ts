// Check: everything that can be wrong with a book that tangles. It writes nothing.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import GithubSlugger from 'github-slugger'
import { type Book, readBook } from './book.ts'
import type { Config } from './config.ts'
import { readIfThere } from './files.ts'
import { link, type Output, textOf, type Web } from './link.ts'
import { isOwn, readManifest } from './manifest.ts'
import type { Mark, Page } from './markdown.ts'
import { nearest, type Problem } from './problem.ts'
import { isEntryPoint, isExercise, sectionOf } from './section.ts'
import { loadCompiler } from './typescript.ts'

export interface Checked {
  problems: Problem[]
  /** How the tangled files differ from what the chapters say, as a patch. */
  diff: string
  /** What was looked at. */
  counts: { pages: number; blocks: number; files: number }
}

/** Looks at everything, and tells everything. */
export async function check(config: Config): Promise<Checked> {
  const book = await readBook(config)
  const web = link(book)
  const counts = { pages: book.pages.length, blocks: book.blocks.length, files: web.outputs.size }
  const problems = [...web.problems, ...deadLinks(book), ...longBlocks(book), ...wrongRunIns(book, web), ...sections(book, web)]
  if (web.problems.length > 0) return { problems, diff: '', counts }
  const { checkDiagrams } = await import('./diagrams.ts')
  const { checkResults } = await import('../experiments/report.ts')
  const { checkExercises } = await import('./exercise.ts')
  const drifted = drift(config, web)
  problems.push(...drifted.problems, ...forwardImports(book, web))
  problems.push(...checkExercises(book, web))
  problems.push(...(await checkDiagrams(config, book)), ...(await checkResults(config, book)))
  return { problems, diff: drifted.diff, counts }
}

function drift(config: Config, { outputs }: Web): { problems: Problem[]; diff: string } {
  const problems: Problem[] = []
  const manifest = readManifest(config)
  let diff = ''
  const compare = (file: string, told: string, there: string | undefined) => {
    if (told === there) return
    const path = `${config.output}/${file}`
    const edited = there !== undefined && manifest.has(file) && !isOwn(manifest, file, there)
    const message = edited ? 'edited since it was tangled' : there === undefined ? 'not tangled yet' : 'older than its chapters'
    problems.push({ file: path, line: 1, column: 1, message, hint: edited ? 'stitch it, or tangle with force' : 'tangle' })
    diff += createTwoFilesPatch(path, path, there ?? '', told, 'on the disk', 'in the chapters')
  }
  for (const output of outputs.values()) compare(output.file, textOf(output), readIfThere(join(config.root, config.output, output.file)))
  for (const file of manifest.keys()) {
    if (outputs.has(file)) continue
    problems.push({ file: `${config.output}/${file}`, line: 1, column: 1, message: 'no chapter names this file any longer', hint: 'tangle removes it' })
  }
  return { problems, diff }
}

function longBlocks({ blocks, config: { blockLinesMax } }: Book): Problem[] {
  return blocks
    .filter(({ fence }) => fence.lines.length > blockLinesMax)
    .map(({ place, fence }) => ({
      ...place,
      message: `a block of ${fence.lines.length} lines; ${blockLinesMax} are the most`,
      hint: 'divide it into named steps',
    }))
}

/** On a forge the chunk's name cannot be seen, so the paragraph before it begins with the name in bold. */
function wrongRunIns({ blocks }: Book, { chunks }: Web): Problem[] {
  return blocks.flatMap(({ name, fence, place, run, file }) => {
    if (name === undefined || run || file !== undefined || !chunks.has(name)) return []
    const said = fence.runIn?.replace(/[.:!?]$/, '')
    if (said !== undefined && sentence(said) === sentence(name)) return []
    const message = said === undefined ? `the paragraph before the chunk '${name}' does not begin with its name` : `the chunk is named '${name}', the bold words before it are '${said}'`
    return [{ ...place, message, hint: `begin the paragraph with **${name[0]!.toUpperCase()}${name.slice(1)}.**` }]
  })
}

function sentence(words: string): string {
  return words.replace(/\s+/g, ' ').trim().replace(/^./, (first) => first.toLowerCase())
}

/** Each section has its module and its test, and tangles into no other section's. */
function sections({ pages, blocks, config }: Book, { outputs }: Web): Problem[] {
  const problems: Problem[] = []
  for (const { file, html } of pages) {
    const section = sectionOf(config, file)
    if (!section) continue
    const { folder, slug, isOpening } = section
    const own = `${folder}/${slug}`
    const place = { file, line: 1, column: 1 }
    if (!isOpening && !html.some(({ text }) => /^<!--\s*no code\b/.test(text))) {
      const hint = `tangle a block to file=${own}.ts, or say <!-- no code --> on the page`
      if (!outputs.has(`${own}.ts`)) problems.push({ ...place, message: `the section has no module ${own}.ts`, hint })
      if (!outputs.has(`${own}.test.ts`)) problems.push({ ...place, message: `the section has no test ${own}.test.ts`, hint: hint.replace('.ts', '.test.ts') })
    }
    for (const { page, file: target, place: at } of blocks) {
      if (page.file !== file || target === undefined || isEntryPoint(target) || isExercise(target)) continue
      const rest = target.startsWith(own) ? target.slice(own.length) : undefined
      if (rest !== undefined && /^[-.]/.test(rest)) continue
      problems.push({ ...at, message: `'${target}' is not this section's module`, hint: `its files are ${own}.ts, ${own}.test.ts, ${own}-….ts` })
    }
  }
  return problems
}

/** Reading order is the order of dependence: a module imports what was told before it. */
function forwardImports({ pages, config }: Book, { outputs }: Web): Problem[] {
  if (Object.keys(config.folders).length === 0) return []
  const compiler = loadCompiler()
  const position = new Map(pages.map((page, i) => [page.file, i]))
  const toldAt = ({ blocks }: Output) => position.get(blocks[0]!.page.file)!
  const problems: Problem[] = []
  for (const output of outputs.values()) {
    if (!output.file.endsWith('.ts') || isEntryPoint(output.file)) continue
    const text = textOf(output)
    for (const { fileName, pos } of compiler.preProcessFile(text).importedFiles) {
      if (!fileName.startsWith('.') || isRunnersType(config, output.file, fileName)) continue
      const target = outputs.get(posix.join(posix.dirname(output.file), fileName))
      const row = text.slice(0, pos).split('\n').length - 1
      const { block, index } = output.lines[row]!
      const place = { file: block!.page.file, line: block!.fence.line + 1 + index!, column: 1 }
      if (!target) problems.push({ ...place, message: `'${fileName}' is not tangled from any chapter` })
      else if (isEntryPoint(target.file)) problems.push({ ...place, message: `'${fileName}' is an entry point`, hint: 'import from the module that tells it' })
      else if (toldAt(target) > toldAt(output)) {
        const later = target.blocks[0]!.place
        problems.push({ ...place, message: `the import of '${fileName}' points forward in the book`, hint: `it is told in ${later.file}:${later.line}` })
      }
    }
  }
  return problems
}

/** An experiment may name the types of the runner that measures it. */
function isRunnersType({ output, experiments }: Config, file: string, fileName: string): boolean {
  const path = posix.join(output, posix.dirname(file), fileName)
  return file.endsWith('.experiment.ts') && path === `${experiments}/experiment.ts`
}

function deadLinks({ pages, config }: Book): Problem[] {
  const byFile = new Map(pages.map((page) => [page.file, page]))
  const anchors = new Map<Page, Set<string>>()
  return pages.flatMap((page) =>
    page.links.flatMap(({ url, line, column }) => {
      const wrong = deadLink(config, byFile, anchors, page, url)
      return wrong ? [{ file: page.file, line, column, ...wrong }] : []
    }),
  )
}

function deadLink({ root }: Config, pages: Map<string, Page>, anchors: Map<Page, Set<string>>, page: Page, url: string): Omit<Problem, keyof Mark | 'file'> | undefined {
  if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(url)) return undefined
  const [path, anchor] = url.split('#') as [string, string?]
  const file = path === '' ? page.file : posix.join(posix.dirname(page.file), decodeURI(path))
  if (!existsSync(join(root, file))) {
    const near = nearest(file, pages.keys())
    return { message: `dead link: there is no ${file}`, hint: near && `did you mean ${posix.relative(posix.dirname(page.file), near)}?` }
  }
  const target = pages.get(file)
  if (!target || anchor === undefined || anchor === '') return undefined
  let known = anchors.get(target)
  if (!known) anchors.set(target, (known = anchorsOf(target)))
  if (known.has(anchor)) return undefined
  const near = nearest(anchor, known)
  return { message: `dead link: ${file} has no heading #${anchor}`, hint: near && `did you mean #${near}?` }
}

function anchorsOf({ headings, html }: Page): Set<string> {
  const slugger = new GithubSlugger()
  const ids = html.flatMap(({ text }) => [...text.matchAll(/\b(?:id|name)="([^"]+)"/g)].map((match) => match[1]!))
  return new Set([...headings.map(({ text }) => slugger.slug(text)), ...ids])
}
