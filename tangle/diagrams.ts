// Diagrams: each mermaid block becomes a source and a picture in the diagrams folder. A picture is drawn again only
// when what it was drawn from has changed; it carries the digest that tells.
import { join } from 'node:path'
import type { Book } from './book.ts'
import { type Chromium, findChromium, installHint, NoBrowser } from './browser.ts'
import type { Config } from './config.ts'
import { type Diagram, diagramsOf } from './diagram.ts'
import { digest, listFiles, readIfThere, removeFile, removeLeftovers, stage, staysInside } from './files.ts'
import { faultIn } from './fault.ts'
import { draw, drawnBy, settingsOf } from './mermaid.ts'
import { type Problem, Problems } from './problem.ts'

export interface DiagramOptions {
  report?: ((line: string) => void) | undefined
  /** Write nothing; what is missing, stale or orphaned is returned as problems. */
  check?: boolean
  /** The browser to use; null: none. Looked for when not given, and only when there is something to draw. */
  chromium?: Chromium | null
}

/** Paths below the diagrams folder. `drawn` are diagrams, `written` and `removed` are files. */
export interface Diagrams {
  drawn: string[]
  written: string[]
  removed: string[]
  total: number
  problems: Problem[]
}

/**
 * Brings the diagrams folder up to date. Throws Problems, with nothing changed, when a diagram is broken, when two want
 * one path, when somebody else's file is in the way, or when one must be drawn and there is no browser.
 */
export async function diagrams(config: Config, book: Book, options: DiagramOptions = {}): Promise<Diagrams> {
  const problems = [...book.problems]
  const all = diagramsOf(config, book, problems)
  const state = compare(config, all, problems)
  if (problems.length > 0) throw new Problems(problems)
  if (options.check) return { ...nothing(all), problems: await complaints(config, state) }
  if (state.stale.length > 0) await drawStale(config, state, options)
  return { ...(await write(config, state)), drawn: state.stale.map(({ path }) => path), total: all.length }
}

/** The verb in its form for `check`: what is missing, stale, broken or orphaned. */
export async function checkDiagrams(config: Config, book: Book): Promise<Problem[]> {
  try {
    return (await diagrams(config, book, { check: true })).problems
  } catch (error) {
    if (error instanceof Problems) return [...error.list]
    throw error
  }
}

function nothing(all: Diagram[]): Omit<Diagrams, 'problems'> {
  return { drawn: [], written: [], removed: [], total: all.length }
}

/** What is to be done: `bodies` are the pictures that are right, `stale` the diagrams without one. */
interface State {
  all: Diagram[]
  stale: Diagram[]
  bodies: Map<Diagram, string>
  /** Path below the folder → the text that stands there; undefined when there is none. */
  there: Map<string, string | undefined>
  /** Files that the loom wrote and that no block asks for. */
  orphans: string[]
}

function compare(config: Config, all: Diagram[], problems: Problem[]): State {
  const folder = join(config.root, config.diagrams)
  const state: State = { all, stale: [], bodies: new Map(), there: new Map(), orphans: [] }
  for (const diagram of all) {
    for (const file of filesOf(diagram)) {
      const text = readIfThere(join(folder, file))
      state.there.set(file, text)
      const message = obstacle(config, file, text)
      if (message) {
        const hint = `${diagram.block.place.file}:${diagram.block.place.line} is to be drawn there; move it away`
        problems.push({ file: `${config.diagrams}/${file}`, line: 1, column: 1, message, hint })
      }
    }
    const body = bodyIn(state.there.get(`${diagram.path}.svg`), diagram)
    if (body === undefined) state.stale.push(diagram)
    else state.bodies.set(diagram, body)
  }
  for (const file of listFiles(folder)) {
    if (/\.(mmd|svg)$/.test(file) && !state.there.has(file) && isOwn(readIfThere(join(folder, file)))) state.orphans.push(file)
  }
  return state
}

function filesOf({ path }: Diagram): [string, string] {
  return [`${path}.mmd`, `${path}.svg`]
}

function obstacle(config: Config, file: string, text: string | undefined): string | undefined {
  const folder = join(config.root, config.diagrams)
  if (!staysInside(folder, join(folder, file))) return `a symbolic link leads out of ${config.diagrams}/`
  return text === undefined || isOwn(text) ? undefined : 'a file that the loom did not write stands here'
}

/** Both marks are a last line, so that nothing stands in front of what Mermaid and browsers want to see first. */
const marks = { mmd: /\n%% Drawn by the loom from [^\n]+\n$/, svg: /\n<!-- drawn by the loom ([0-9a-f]{64}) -->\n$/ }

function isOwn(text: string | undefined): boolean {
  return text !== undefined && (marks.mmd.test(text) || marks.svg.test(text))
}

function sourceText({ source, block }: Diagram): string {
  return `${source}\n\n%% Drawn by the loom from ${block.page.file}; edit it there.\n`
}

/** The file of a picture: the caption is its name for those who do not see it, and its digest stands at the end. */
function pictureText(diagram: Diagram, body: string): string {
  const label = diagram.caption.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  const named = label ? body.replace(/^<svg /, `<svg aria-label="${label}" `) : body
  return `${named}\n<!-- drawn by the loom ${digestOf(diagram, body)} -->\n`
}

