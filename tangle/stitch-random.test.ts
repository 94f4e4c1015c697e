// Stitch on random books with random edits: it says the edit exactly, or it changes nothing.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from './config.ts'
import { readPage, splitLines } from './markdown.ts'
import { Problems } from './problem.ts'
import { type Draw, drawBlocks, drawEdit, drawPages, type RandomPage, render } from './random-book.ts'
import { stitch, type Stitched } from './stitch.ts'
import { tangle } from './tangle.ts'
import { configOf, contents, plant, write } from './testing.ts'

/** `LOOM_RUNS=20` tries twenty times as many cases. */
const factor = Number(process.env['LOOM_RUNS'] ?? 1)
const seed = Number(process.env['LOOM_SEED'] ?? 20261120)

async function property(cases: number, name: string, body: (g: Draw) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(fc.gen(), body), { numRuns: cases * factor, seed, includeErrorInReport: true, endOnFailure: factor > 1 })
  process.stdout.write(`  ${cases * factor} cases: ${name}\n`)
}

type Scene = (folder: string, config: Config) => Promise<void>

/** A book on the disk, tangled; it goes when the scene is over. */
async function scene(pages: Record<string, RandomPage>, own: Partial<Config>, play: Scene): Promise<void> {
  const folder = plant(Object.fromEntries(Object.entries(pages).map(([file, page]) => [file, render(page)])))
  try {
    const config = configOf(folder, own)
    await tangle(config)
    await play(folder, config)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const drawOptions = (g: Draw) => ({ header: g(fc.boolean), separate: g(fc.boolean) })

/** What stitch did, or why it did nothing; in that case every file must be as it was. */
async function tryStitch(folder: string, config: Config): Promise<Stitched | Problems> {
  const before = contents(folder)
  try {
    return await stitch(config)
  } catch (error) {
    if (!(error instanceof Problems)) throw error
    assert.equal(contents(folder), before, 'a refusal changed a file')
    return error
  }
}

function lines(folder: string, file: string): string[] {
  return readFileSync(join(folder, 'generated', file), 'utf8').split('\n').slice(0, -1)
}

function rewriteFile(folder: string, file: string, edited: string[]): void {
  writeFileSync(join(folder, 'generated', file), edited.map((line) => `${line}\n`).join(''))
}

const tangledFiles = (folder: string) => Object.keys(contents(join(folder, 'generated'))).filter((file) => file.endsWith('.ts'))

function count(reasons: Record<string, number>, { list }: Problems): void {
  const why = list[0]!.message.replace(/\n[\s\S]*/, '').replace(/'.*'/, '…').replace(/generated\/.*/, '…')
  reasons[why] = (reasons[why] ?? 0) + 1
}

function listed(reasons: Record<string, number>): string {
  return Object.entries(reasons).map(([why, times]) => `    ${times} refused: ${why}\n`).join('')
}

/** All of a page that is not in its fences. */
function prose(folder: string, file: string): string[] {
  const { text, fences } = readPage(file, readFileSync(join(folder, file)))
  const rows = splitLines(text)
  return rows.filter((_, i) => !fences.some(({ line, endLine }) => i >= line - 1 && i < endLine))
}

test('LIT-6 stitch after tangle changes no byte of any book', () =>
  property(80, 'no edit', async (g) => {
    await scene(drawPages(g), drawOptions(g), async (folder, config) => {
      const before = contents(folder)
      assert.equal(await stitch(config), { chapters: [], repeated: [] })
      assert.equal(contents(folder), before)
    })
  }))

test('LIT-6 a random edit comes back exactly, or is refused and changes no byte', async () => {
  const tally = { exact: 0, repeated: 0, refused: 0 }
  const reasons: Record<string, number> = {}
  await property(250, 'random edits', async (g) => {
    await scene(drawPages(g), drawOptions(g), async (folder, config) => {
      const before = contents(folder)
      const wanted = new Map<string, string[]>()
      for (const file of tangledFiles(folder).filter(() => g(fc.integer, { min: 0, max: 2 }) > 0)) {
        let edited = lines(folder, file)
        for (let i = g(fc.integer, { min: 1, max: 3 }); i > 0; i--) edited = drawEdit(g, edited)
        wanted.set(file, edited)
        rewriteFile(folder, file, edited)
      }
      const result = await tryStitch(folder, config)
      if (result instanceof Problems) {
        tally.refused++
        count(reasons, result)
        return
      }
      tally[result.repeated.length > 0 ? 'repeated' : 'exact']++
      for (const file of tangledFiles(folder)) {
        if (result.repeated.some((place) => place.file === file)) continue
        const expected = wanted.get(file)?.map((line) => `${line}\n`).join('') ?? before[`generated/${file}`]
        assert.is(contents(folder)[`generated/${file}`], Buffer.from(expected!).toString(wanted.has(file) ? 'latin1' : 'utf8'), file)
      }
      await rests(folder, config, before)
    })
  })
  process.stdout.write(`  ${JSON.stringify(tally)}\n${listed(reasons)}`)
  assert.ok(tally.exact > tally.refused, 'most edits should be carried')
})

/** After stitching, nothing is left to do, and the prose is what it was. */
async function rests(folder: string, config: Config, before: Record<string, string>): Promise<void> {
  const after = contents(folder)
  assert.equal((await tangle(config)).written, [])
  assert.equal(await stitch(config), { chapters: [], repeated: [] })
  assert.equal(contents(folder), after)
  const then = plant(Object.fromEntries(['1.md', '2.md'].map((file) => [file, Buffer.from(before[file]!, 'latin1')])))
  for (const file of ['1.md', '2.md']) assert.equal(prose(folder, file), prose(then, file))
  rmSync(then, { recursive: true })
}

/** Lines that are told apart from all others, so that an edit of one touches nothing else. */
function drawUnique(g: Draw): Record<string, RandomPage> {
  let count = 0
  return drawPages(g, drawBlocks(g, () => `line${count++}()`))
}

function allLines(pages: Record<string, RandomPage>): { lines: string[]; at: number; text: string }[] {
  return Object.values(pages)
    .flatMap(({ blocks }) => blocks)
    .flatMap((block) => block.lines.map((text, at) => ({ lines: block.lines, at, text })))
    .filter(({ text }) => /^line\d+\(\)$/.test(text))
}

test('LIT-6 a change of a chapter and an edit of another chunk are both kept', async () => {
  const tally = { merged: 0, refused: 0 }
  await property(100, 'both sides, different chunks', async (g) => {
    const pages = drawUnique(g)
    const candidates = allLines(pages)
    if (candidates.length === 0) return
    const mine = candidates[g(fc.nat, candidates.length - 1)]!
    const others = candidates.filter(({ lines }) => lines !== mine.lines)
    if (others.length === 0) return
    const theirs = others[g(fc.nat, others.length - 1)]!
    await scene(pages, drawOptions(g), async (folder, config) => {
      for (const file of tangledFiles(folder)) {
        rewriteFile(folder, file, lines(folder, file).map((line) => line.replace(mine.text, `edited(${mine.text})`)))
      }
      theirs.lines[theirs.at] = `changed(${theirs.text})`
      write(folder, Object.fromEntries(Object.entries(pages).map(([file, page]) => [file, render(page)])))
      const result = await tryStitch(folder, config)
      if (result instanceof Problems) {
        tally.refused++
        assert.match(result.message, /changed here, and otherwise in generated/) // only neighbours conflict
        return
      }
      tally.merged++
      mine.lines[mine.at] = `edited(${mine.text})`
      for (const [file, page] of Object.entries(pages)) assert.is(readFileSync(join(folder, file), 'utf8'), render(page))
    })
  })
  process.stdout.write(`  ${JSON.stringify(tally)}\n`)
  assert.ok(tally.merged > 3 * tally.refused, 'most changes should be merged')
})

test('LIT-6 different changes of one line on both sides are always a conflict', () =>
  property(50, 'both sides, same line', async (g) => {
    const pages = drawUnique(g)
    const candidates = allLines(pages)
    if (candidates.length === 0) return
    const mine = candidates[g(fc.nat, candidates.length - 1)]!
    await scene(pages, drawOptions(g), async (folder, config) => {
      for (const file of tangledFiles(folder)) {
        rewriteFile(folder, file, lines(folder, file).map((line) => line.replace(mine.text, `edited(${mine.text})`)))
      }
      mine.lines[mine.at] = `changed(${mine.text})`
      write(folder, Object.fromEntries(Object.entries(pages).map(([file, page]) => [file, render(page)])))
      const result = await tryStitch(folder, config)
      assert.instance(result, Problems)
      assert.match((result as Problems).message, /^\d\.md:\d+:\d+: changed here, and otherwise in generated\/.*:\d+\n/)
    })
  }))

// Formatters.

const biome = fileURLToPath(new URL(`../node_modules/@biomejs/cli-linux-${process.arch}/biome`, import.meta.url))

/** Statements that parse alone, written as nobody's formatter would. */
function drawStatement(g: Draw): string {
  const i = g(fc.nat, 99)
  return g(fc.constantFrom, `call( ${i} )`, `const v${i}={a:1,b:[${i}]}`, `   if (v${i}) { call( ) }`, `// note ${i}`, `  x( () =>   y )`, `call("${i}");`, '', `const text${i} = \`a\${ b }\``)
}

function drawProgram(g: Draw): Record<string, RandomPage> {
  const blocks = drawBlocks(g, drawStatement)
  for (const block of blocks) {
    // a chunk inside of a function body, as chapters have them
    block.lines = block.lines.flatMap((line) => (line.includes('<<') && g(fc.boolean) ? ['function f() {', line, '}'] : [line]))
  }
  return drawPages(g, blocks)
}

test('LIT-6 what a formatter did to generated/ comes back exactly, or is refused and changes no byte', async () => {
  const cases = 40 * factor
  const books = fc.sample(fc.gen().map((g) => ({ pages: drawProgram(g), indentStyle: g(fc.constantFrom, 'space', 'tab') })), { numRuns: cases, seed })
  const tally = { unchanged: 0, exact: 0, repeated: 0, refused: 0 }
  const reasons: Record<string, number> = {}
  for (const indentStyle of ['space', 'tab']) {
    const root = plant({ 'biome.json': JSON.stringify({ files: { includes: ['**/*.ts'] }, formatter: { indentStyle }, javascript: { formatter: { semicolons: 'asNeeded', quoteStyle: 'single' } } }) })
    const configs: Config[] = []
    for (const [i, { pages }] of books.filter((book) => book.indentStyle === indentStyle).entries()) {
      write(join(root, String(i)), { 'loom.json': '{}', ...Object.fromEntries(Object.entries(pages).map(([file, page]) => [file, render(page)])) })
      const config = configOf(join(root, String(i)))
      await tangle(config)
      configs.push(config)
    }
    execFileSync(biome, ['format', '--write', '--vcs-enabled=false', '.'], { cwd: root, stdio: 'ignore' })
    for (const config of configs) {
      const edited = contents(join(config.root, 'generated'))
      const result = await tryStitch(config.root, config)
      if (result instanceof Problems) {
        tally.refused++
        count(reasons, result)
        continue
      }
      tally[result.repeated.length > 0 ? 'repeated' : result.chapters.length > 0 ? 'exact' : 'unchanged']++
      const after = contents(join(config.root, 'generated'))
      for (const file of Object.keys(after).filter((name) => name.endsWith('.ts'))) {
        if (!result.repeated.some((place) => place.file === file)) assert.is(after[file], edited[file])
      }
      assert.equal(await stitch(config), { chapters: [], repeated: [] })
    }
  }
  process.stdout.write(`  ${cases} cases: a formatter\n  ${JSON.stringify(tally)}\n${listed(reasons)}`)
  assert.ok(tally.exact > cases / 3, 'a formatter should be survived')
})

test.run()
