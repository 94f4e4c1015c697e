// The exercises of a book: what a reader is to do, and the blocks that decide whether it is done.
import type { Html, Nodes, Paragraph, Root } from 'mdast'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { type Block, parts } from './block.ts'
import type { Book } from './book.ts'
import type { Line, Output, Web } from './link.ts'
import { type Page, splitLines, textOf } from './markdown.ts'
import { nearest, type Place, type Problem } from './problem.ts'

/** From looking, through changing what is there, to making something new. */
export const difficulties = ['observe', 'change', 'build'] as const
export type Difficulty = (typeof difficulties)[number]

export interface Promised extends Place {
  title: string
}

export interface Exercise {
  name: string
  difficulty: Difficulty
  /** Where its paragraph begins. */
  place: Place
  page: Page
  /** The heading of its page. */
  section: string
  /** Markdown, without the name in front. */
  task: string
  /** The titles of the hidden tests, as the page lists them. */
  promises: Promised[]
  /** Markdown. */
  hint: string
  starter: Output
  test: Output
  solution: Output
}

export interface Exercises {
  exercises: Exercise[]
  problems: Problem[]
}

/** The exercises in reading order. One with a mistake is left out, and the mistake is in `problems`. */
export function readExercises({ pages, blocks }: Book, { outputs }: Pick<Web, 'outputs'>): Exercises {
  const all: Exercises = { exercises: [], problems: [] }
  const homes = new Map<string, Block[]>()
  for (const block of blocks) {
    const { exercise } = block.attributes
    if (typeof exercise === 'string' && block.file !== undefined) homes.set(exercise, [...(homes.get(exercise) ?? []), block])
  }
  for (const page of pages) {
    const names = [...homes].filter(([, [first]]) => first!.page === page).map(([name]) => name)
    if (names.length === 0) continue
    const told = toldOn(page, names)
    for (const name of names) {
      const { exercise, problems } = assemble(name, homes.get(name)!, told.get(name), outputs)
      all.problems.push(...problems)
      if (exercise) all.exercises.push(exercise)
    }
  }
  all.exercises.sort((a, b) => pages.indexOf(a.page) - pages.indexOf(b.page) || a.place.line - b.place.line)
  return all
}

/** What is wrong with the exercises: a part that is missing, or a promise that no hidden test decides. */
export function checkExercises(book: Book, web: Pick<Web, 'outputs'>): Problem[] {
  const { exercises, problems } = readExercises(book, web)
  return [...problems, ...exercises.flatMap(wrongTitles)]
}

interface Told extends Pick<Exercise, 'task' | 'promises' | 'hint' | 'place'> {
  difficulty: string
}

interface Assembled {
  exercise?: Exercise
  problems: Problem[]
}

function assemble(name: string, blocks: Block[], told: Told | undefined, outputs: Web['outputs']): Assembled {
  const first = blocks[0]!
  const problems: Problem[] = []
  const fail = (message: string, hint: string, place: Place = first.place) => problems.push({ ...place, message, hint })
  const elsewhere = blocks.find(({ page }) => page !== first.page)
  if (elsewhere) fail(`the exercise '${name}' is already told in ${first.place.file}:${first.place.line}`, 'give one of them another name', elsewhere.place)
  const files = new Map<string, string>()
  for (const block of blocks) {
    const part = String(block.attributes['part'])
    const known = files.get(part)
    if (known === undefined) files.set(part, block.file!)
    else if (known !== block.file) fail(`the ${part} of '${name}' is in two languages`, `the first is ${known}`, block.place)
  }
  for (const part of parts) if (!files.has(part)) fail(`the exercise '${name}' has no ${part}`, `add a block with exercise="${name}" part=${part}`)
  if (!told) fail(`no paragraph tells the exercise '${name}'`, `begin one with **${name}** *(${difficulties.join(', ')})*`)
  else {
    if (!(difficulties as readonly string[]).includes(told.difficulty)) {
      fail(`'${told.difficulty}' is no difficulty`, `write *(${difficulties.join(')*, *(')})* after the name`, told.place)
    }
    if (told.promises.length === 0) fail(`the exercise '${name}' does not say when it is done`, 'add *You are done when* and a list of the titles of its hidden tests', told.place)
    if (told.hint === '') fail(`the exercise '${name}' has no hint`, 'add <details><summary>Hint</summary>…</details>', told.place)
  }
  if (problems.length > 0 || !told) return { problems }
  const output = (part: string) => outputs.get(files.get(part)!)!
  const section = first.page.headings.find(({ depth }) => depth === 1)?.text ?? first.page.file
  const code = { starter: output('starter'), test: output('test'), solution: output('solution') }
  return { exercise: { name, page: first.page, section, ...told, difficulty: told.difficulty as Difficulty, ...code }, problems }
}

