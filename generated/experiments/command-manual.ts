// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
import {
  COMMON, DONE, print, STATUSES, usageOf, type Noun, type Option, type Told, type Verb,
} from './message-bus-command-table.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Print the manual page, as roff.',
      words: [], options: {},
      examples: [['fcs manual | man -l -', 'where it is not installed']],
      run: async (_, everything) => {
        await print(manualOf(await everything()))
        return DONE
      },
    },
  },
}

/** The page in the macros of man(7). */
export function manualOf(nouns: readonly Told[]): string {
  const verbs = nouns.flatMap(({ name, verbs }) =>
    Object.entries(verbs).map(([verb, told]) => sectionOf(`fcs ${name} ${verb}`.trim(), told)))
  return [
    '.\\" Made from the tables of the verbs. Do not edit.',
    '.TH FCS 1 "" "filesystem-communication-space" "User Commands"',
    '.SH NAME', 'fcs \\- meet other processes in the filesystem',
    '.SH SYNOPSIS', '.B fcs', '.I noun', '.RI [ verb ]', '.RI [ argument ...]',
    '.SH DESCRIPTION', escaped(DESCRIPTION), ...nouns.flatMap(({ name, about }) => tagged(bold(name), about)),
    '.SH COMMANDS', ...verbs.flat(),
    '.SH "COMMON OPTIONS"', ...Object.entries(COMMON).flatMap(([name, option]) => optionOf(name, option)),
    '.SH "EXIT STATUS"', ...STATUSES.flatMap(([status, meaning]) => tagged(bold(status), meaning)),
    '.SH ENVIRONMENT', ...ENVIRONMENT.flatMap(([name, about]) => tagged(bold(name), about)),
    '.SH "SEE ALSO"', '.BR flock (1),', '.BR timeout (1),', '.BR tail (1),', '.BR fcntl (2),', '.BR inotify (7)', '',
  ].join('\n')
}

const DESCRIPTION = 'Processes that have nothing in common but a folder can take turns, hand each other work, ' +
  'elect a leader and wait for each other. Each noun is one such thing. There is no server, and ' +
  'nothing to configure: the state is in the files that are named.'

const ENVIRONMENT: readonly (readonly [name: string, about: string])[] = [
  ['FCS_MESSAGE', 'the name of the message, for the command of bus take and queue take; its id, for that of topic take'],
  ['FCS_TOPIC', 'the topic of the message, for the command of topic take'],
  ['FCS_DELIVERIES', 'how often the message was given out, for the same'],
  ['FCS_TOKEN', 'the fencing token, for the command of lease and elect'],
  ['FCS_LEASE', 'the path of the lease, for the same'],
  ['FCS_SEATS', 'the numbers of the permits, for the command of semaphore'],
  ['FCS_SEAT', 'the number of the party, for the command of barrier'],
]

/** What roff would take for its own, in words that roff leaves alone. */
const escaped = (text: string) => text.replace(/(.{1,72}) /g, '$1\n').replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...')
  .replaceAll("'", '\\(aq').replaceAll('`', '\\(ga').replaceAll('^', '\\(ha').replaceAll('~', '\\(ti')
  .replace(/^\./gm, '\\&.')
const bold = (text: string) => `\\fB${escaped(text)}\\fR`
const italic = (text: string) => `\\fI${escaped(text)}\\fR`
const tagged = (tag: string, text: string) => ['.TP', tag, escaped(text)]

function optionOf(name: string, { short, value, isBare, about, choices }: Option): string[] {
  const tail = value === undefined ? '' : isBare ? `[=${italic(value)}]` : ` ${italic(value)}`
  const spelling = `${short === undefined ? '' : `${bold(`-${short}`)}, `}${bold(`--${name}`)}${tail}`
  return tagged(spelling, choices === undefined ? about : `${about}: ${choices.join(', ')}`)
}

function sectionOf(name: string, verb: Verb): string[] {
  const { about, options, notes = [], examples } = verb
  return [`.SS "${escaped(usageOf(verb, name)).replaceAll('\n', ' ')}"`, escaped(about),
    ...Object.entries(options).flatMap(([name, option]) => optionOf(name, option)),
    ...notes.flatMap(note => ['.PP', escaped(note)]),
    ...examples.flatMap(([line, about]) => ['.PP', '.EX', escaped(line).replaceAll('\n', ' '), '.EE', '.RS 4', escaped(about), '.RE'])]
}
