#!/usr/bin/env node
// The command `loom`: one verb a file, loaded when it is asked for.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Config, findRoot, readConfig } from './config.ts'
import { nearest, Problems } from './problem.ts'

interface Verb {
  summary: string
  usage?: string
  /** Options beyond --root and --help, as parseArgs takes them, with their help. */
  options?: Record<string, { type: 'boolean' | 'string'; help: string; multiple?: boolean }>
  run(config: Config, given: Given): Promise<number | void>
}

interface Given {
  values: Record<string, string | boolean | string[] | undefined>
  words: string[]
}

const say = (line: string) => process.stdout.write(`${line}\n`)

// A reader who has seen enough (`loom exercise | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const verbs: Record<string, Verb> = {
  tangle: {
    summary: "write the chapters' code into the output folder",
    options: { force: { type: 'boolean', help: 'overwrite files of the loom that were edited' } },
    async run(config, { values }) {
      const { tangle } = await import('./tangle.ts')
      const { written, removed, total } = await tangle(config, { force: values['force'] === true })
      for (const file of written) say(`wrote ${config.output}/${file}`)
      for (const file of removed) say(`removed ${config.output}/${file}`)
      say(`${total} files, ${written.length} written, ${removed.length} removed`)
    },
  },
  check: {
    summary: 'tell everything that is wrong or out of date, and write nothing',
    async run(config) {
      const { check } = await import('./check.ts')
      const { problems, diff, counts } = await check(config)
      if (diff !== '') process.stdout.write(diff)
      if (problems.length > 0) throw new Problems(problems)
      say(`${counts.pages} pages, ${counts.blocks} blocks, ${counts.files} files: nothing wrong`)
    },
  },
  stitch: {
    summary: 'carry edits of tangled files back into the chapters, and tangle',
    async run(config) {
      const { stitch } = await import('./stitch.ts')
      const { chapters, repeated } = await stitch(config)
      for (const { file, chunks } of chapters) for (const { name, line } of chunks) say(`${file}:${line}: ${name}`)
      for (const { file, name } of repeated) say(`${config.output}/${file} changed too: it uses '${name}'`)
      if (chapters.length === 0) say('nothing to stitch')
    },
  },
  watch: {
    summary: 'tangle again whenever a chapter is saved; ends with Ctrl-C',
    options: { book: { type: 'boolean', help: 'weave the pages that a save changed, too' } },
    async run(config, { values }) {
      const { watch } = await import('./watch.ts')
      const end = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
      await watch(config, { report: say, book: values['book'] === true, signal: end.signal })
    },
  },
  test: {
    summary: 'run the tests: every *.test.ts of the tools, the output folder and the experiments',
    usage: '[FILE|FOLDER …]',
    options: {
      grep: { type: 'string', help: 'only tests whose name matches this pattern' },
      coverage: { type: 'boolean', help: 'tell which lines of the chapters never ran' },
      jobs: { type: 'string', help: 'how many processes at once' },
      timeout: { type: 'string', help: 'seconds that one test may last; 60 when not given' },
      native: { type: 'boolean', help: 'without tsx, as Node itself runs TypeScript' },
      again: { type: 'boolean', help: 'what failed beside others runs once more by itself, and that counts' },
      on: { type: 'string', help: 'with TMPDIR on each of these filesystems in turn: ext4,xfs,btrfs,tmpfs,overlayfs or all' },
      json: { type: 'boolean', help: 'print the record of the run and nothing else' },
      quiet: { type: 'boolean', help: 'print only what failed' },
    },
    async run(config, { values, words }) {
      const { testVerb } = await import('./test-verb.ts')
      return testVerb(config, { values, files: words, say })
    },
  },
  windows: {
    summary: "run the tests that are for every platform under Wine, with Windows' own Node",
    usage: '[FILE …]',
    options: {
      grep: { type: 'string', help: 'only tests whose name matches this pattern' },
      jobs: { type: 'string', help: 'how many processes at once; 2 when not given' },
      timeout: { type: 'string', help: 'seconds that one test may last; 60 when not given' },
    },
    async run(config, { values, words }) {
      const { windowsVerb } = await import('./windows-verb.ts')
      return windowsVerb(config, { values, files: words, say })
    },
  },
  remap: {
    summary: 'copy stdin, or what a command prints, with positions in tangled files replaced by positions in chapters',
    usage: '[-- COMMAND …]',
    async run({ root }, { words }) {
      const { remapCommand, remapStream } = await import('./remap.ts')
      return words.length > 0 ? remapCommand(words, root) : remapStream(process.stdin, root, say)
    },
  },
  requirements: {
    summary: 'say which requirements the last full run of the tests has shown',
    options: { json: { type: 'boolean', help: 'print {"ID": {"passed": n, "failed": n}, …} and nothing else' } },
    async run(config, { values }) {
      const { noRecord, requirements, requirementsJson, requirementsTable } = await import('./requirements.ts')
      const found = requirements(config)
      if (values['json']) say(requirementsJson(found))
      else for (const line of requirementsTable(config, found, process.stdout.columns)) say(line)
      if (!found.record && values['json']) process.stderr.write(`${noRecord}\n`)
      if (found.problems.length > 0) throw new Problems(found.problems)
      return found.record || values['json'] ? 0 : 1
    },
  },
  where: {
    summary: 'say where a line of a tangled file is told, or where a line of a chapter lands',
    usage: 'FILE:LINE',
    options: { json: { type: 'boolean', help: 'print a list of objects' } },
    async run(config, { values, words: [at] }) {
      if (at === undefined) return complain('loom where: which line? For example: loom where README.md:12')
      const [{ readBook }, { where }] = await Promise.all([import('./book.ts'), import('./where.ts')])
      const spots = where(await readBook(config), values['root'] ? at : resolve(at))
      if (values['json']) say(JSON.stringify(spots))
      else for (const spot of spots) for (const [key, value] of Object.entries(spot)) say(`${key.padEnd(9)} ${value}`)
    },
  },
  exercise: {
    summary: 'list the exercises with your progress, or begin one, or judge what you wrote',
    usage: '[NAME]',
    options: {
      hint: { type: 'boolean', help: 'print the hint' },
      solution: { type: 'boolean', help: "print the book's own solution" },
      reset: { type: 'boolean', help: 'begin anew; what you wrote is kept beside' },
      all: { type: 'boolean', help: 'judge every attempt, then list' },
      in: { type: 'string', help: 'the folder of the attempts' },
      timeout: { type: 'string', help: 'seconds that one hidden test may last; 10 when nothing is said' },
      json: { type: 'boolean', help: 'print the list or the judgement as an object' },
    },
    async run(config, { values, words }) {
      const { exerciseVerb } = await import('./exercise-verb.ts')
      return exerciseVerb(config, { values, words, say })
    },
  },
  diagrams: {
    summary: 'draw the Mermaid blocks that changed, in one browser',
    async run(config) {
      const [{ readBook }, { diagrams }] = await Promise.all([import('./book.ts'), import('./diagrams.ts')])
      const { drawn, removed, total } = await diagrams(config, await readBook(config), { report: say })
      say(`${total} diagrams, ${drawn.length} drawn, ${removed.length} files removed`)
    },
  },
  weave: {
    summary: 'make HTML pages of the book, to be opened from the disk',
    options: {
      pdf: { type: 'boolean', help: 'bind the whole book as book.pdf, too' },
      epub: { type: 'boolean', help: 'bind the whole book as book.epub, too' },
    },
    async run(config, { values }) {
      const [{ readBook }, { weave }] = await Promise.all([import('./book.ts'), import('./weave/weave.ts')])
      const { written, removed, total } = await weave(config, await readBook(config), { pdf: values['pdf'] === true, epub: values['epub'] === true })
      say(`${total} files in ${config.book}/, ${written.length} written, ${removed.length} removed`)
    },
  },
  report: {
    summary: 'write the tables and charts of the experiments into the pages',
    async run(config) {
      const { report } = await import('../experiments/report.ts')
      const { problems, written } = await report(config)
      for (const file of written) say(`wrote ${file}`)
      if (problems.length > 0) throw new Problems(problems)
    },
  },
  slides: {
    summary: "make a deck of slides for each chapter: questions, pictures, contracts, blocks marked 'slide', exercises",
    async run(config) {
      const [{ readBook }, { slides }] = await Promise.all([import('./book.ts'), import('./slides/slides.ts')])
      const { decks, slides: count, written, removed } = await slides(config, await readBook(config))
      say(`${decks} decks of ${count} slides in ${config.book}/slides/, ${written.length} files written, ${removed.length} removed`)
    },
  },
  run: {
    summary: 'run the run blocks and compare what they print with what the pages show',
    usage: '[PAGE…]',
    options: { refresh: { type: 'boolean', help: 'write what they print into the pages' } },
    async run(config, { values, words }) {
      const [{ readBook }, { run }] = await Promise.all([import('./book.ts'), import('./scenes.ts')])
      const refresh = values['refresh'] === true
      const { passed, problems, refreshed } = await run(await readBook(config), { pages: words, refresh, report: say })
      for (const page of refreshed) say(`refreshed ${page}`)
      if (problems.length > 0) process.stderr.write(`${new Problems(problems).message}\n`)
      say(`${passed} passed, ${problems.length} failed`)
      return problems.length > 0 ? 1 : 0
    },
  },
}

