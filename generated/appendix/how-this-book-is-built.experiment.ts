// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
// How long the loom takes: with nothing to do, with everything to do, and from a save to the file.
import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { commands, filesOf, makeBook, type Tool, writeBook } from './how-this-book-is-built.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tangle = commands['loom tangle']
const idle = 'this book, nothing changed'
const cold = 'a megabyte, 1,000 blocks, 20 pages, from nothing'

export default {
  question: 'How long does the loom take, and what does it take beside noweb and Emacs?',
  unit: 'ms',
  better: 'lower',
  debian: ['hyperfine', 'noweb', 'emacs-nox'],
  baseline: ['Node with the same imports', 'loom tangle'],
  runs: 5,
  timeoutMs: 300_000,
  rows: [
    { name: 'Node with the same imports', group: idle, run: importsOnly },
    { name: 'loom tangle, again', group: idle, targetRatio: 1.5, run: tangleAgain },
    { name: 'loom tangle', group: cold, target: 2500, run: made('loom', 'loom tangle', 3) },
    { name: 'notangle, a file at a time', group: cold, run: made('noweb', 'notangle', 10) },
    { name: 'noweb, in one pass', group: cold, run: made('noweb', 'noweb, in one pass', 10) },
    { name: 'org-babel-tangle', group: cold, run: made('org', 'org-babel-tangle', 1) },
    { name: 'loom watch', group: 'one page of this book saved', target: 100, run: saveToFile },
  ],
}

interface Context {
  folder: string
  quick: boolean
  round: number
  signal: AbortSignal
}

const execute = promisify(execFile)
const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

async function time(command: string[], runs: number, context: Context, more: string[] = []) {
  const { folder, signal } = context
  const times = ['--runs', String(runs), '--export-json', 'times.json']
  const options = { cwd: folder, signal, env: { ...process.env, HOME: folder } }
  const words = [...times, ...more, command.map(quote).join(' ')]
  await execute('hyperfine', ['-N', '--style', 'none', ...words], options)
  const { results } = JSON.parse(readFileSync(join(folder, 'times.json'), 'utf8'))
  return (results[0].times as number[]).map((seconds) => seconds * 1000)
}

function made(tool: Tool, name: keyof typeof commands, runs: number) {
  return async (context: Context): Promise<number[]> => {
    const { folder, quick, round } = context
    const pages = makeBook(quick ? 2 : 20, quick ? 10 : 50, round)
    writeBook(pages, tool, folder)
    const clean = `sh -c 'rm -rf .loom src/* src/.loom*'`
    const times = await time(commands[name], quick ? 1 : runs, context, ['--prepare', clean])
    for (const [file, text] of filesOf(pages)) {
      const there = readFileSync(join(folder, 'src', file), 'utf8')
      if (there !== text) throw new Error(`${file} is another`)
    }
    return times
  }
}

async function copyBook({ folder, signal }: Context): Promise<void> {
  for (const name of ['README.md', 'chapters', 'package.json', 'loom.json']) {
    const from = join(root, name)
    if (existsSync(from)) cpSync(from, join(folder, name), { recursive: true })
  }
  const [program, ...args] = tangle
  await execute(program!, args, { cwd: folder, signal })
}

async function tangleAgain(context: Context): Promise<number[]> {
  await copyBook(context)
  return time(tangle, context.quick ? 2 : 5, context, ['--warmup', '1'])
}

async function importsOnly(context: Context): Promise<number[]> {
  await copyBook(context)
  const { folder, signal } = context
  // write down which modules a tangle loads
  const hook = `import { appendFileSync } from 'node:fs'
  export function load(url, context, next) {
    if (url.startsWith('file:')) appendFileSync('loaded', url.replace(/[?#].*/, '') + '\\n')
    return next(url, context)
  }`
  const source = `data:text/javascript,${encodeURIComponent(hook)}`
  const tracer = `import { register } from 'node:module'\nregister(${JSON.stringify(source)})\n`
  writeFileSync(join(folder, 'tracer.mjs'), tracer)
  const [program, ...args] = [...tangle.slice(0, 3), '--import', './tracer.mjs', ...tangle.slice(3)]
  await execute(program!, args, { cwd: folder, signal })
  const files = readFileSync(join(folder, 'loaded'), 'utf8').trim().split('\n')
  const imports = [...new Set(files)].filter((url) => !/cli\.ts|tracer/.test(url))
  writeFileSync(join(folder, 'imports.mjs'), imports.map((url) => `import '${url}'\n`).join(''))
  const same = [...tangle.slice(0, 3), './imports.mjs']
  return time(same, context.quick ? 2 : 5, context, ['--warmup', '1'])
}

async function saveToFile(context: Context): Promise<number[]> {
  await copyBook(context)
  const { folder, signal, quick, round } = context
  const [program, ...args] = [...tangle.slice(0, -1), 'watch']
  const watch = spawn(program!, args, { cwd: folder, signal, stdio: ['ignore', 'pipe', 'inherit'] })
  watch.on('error', () => {}) // it was aborted, and so is the row
  try {
    for await (const line of createInterface(watch.stdout)) if (line.startsWith('watching')) break
    await sleep(2000) // an author looks before the first save
    const times: number[] = []
    for (let i = 0; i < (quick ? 3 : 10); i++) times.push(await saveOne(folder, round * 10 + i))
    return times
  } finally {
    watch.kill()
  }
}

async function saveOne(folder: string, count: number): Promise<number> {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const told = pages.sort().filter((page) => page.endsWith('.md') && rootOf(folder, page))
  const page = told[count % told.length]!
  const { file, text } = rootOf(folder, page)!
  const mark = `// saved ${count} times`
  await sleep(150) // as long as nobody takes two saves for one
  const changed = text.replace(/^```ts file=.*\n/m, (fence) => `${fence}${mark}\n`)
  writeFileSync(join(folder, page), changed)
  const start = performance.now()
  while (!readFileSync(join(folder, 'generated', file), 'utf8').includes(`${mark}\n`)) {
    if (performance.now() - start > 10_000) throw new Error(`${page} was saved, ${file} was not`)
    await sleep(1)
  }
  return performance.now() - start
}

/** The first file that a page tells, if it tells any. */
function rootOf(folder: string, page: string): { file: string; text: string } | undefined {
  const text = readFileSync(join(folder, page), 'utf8')
  const file = /^```ts file=(\S+)/m.exec(text)?.[1]
  return file === undefined ? undefined : { file, text }
}
