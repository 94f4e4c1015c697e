#!/usr/bin/env node
// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'

/** What a noun's module exports. A verb resolves to the exit status. */
interface Command { help: string, verbs: Record<string, (args: string[]) => Promise<number>> }

const NOUNS: Record<string, { about: string, load(): Promise<Command> }> = {
  // the nouns of the command
  bus: { about: 'a message bus in a folder', load: () => import('./experiments/message-bus-command.ts') },
}

const DONE = 0, FAILED = 1, USAGE = 2

const HELP = `usage: fcs NOUN VERB [ARGUMENT…]

${Object.entries(NOUNS).map(([noun, { about }]) => `  ${noun.padEnd(10)}${about}`).join('\n')}

fcs NOUN --help tells its verbs; fcs --version the version.
Exit status: 0 done, 1 failed, 2 wrong usage, 3 nothing there or not in time.
`

async function main([noun, verb, ...args]: string[]): Promise<number> {
  if (noun === '--help' || noun === '-h') return say(HELP)
  if (noun === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    return say(`fcs ${version}\n`)
  }
  const command = await choose(NOUNS, noun, 'noun', 'fcs').load()
  if ([verb, args[0]].some(word => word === '--help' || word === '-h')) return say(command.help)
  return await choose(command.verbs, verb, 'verb', `fcs ${noun}`)(args)
}

function say(text: string): number {
  process.stdout.write(text)
  return DONE
}

function choose<T>(table: Record<string, T>, word: string | undefined, what: string, of: string): T {
  if (word !== undefined && Object.hasOwn(table, word)) return table[word]!
  const known = Object.keys(table)
  const near = known.filter(name => isNear(name, word ?? ''))
  const problem = word === undefined ? `${of} needs a ${what}` : `${of} has no ${what} '${word}'`
  const hint = near.length > 0 ? `did you mean '${near[0]}'` : `there is ${known.join(', ')}`
  throw Object.assign(new Error(problem), { code: 'ERR_USAGE', hint: `${hint}; ${of} --help tells more` })
}

/** Whether `b` is `a` with at most so many letters put in, left out or changed. */
function isNear(a: string, b: string, errors = 2): boolean {
  if (a === '' || b === '') return a.length + b.length <= errors
  const [restA, restB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0] && isNear(restA, restB, errors)) return true
  return errors > 0 && [[restA, b], [a, restB], [restA, restB]].some(([x, y]) => isNear(x!, y!, errors - 1))
}

type Trouble = NodeJS.ErrnoException & { hint?: string }

function report(error: Trouble): number {
  const isUsage = /^ERR_(USAGE|PARSE_ARGS)/.test(error.code ?? '')
  if (!isUsage && error.syscall === undefined) throw error
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`
  process.stderr.write(`fcs: ${error.message}\n${hint}`)
  return isUsage ? USAGE : FAILED
}

// A reader who has left is told to the one who writes, through the callback of `write`.
process.stdout.on('error', () => {})
process.exitCode = await main(process.argv.slice(2)).catch(report)
