#!/usr/bin/env node
// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import {
  choose, DONE, FAILED, helpOf, helpOfNoun, parse, print, STATUS_HELP, USAGE, type Noun,
} from './experiments/command.ts'

const NOUNS: Record<string, { about: string, load(): Promise<{ noun: Noun }> }> = {
  // the nouns of the command
  bus: { about: 'a message bus in a folder', load: () => import('./experiments/message-bus-command.ts') },
}

const HELP = `usage: fcs NOUN [VERB] [ARGUMENT…]

${Object.entries(NOUNS).map(([noun, { about }]) => `  ${noun.padEnd(11)}${about}`).join('\n')}

fcs NOUN --help tells more of each, fcs NOUN VERB --help all of it; fcs --version the version.
${STATUS_HELP}`

const isHelp = (word: string | undefined) => word === '--help' || word === '-h'

async function main([noun, ...rest]: string[]): Promise<number> {
  if (isHelp(noun)) return say(HELP)
  if (noun === 'help') return main([...rest, '--help'])
  if (noun === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    return say(`fcs ${version}\n`)
  }
  const { verbs } = (await choose(NOUNS, noun, 'noun', 'fcs').load()).noun
  const [verb, ...args] = '' in verbs ? ['', ...rest] : rest
  if (isHelp(verb)) return say(helpOfNoun(noun!, NOUNS[noun!]!.about, verbs))
  const name = `fcs ${noun} ${verb ?? ''}`.trim()
  const chosen = choose(verbs, verb, 'verb', `fcs ${noun}`)
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (own.some(isHelp)) return say(helpOf(chosen, name))
  return await chosen.run(parse(chosen, args, name), everything)
}

async function say(text: string): Promise<number> {
  await print(text)
  return DONE
}

/** All tables, for the verbs that tell of the others. */
async function everything() {
  const tables = Object.entries(NOUNS).map(async ([name, { about, load }]) =>
    ({ name, about, verbs: (await load()).noun.verbs }))
  return await Promise.all(tables)
}

type Trouble = NodeJS.ErrnoException & { hint?: string }

function report(error: Trouble): number {
  const isUsage = error.code === 'ERR_USAGE'
  if (!isUsage && error.syscall === undefined) throw error
  const { message, code, syscall, path, hint } = error
  const told = isJson
    ? JSON.stringify({ error: { message, code, syscall, path, hint } })
    : `fcs: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`
  process.stderr.write(`${told}\n`)
  return isUsage ? USAGE : FAILED
}

const args = process.argv.slice(2)
const isJson = args.slice(0, args.includes('--') ? args.indexOf('--') : Infinity).includes('--json')

// A reader who has left is told to the one who writes, through the callback of `write`.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
main(args).catch(report).then(status => { process.exitCode = status }, error => { throw error })