/** The paragraphs of a page that tell its exercises. Each goes on to the next one, or to the next heading. */
function toldOn(page: Page, names: string[]): Map<string, Told> {
  const source = splitLines(page.text)
  const { children } = unified().use(remarkParse).parse(page.text) as Root
  const found = new Map<string, Told>()
  children.forEach((node, i) => {
    const name = nameIn(node)
    if (name === undefined || !names.includes(name) || found.has(name)) return
    const rest = children.slice(i + 1)
    const end = rest.findIndex((other) => other.type === 'heading' || names.includes(nameIn(other) ?? ''))
    found.set(name, tell(page, source, [node as Paragraph, ...rest.slice(0, end < 0 ? undefined : end)]))
  })
  return found
}

/** The bold words that begin a paragraph. */
function nameIn(node: Nodes): string | undefined {
  const first = node.type === 'paragraph' ? node.children[0] : undefined
  return first?.type === 'strong' ? textOf(first).replace(/\.$/, '') : undefined
}

function tell(page: Page, source: string[], nodes: [Paragraph, ...Nodes[]]): Told {
  const [intro] = nodes
  const emphasis = intro.children.find(({ type }) => type === 'emphasis')
  const difficulty = (emphasis ? textOf(emphasis) : '').replace(/^\((.*)\)$/, '$1')
  const isPromise = (node: Nodes) => node.type === 'paragraph' && node.children.length === 1 && /^you are done when\b/i.test(textOf(node))
  const at = nodes.findIndex(isPromise)
  const list = at < 0 ? undefined : nodes[at + 1]
  const promises = list?.type !== 'list' ? [] : list.children.map((item) => ({ title: textOf(item).replace(/\s+/g, ' ').trim(), ...placeOf(page, item) }))
  const ending = nodes.findIndex((node, i) => i > 0 && (i === at || node.type === 'html' || node.type === 'code'))
  const last = nodes[(ending < 0 ? nodes.length : ending) - 1]!
  const text = source.slice(intro.position!.start.line - 1, last.position!.end.line).join('\n')
  const task = text.replace(/^\s*\*\*[^*]*\*\*\s*([*_]\([^)]*\)[*_])?\s*/, '')
  return { place: placeOf(page, intro), difficulty, task, promises, hint: hintIn(source, nodes) }
}

function placeOf({ file }: Page, { position }: Nodes): Place {
  return { file, line: position!.start.line, column: position!.start.column }
}

function hintIn(source: string[], nodes: Nodes[]): string {
  const html = nodes.filter((node): node is Html => node.type === 'html')
  const opening = html.findIndex(({ value }) => /<summary>\s*Hint\s*<\/summary>/i.test(value))
  const closing = html.findIndex(({ value }, i) => i >= opening && /<\/details>/.test(value))
  if (opening < 0 || closing < 0) return ''
  const text = source.slice(html[opening]!.position!.start.line - 1, html[closing]!.position!.end.line).join('\n')
  return text.replace(/<summary>.*?<\/summary>|<\/?details>/gs, '').trim()
}

/** The tests that a file declares: `test('title', …)` with a title that is a plain string. */
export function titlesIn({ lines }: Output): { title: string; line: Line }[] {
  return lines.flatMap((line) => {
    const match = /^\s*test(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/.exec(line.text)
    return match ? [{ title: match[2]!.replace(/\\(.)/g, '$1'), line }] : []
  })
}

function wrongTitles({ name, promises, test, place }: Exercise): Problem[] {
  const tested = titlesIn(test)
  const said = new Set(promises.map(({ title }) => title))
  const known = new Set(tested.map(({ title }) => title))
  const untold = tested.filter(({ title }) => !said.has(title)).map(({ title, line: { block, index } }) => {
    const at = block ? { file: block.page.file, line: block.fence.line + 1 + index!, column: block.fence.columns[index!]! + 1 } : place
    return { ...at, message: `'${name}' does not tell that it is done when '${title}'`, hint: near(title, said) }
  })
  const untested = promises.filter(({ title }) => !known.has(title)).map(({ title, ...at }) => {
    return { ...at, message: `no hidden test of '${name}' is called '${title}'`, hint: near(title, known) }
  })
  return [...untold, ...untested]
}

function near(title: string, others: Set<string>): string {
  const found = nearest(title, others)
  return found === undefined ? 'the titles and the list must be the same' : `did you mean '${found}'?`
}

/** The file of a reader's attempt has the ending of the starter. */
export function endingOf({ starter }: Exercise): string {
  return starter.file.slice(starter.file.lastIndexOf('.'))
}

/**
 * What a reader types to go on. A Makefile that has a target of that name says so with LOOM_AS=make; then it is
 * `make exercise NAME=add-up SHOW=hint`, else `loom exercise add-up --hint`.
 */
export function callOf(name: string, show?: 'hint' | 'solution'): string {
  if (process.env['LOOM_AS'] === 'make') return `make exercise NAME=${name}${show ? ` SHOW=${show}` : ''}`
  return `loom exercise ${name}${show ? ` --${show}` : ''}`
}
