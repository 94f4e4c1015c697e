// Run blocks: the code that a page shows is run, and what it printed is compared with what the page shows.
// The blocks of a page are one scene: they run in order, in one fresh folder.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Block } from './block.ts'
import type { Book } from './book.ts'
import { replaceFile } from './files.ts'
import { expandBlock } from './link.ts'
import { sourceMap } from './maps.ts'
import { type Problem, Problems } from './problem.ts'

/** A run block, and the block that shows its output. */
export interface Shot {
  block: Block
  shown?: Block
}

export interface Take {
  shot: Shot
  /** The lines that the page should show: the old ones where they still hold. */
  lines: string[]
  /** What is different from what the page says, if anything. */
  problem?: Problem
}

/** The run blocks of a page, each with the output block that follows it. */
export function shotsOf(book: Book, page: string): Shot[] {
  const blocks = book.blocks.filter((block) => block.page.file === page)
  return blocks.flatMap((block, i) => {
    if (!block.run) return []
    if (block.lang === 'console') return [{ block, shown: block }]
    const next = blocks[i + 1]
    return [next?.output ? { block, shown: next } : { block }]
  })
}

/** Runs a page's scene. It stops at the first block that ends as it should not, since the rest builds on it. */
export async function play(book: Book, page: string): Promise<Take[]> {
  const folder = mkdtempSync(join(tmpdir(), 'scene-'))
  const takes: Take[] = []
  try {
    for (const shot of shotsOf(book, page)) {
      const take = await shoot(book, shot, folder)
      takes.push(take)
      if (take.problem?.message.includes('exit status')) break
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  return takes
}

async function shoot(book: Book, shot: Shot, folder: string): Promise<Take> {
  const { block, shown } = shot
  const wanted = Number(block.attributes['exit'] ?? 0)
  const isConsole = block.lang === 'console'
  const { status, text } = await execute(book, block, folder)
  const heard = text.replaceAll(folder, '…').replaceAll(`file://${book.config.root}/`, '').replaceAll(`${book.config.root}/`, '')
  const lines = isConsole ? asConsole(block.fence.lines, heard) : merge(shown?.fence.lines ?? [], linesOf(heard))
  const tell = (message: string, hint: string) => ({ shot, lines, problem: { ...block.place, message, hint } })
  if (status !== wanted) return tell(`the block ended with exit status ${status}, not ${wanted}`, `it printed:\n${heard.trimEnd()}`)
  if (shown === undefined || same(shown.fence.lines, lines)) return { shot, lines }
  const at = shown.fence.lines.findIndex((line, i) => line !== lines[i])
  const index = at < 0 ? shown.fence.lines.length : at
  const place = { file: block.page.file, line: shown.fence.line + 1 + index, column: 1 }
  const message = `the page shows '${shown.fence.lines[index] ?? 'no more'}', the program prints '${lines[index] ?? 'no more'}'`
  return { shot, lines, problem: { ...place, message, hint: 'loom run --refresh writes what is printed into the page' } }
}

function same(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i])
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  while (lines.at(-1) === '') lines.pop()
  return lines
}

/** What is shown stays where it matches what was heard. `…` stands for anything in a line; alone, for any lines. */
function merge(shown: string[], heard: string[]): string[] {
  return matches(shown, heard) ? shown : heard
}

export function matches(shown: string[], heard: string[]): boolean {
  const [first, ...rest] = shown
  if (first === undefined) return heard.length === 0
  if (first === '…') return heard.some((_, i) => matches(rest, heard.slice(i))) || matches(rest, [])
  return heard.length > 0 && matchesLine(first, heard[0]!) && matches(rest, heard.slice(1))
}

function matchesLine(shown: string, heard: string): boolean {
  if (!shown.includes('…')) return shown === heard
  const pattern = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
  return new RegExp(`^${pattern}$`).test(heard)
}

const prompt = '$ '
const mark = '\u001e'

/** The commands of a console block: lines behind `$ `, continued by lines behind `> `. */
function commandsOf(lines: string[]): { command: string[]; shown: string[] }[] {
  const commands: { command: string[]; shown: string[] }[] = []
  for (const line of lines) {
    const last = commands.at(-1)
    if (line.startsWith(prompt)) commands.push({ command: [line], shown: [] })
    else if (line.startsWith('> ') && last?.shown.length === 0) last.command.push(line)
    else last?.shown.push(line)
  }
  return commands
}

function consoleScript(lines: string[]): string {
  return commandsOf(lines).map(({ command }) => `printf '${mark}\\n'\n${command.map((line) => line.slice(2)).join('\n')}\n`).join('')
}

function asConsole(lines: string[], heard: string): string[] {
  const outputs = heard.split(`${mark}\n`).slice(1)
  return commandsOf(lines).flatMap(({ command, shown }, i) => [...command, ...merge(shown, linesOf(outputs[i] ?? ''))])
}