/** The picture in a file, without what pictureText added, if it was drawn from this very diagram. */
function bodyIn(text: string | undefined, diagram: Diagram): string | undefined {
  const mark = text === undefined ? null : marks.svg.exec(text)
  if (!mark) return undefined
  const body = text!.slice(0, mark.index).replace(/^<svg aria-label="[^"]*" /, '<svg ')
  return digestOf(diagram, body) === mark[1] ? body : undefined
}

/** The SVG of a diagram as it stands in the diagrams folder, or undefined when it was not drawn yet. */
export function pictureOf(config: Config, { path }: Diagram): string | undefined {
  const text = readIfThere(join(config.root, config.diagrams, `${path}.svg`))
  return isOwn(text) ? text!.replace(marks.svg, '') : undefined
}

/** Covers the picture too, so that one that was edited or damaged by a merge is drawn again. */
function digestOf(diagram: Diagram, body: string): string {
  return digest(JSON.stringify([diagram.source, settingsOf(diagram), drawnBy(), body]))
}

async function drawStale(config: Config, state: State, options: DiagramOptions): Promise<void> {
  const { stale, bodies } = state
  const drawings = await picturesOf(config, stale, options).catch(async (error: unknown) => {
    if (!(error instanceof NoBrowser)) throw error
    throw new Problems(await withFaults(stale, ({ block, path }) => {
      const message = `${config.diagrams}/${path}.svg must be drawn, and ${error.message}`
      return { ...block.place, message, hint: installHint }
    }))
  })
  const failed = new Map<Diagram, Error>()
  drawings.forEach((drawing, i) => {
    if (drawing instanceof Error) failed.set(stale[i]!, drawing)
    else bodies.set(stale[i]!, drawing)
  })
  if (failed.size === 0) return
  throw new Problems(await withFaults([...failed.keys()], (diagram) => {
    const message = `Mermaid cannot draw this: ${failed.get(diagram)!.message.split('\n')[0]}`
    return { ...diagram.block.place, message }
  }))
}

async function picturesOf(config: Config, stale: Diagram[], { report, chromium }: DiagramOptions) {
  if (chromium === undefined) chromium = await findChromium(join(config.root, config.cache))
  if (chromium === null) throw new NoBrowser('there is no browser')
  return draw(chromium, stale, ({ id }, ms) => {
    const { path } = stale.find((diagram) => diagram.id === id)!
    report?.(`drew ${config.diagrams}/${path}.svg in ${(ms / 1000).toFixed(1)} s`)
  })
}

/** A problem for each diagram: what the parser says about it, or `otherwise` when its text is right. */
async function withFaults(all: Diagram[], otherwise: (diagram: Diagram) => Problem): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const diagram of all) {
    const { fence, place } = diagram.block
    const fault = await faultIn(diagram.source)
    if (!fault) {
      problems.push(otherwise(diagram))
      continue
    }
    const column = (fence.columns[fault.line - 1] ?? 0) + fault.column
    problems.push({ file: place.file, line: fence.line + fault.line, column, message: `this diagram does not parse: ${fault.message}` })
  }
  return problems
}

/** What `check` has to say: broken and stale diagrams at their blocks, orphans at their files. */
async function complaints(config: Config, state: State): Promise<Problem[]> {
  const hint = 'loom diagrams brings it up to date'
  const stale = await withFaults(state.stale, ({ block, path }) => {
    const what = state.there.get(`${path}.svg`) === undefined ? 'missing' : 'stale'
    return { ...block.place, message: `${config.diagrams}/${path}.svg is ${what}`, hint }
  })
  const others = changes(state).filter(({ diagram }) => !state.stale.includes(diagram))
  return [
    ...stale,
    ...others.map(({ diagram, file }) => ({ ...diagram.block.place, message: `${config.diagrams}/${file} is stale`, hint })),
    ...state.orphans.map((file) => {
      const message = 'no block draws this diagram any longer'
      return { file: `${config.diagrams}/${file}`, line: 1, column: 1, message, hint: 'loom diagrams removes it' }
    }),
  ]
}

/** The files whose text is not the one that it should be. */
function changes({ all, bodies, there }: State): { diagram: Diagram; file: string; text: string }[] {
  return all.flatMap((diagram) => {
    const [source, picture] = filesOf(diagram)
    const body = bodies.get(diagram)
    const files = [{ diagram, file: source, text: sourceText(diagram) }]
    if (body !== undefined) files.push({ diagram, file: picture, text: pictureText(diagram, body) })
    return files.filter(({ file, text }) => there.get(file) !== text)
  })
}

function write(config: Config, state: State): Pick<Diagrams, 'written' | 'removed' | 'problems'> {
  const folder = join(config.root, config.diagrams)
  const changed = changes(state)
  if (changed.length > 0) {
    removeLeftovers(folder)
    stage(changed.map(({ file, text }) => ({ path: join(folder, file), text }))).commit()
  }
  for (const file of state.orphans) removeFile(folder, file)
  return { written: changed.map(({ file }) => file), removed: state.orphans, problems: [] }
}
