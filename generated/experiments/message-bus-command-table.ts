// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { isUtf8 } from 'node:buffer'
import { writeSync } from 'node:fs'

/** One option of a verb, under its long name. */
export interface Option {
  about: string
  short?: string
  /** What its value is called. Without it the option is a switch. */
  value?: string
  /** The value may be left out, and is then given as `--name=VALUE`. */
  isBare?: boolean
  choices?: readonly string[]
}

/** What a verb takes, and what it does. */
export interface Verb {
  about: string
  /** What follows it: in brackets what may be left out, with … what may come several times. */
  words: readonly string[]
  /** Whether a command may or must follow after `--`. */
  command?: 'optional' | 'needed'
  options: Readonly<Record<string, Option>>
  /** What else there is to know, a paragraph each. */
  notes?: readonly string[]
  examples: readonly (readonly [line: string, about: string])[]
  /** Resolves to the exit status. */
  run(given: Given, everything: () => Promise<readonly Told[]>): Promise<number>
}

/** What a noun's module exports as `noun`. A noun with one verb only has it under `''`. */
export interface Noun { verbs: Readonly<Record<string, Verb>> }

/** A noun with its name. */
export interface Told extends Noun { name: string, about: string }

export const DONE = 0, FAILED = 1, USAGE = 2, NOTHING = 3, BUSY = 75
export const LOST = 124, NOT_RUN = 126, NOT_FOUND = 127, SIGNALLED = 128

export const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'it failed, and the standard error says why'],
  ['2', 'wrong usage'],
  ['3', 'nothing was there, or came in time'],
  ['75', 'another has it, or had it for all of the time-out: try later'],
  ['124', 'the command was ended, because what it held was lost'],
  ['126', 'the command was found and could not be run'],
  ['127', 'the command was not found'],
  ['128+N', 'the command was ended by signal N'],
  ['other', 'what the command ended with'],
]

export const STATUS_HELP = `Exit status: 0 done, 1 failed, 2 wrong usage, 3 nothing there or not in time, 75 try later;
of a command that was run, its own; 124 ended by fcs, 126 not runnable, 127 not found, 128+N signal N.
`

/** The options that every verb has. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { about: 'one JSON object a line, errors, too' },
  help: { about: 'this text', short: 'h' },
}

export function parse(verb: Verb, args: readonly string[], name: string): Given {
  const given = new Given(verb, name)
  const rest = [...args]
  for (let arg; (arg = rest.shift()) !== undefined;) {
    const isCommand = verb.command !== undefined && ['--', '--exec'].includes(arg)
    if (isCommand) given.command = rest.splice(0)
    else if (arg === '--') given.words.push(...rest.splice(0))
    else if (arg.startsWith('--')) given.setLong(arg.slice(2), rest)
    else if (arg.startsWith('-') && arg !== '-') given.setShort(arg.slice(1), rest)
    else given.words.push(arg)
  }
  given.check()
  return given
}

/** What was given to a verb, as far as its table allows. */
export class Given {
  readonly words: string[] = []
  command: string[] | undefined
  readonly #verb: Verb
  readonly #name: string
  readonly #options = new Map<string, string>()

  constructor(verb: Verb, name: string) {
    this.#verb = verb
    this.#name = name
  }