/** Runs one block in the scene's folder; standard output and error go into one file, in the order of writing. */
async function execute(book: Book, block: Block, folder: string): Promise<{ status: number | string; text: string }> {
  const { config } = book
  const program = writeProgram(book, block)
  const lang = block.lang === 'console' ? 'sh' : block.lang
  const command = config.run[lang]
  if (!command) {
    throw new Problems([{ ...block.place, message: `no command runs '${block.lang}'`, hint: `add "run": {"${block.lang}": ["…", "{file}"]} to the configuration` }])
  }
  const loom = dirname(fileURLToPath(import.meta.url))
  const [name, ...args] = command.map((word) => word.replace('{file}', program).replace('{loom}', loom).replace(/^tsx$/, tsx))
  const path = [...config.path.map((part) => resolve(config.root, part)), process.env['PATH']].join(delimiter)
  const env = { ...process.env, PATH: path, HOME: folder, LC_ALL: 'C.UTF-8', TZ: 'UTC', NO_COLOR: '1' }
  const log = `${program}.heard-${process.pid}` // not in the scene, where a listing would show it
  const out = openSync(log, 'a', 0o600)
  try {
    const status = await ended(spawn(name!, args, { cwd: folder, env, stdio: ['ignore', out, out], detached: true }), block)
    return { status, text: readFileSync(log, 'utf8') }
  } finally {
    closeSync(out)
    rmSync(log, { force: true })
  }
}

// A scene's folder has no node_modules: the loader is named by its address.
const tsx = import.meta.resolve('tsx')

// Scripts are ES modules wherever the book lies.
const endings: Record<string, string> = { console: 'sh', ts: 'mts', js: 'mjs' }

function writeProgram(book: Book, block: Block): string {
  const { config } = book
  const name = `${block.page.file.replace(/\.md$/, '').replaceAll('/', '-')}-${block.place.line}`
  const file = join(config.cache, 'run', `${name}.${endings[block.lang] ?? block.lang}`)
  mkdirSync(dirname(join(config.root, file)), { recursive: true })
  if (block.lang === 'console') {
    replaceFile(join(config.root, file), consoleScript(block.fence.lines))
    return join(config.root, file)
  }
  const lines = expandBlock(book, block)
  replaceFile(join(config.root, file), lines.map(({ text }) => `${text}\n`).join(''))
  replaceFile(join(config.root, `${file}.map`), sourceMap({ ...config, output: '.' }, { file, blocks: [block], lines }))
  return join(config.root, file)
}

function ended(child: ReturnType<typeof spawn>, block: Block): Promise<number | string> {
  const seconds = Number.parseFloat(String(block.attributes['timeout'] ?? '30'))
  return new Promise((done, fail) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      endGroup(child.pid)
    }, seconds * 1000)
    child.on('error', fail)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      endGroup(child.pid) // what the block left running
      done(late ? `none (it did not end within ${seconds} s)` : (code ?? String(signal)))
    })
  })
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // nobody is left
  }
}

/** Writes what the blocks printed into the page. Returns the new text of the page. */
export function refreshed(text: string, takes: Take[]): string {
  const eol = /\r\n/.test(text) ? '\r\n' : '\n'
  const lines = text.split(/\r\n|\n/)
  for (const { shot, lines: heard } of [...takes].reverse()) {
    const fence = shot.shown?.fence
    if (!fence || same(fence.lines, heard)) continue
    const prefix = lines[fence.line - 1]!.slice(0, fence.column - 1).replace(/[^>\s]/g, ' ')
    const rows = heard.map((line) => (line === '' ? prefix.trimEnd() : prefix + line))
    lines.splice(fence.line, fence.lines.length, ...rows)
  }
  return lines.join(eol)
}

/**
 * Plays the scenes of the given pages, or of all. With `refresh` the pages are brought up to date; blocks that end as
 * they should not are problems all the same.
 */
export async function run(book: Book, { pages, refresh = false, report = () => {} }: {
  pages?: string[]
  refresh?: boolean
  report?: (line: string) => void
} = {}): Promise<{ passed: number; problems: Problem[]; refreshed: string[] }> {
  const result = { passed: 0, problems: [] as Problem[], refreshed: [] as string[] }
  for (const page of book.pages) {
    if (pages && pages.length > 0 && !pages.includes(page.file)) continue
    if (shotsOf(book, page.file).length === 0) continue
    const takes = await play(book, page.file)
    const text = refresh ? refreshed(page.text, takes) : page.text
    if (text !== page.text) {
      replaceFile(join(book.config.root, page.file), text)
      result.refreshed.push(page.file)
    }
    const wrong = takes.flatMap(({ problem }) => (problem && !(refresh && problem.hint?.includes('--refresh')) ? [problem] : []))
    result.problems.push(...wrong)
    result.passed += takes.length - wrong.length
    report(`${page.file}: ${takes.length} blocks${wrong.length > 0 ? `, ${wrong.length} not as shown` : ''}`)
  }
  return result
}