async function main(argv: string[]): Promise<number> {
  const [word, ...rest] = argv
  if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
    say(help(rest[0]))
    return word === undefined ? 2 : 0
  }
  const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined
  if (!verb) {
    const near = nearest(word, Object.keys(verbs))
    return complain(`loom: unknown verb '${word}'${near ? `; did you mean '${near}'?` : '; try loom help'}`)
  }
  const given = parse(word, verb, rest)
  if (typeof given === 'number') return given
  const root = (given.values['root'] as string | undefined) ?? findRoot('.') ?? '.'
  return (await verb.run(readConfig(root), given)) ?? 0
}

function parse(word: string, verb: Verb, args: string[]): Given | number {
  const options = { root: { type: 'string' }, help: { type: 'boolean', short: 'h' }, ...verb.options } as const
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: verb.usage !== undefined })
    if (values.help) {
      say(help(word))
      return 0
    }
    return { values, words: positionals }
  } catch (error) {
    return complain(`loom ${word}: ${(error as Error).message}`)
  }
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`)
  return 2
}

function help(word?: string): string {
  const verb = word !== undefined && Object.hasOwn(verbs, word) ? verbs[word] : undefined
  if (!verb) {
    return [
      'loom: a book whose chapters are the program',
      '',
      'usage: loom VERB [options]        loom help VERB',
      '',
      ...Object.entries(verbs).map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}`),
      '',
      'The root of the book is the nearest folder with loom.json, or with a package.json that has the key "loom".',
      'Exit status: 0 done; 1 something is wrong with the book (each thing told as file:line:column); 2 wrong usage.',
    ].join('\n')
  }
  const own = Object.entries({ root: { type: 'string', help: 'the root of the book' }, ...verb.options })
  return [
    `loom ${word} ${verb.usage ?? ''}`.trimEnd(),
    `  ${verb.summary}`,
    '',
    ...own.map(([name, { type, help }]) => `  ${`--${name}${type === 'string' ? ' …' : ''}`.padEnd(16)} ${help}`),
  ].join('\n')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof Problems) process.stderr.write(`${error.message}\n`)
  else if ((error as NodeJS.ErrnoException).syscall) process.stderr.write(`loom: ${(error as Error).message}\n`)
  else throw error
  process.exitCode = 1
}