  // take an option by its long or its short name
  setLong(text: string, rest: string[]): void {
    const at = text.indexOf('=')
    const [name, glued] = at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
    const table = { ...COMMON, ...this.#verb.options }
    if (!Object.hasOwn(table, name)) throw this.#unknown(`--${name}`, Object.keys(table).map(each => `--${each}`))
    const { value, isBare = false } = table[name]!
    if (value === undefined && glued !== undefined) throw this.usage(`--${name} takes no value`)
    const given = glued ?? (value === undefined || isBare ? '' : rest.shift())
    if (given === undefined) throw this.usage(`--${name} needs its ${value}`)
    this.#options.set(name, given)
  }

  setShort(letters: string, rest: string[]): void {
    const [letter, more] = [letters[0]!, letters.slice(1)]
    const found = Object.entries({ ...COMMON, ...this.#verb.options }).find(([, { short }]) => short === letter)
    if (found === undefined) throw this.#unknown(`-${letter}`, [])
    const [name, { value }] = found
    if (value !== undefined) this.setLong(more === '' ? name : `${name}=${more}`, rest)
    else this.setLong(name, rest)
    if (value === undefined && more !== '') this.setShort(more, rest)
  }

  #unknown(spelling: string, known: string[]): Error {
    const near = nearest(spelling, known)
    return this.usage(`${this.#name} has no option '${spelling}'${near === undefined ? '' : `; did you mean '${near}'`}`)
  }
  // check what words there are
  check(): void {
    const { words, command } = this.#verb
    const missing = words.filter(word => !word.startsWith('['))[this.words.length]
    if (missing !== undefined) throw this.usage(`the ${missing.replace('…', '')} is missing`)
    const isOpen = words.some(word => word.includes('…'))
    if (!isOpen && this.words.length > words.length) {
      const dashes = command === undefined ? '' : ', and a command stands behind --'
      throw this.usage(`'${this.words[words.length]}' is too much; a text with blanks needs quotes${dashes}`)
    }
    if (this.command?.length === 0) throw this.usage('the command behind -- is missing')
    if (command === 'needed' && this.command === undefined) throw this.usage('the command is missing, behind --')
  }

  /** An error that ends with status 2. */
  usage(message: string): Error {
    const hint = `${this.#name} --help tells more`
    return Object.assign(new Error(message), { code: 'ERR_USAGE', hint })
  }
  // give a value in the form that is wanted
  has(option: string): boolean { return this.#options.has(option) }

  text(option: string): string | undefined {
    const text = this.#options.get(option)
    const choices = this.#verb.options[option]?.choices
    if (text === undefined || choices === undefined || choices.includes(text)) return text
    throw this.usage(`--${option} is ${choices.join(', ').replace(/, ([^,]+)$/, ' or $1')}, not '${text}'`)
  }

  /** A time in milliseconds. Infinity for an option that was given without its value. */
  ms(option: string): number | undefined {
    const text = this.#options.get(option)
    if (text === undefined) return undefined
    if (text === '' && this.#verb.options[option]?.isBare) return Infinity
    const [, digits, unit = 's'] = /^(\d+\.?\d*|\.\d+)(ms|s|m|h|d)?$/.exec(text) ?? []
    if (digits === undefined) throw this.usage(`--${option} takes a time such as 5, 0.5, 200ms or 2m, not '${text}'`)
    return Number(digits) * { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[unit]!
  }

  /** A whole number. */
  count(option: string, least = 1, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.#options.get(option)
    if (text === undefined) return undefined
    const count = /^\d+$/.test(text) ? Number(text) : NaN
    if (count >= least && count <= most) return count
    const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
    throw this.usage(`--${option} takes a whole number from ${least}${upTo === '' ? ' on' : upTo}, not '${text}'`)
  }
}

/** The entry that `word` names; else an error with the nearest name. */
export function choose<T>(table: Readonly<Record<string, T>>, word: string | undefined, what: string, of: string): T {
  if (word !== undefined && Object.hasOwn(table, word)) return table[word]!
  const known = Object.keys(table)
  const near = nearest(word ?? '', known)
  const problem = word === undefined ? `${of} needs a ${what}` : `${of} has no ${what} '${word}'`
  const hint = near === undefined ? `there is ${known.join(', ')}` : `did you mean '${near}'`
  throw Object.assign(new Error(problem), { code: 'ERR_USAGE', hint: `${hint}; ${of} --help tells more` })
}

function nearest(word: string, known: readonly string[]): string | undefined {
  return [1, 2].map(errors => known.find(name => isNear(name, word, errors))).find(name => name !== undefined)
}

/** Whether `b` is `a` with at most so many letters put in, left out or changed. */
function isNear(a: string, b: string, errors: number): boolean {
  if (a === '' || b === '') return a.length + b.length <= errors
  const [restA, restB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0] && isNear(restA, restB, errors)) return true
  return errors > 0 && [[restA, b], [a, restB], [restA, restB]].some(([x, y]) => isNear(x!, y!, errors - 1))
}

/** `queue take QUEUE [OPTION…] [-- COMMAND…]` after its name. */
export function usageOf({ words, command }: Verb, name: string): string {
  const tail = command === undefined ? [] : [command === 'needed' ? '-- COMMAND…' : '[-- COMMAND…]']
  return [name, ...words, '[OPTION…]', ...tail].join(' ')
}

/** `-w, --timeout SECONDS` */
export function spellingOf(name: string, { short, value, isBare }: Option): string {
  const tail = value === undefined ? '' : isBare ? `[=${value}]` : ` ${value}`
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${tail}`
}

export function helpOf(verb: Verb, name: string): string {
  const options = Object.entries({ ...verb.options, ...COMMON })
  const rows = options.map(([name, option]) => {
    const choices = option.choices === undefined ? '' : ` (${option.choices.join(', ')})`
    return `  ${spellingOf(name, option).padEnd(28)}${option.about}${choices}`
  })
  const examples = verb.examples.map(([line, about]) => `  ${line}\n      ${about}`)
  const pieces = [`usage: ${usageOf(verb, name)}`, verb.about, rows.join('\n'), ...(verb.notes ?? []).map(wrap),
    `Examples:\n${examples.join('\n')}`]
  return `${pieces.join('\n\n')}\n\n${STATUS_HELP}`
}

const wrap = (text: string) => text.replace(/(.{1,90})( |$)/g, '$1\n').trimEnd()

export function helpOfNoun(noun: string, about: string, verbs: Noun['verbs']): string {
  const usages = Object.entries(verbs).map(([name, verb]) => usageOf(verb, name).replace(' [OPTION…]', ''))
  const width = Math.max(32, ...usages.map(({ length }) => length)) + 2
  const rows = Object.values(verbs).map(({ about }, i) => `  ${usages[i]!.padEnd(width)}${about}`)
  return `usage: fcs ${noun} VERB [ARGUMENT…]\n\n${about}\n\n${rows.join('\n')}\n\n` +
    `fcs ${noun} VERB --help tells more of each.\n${STATUS_HELP}`
}

/** Writes to the standard output, or to the standard error if `fd` is 2. EPIPE: who read it has left. */
export async function print(content: string | Uint8Array, fd: 1 | 2 = 1): Promise<void> {
  let rest = typeof content === 'string' ? Buffer.from(content) : content
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    await printPatiently(rest, fd === 1 ? process.stdout : process.stderr)
  }
}

function printPatiently(rest: Uint8Array, stream: NodeJS.WriteStream): Promise<void> {
  // Who has left is told to the one who writes, below, and not to the whole program.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {})
  return new Promise((resolve, reject) => {
    stream.write(rest, error => error ? reject(error) : resolve())
  })
}

/** False when the reader has left, who has then seen enough. */
export async function printUnlessLeft(text: string | Uint8Array): Promise<boolean> {
  try {
    await print(text)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return false
    throw error
  }
}

export const line = (value: object) => `${JSON.stringify(value)}\n`

/** Bytes as JSON has them: as text where they are UTF-8. */
export const contentOf = (bytes: Buffer) =>
  isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') }
