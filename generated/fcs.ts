#!/usr/bin/env node
// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import {
  choose, DONE, FAILED, helpOf, helpOfNoun, parse, print, STATUS_HELP, USAGE, type Noun,
} from './experiments/message-bus-command-table.ts'

const NOUNS: Record<string, { about: string, load(): Promise<{ noun: Noun }> }> = {
  // the nouns of the command
  bus: { about: 'a message bus in a folder', load: () => import('./experiments/message-bus-command.ts') },
  lock: { about: 'run a command while a lock is held', load: () => import('./experiments/command-lock.ts') },
  semaphore: { about: 'run a command, so many at a time', load: () => import('./experiments/command-lock-semaphore.ts') },
  barrier: { about: 'wait until all have come', load: () => import('./experiments/command-lock-barrier.ts') },
  lease: { about: 'run a command with a token, for as long as it is valid', load: () => import('./experiments/command-lease.ts') },
  elect: { about: 'run a command as the leader', load: () => import('./experiments/command-lease-elect.ts') },
  fence: { about: 'run a command unless its token is too old', load: () => import('./experiments/command-lease-fence.ts') },
  queue: { about: 'a queue of messages in a folder', load: () => import('./experiments/command-queue.ts') },
  watch: { about: 'tell what happens to files and in folders', load: () => import('./experiments/command-watch.ts') },
  tail: { about: 'print the records of an append log', load: () => import('./experiments/command-watch-tail.ts') },
  topic: { about: 'a message bus with topics, groups and dead letters', load: () => import('./experiments/command-topic.ts') },
  manual: { about: 'print the manual page', load: () => import('./experiments/command-manual.ts') },
  completion: { about: 'print what completes fcs in a shell', load: () => import('./experiments/command-manual-completion.ts') },
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

type Trouble = NodeJS.ErrnoException & { hint?: string, status?: number, isQuiet?: boolean }

async function report(error: Trouble): Promise<number> {
  const isUsage = error.code === 'ERR_USAGE'
  if (!isUsage && error.syscall === undefined) throw error
  const { message, code, syscall, path, hint } = error
  const told = isJson
    ? JSON.stringify({ error: { message, code, syscall, path, hint } })
    : `fcs: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`
  if (!error.isQuiet) await print(`${told}\n`, 2).catch(() => {})   // nobody may be there to read it
  return error.status ?? (isUsage ? USAGE : FAILED)
}

const args = process.argv.slice(2)
const isJson = args.slice(0, args.includes('--') ? args.indexOf('--') : Infinity).includes('--json')

main(args).catch(report).then(status => process.exit(status), error => { throw error })
