// What a fence asks the loom to do: the attributes behind its language, in three notations.
import type { Syntax } from './config.ts'
import type { Fence, Page } from './markdown.ts'
import { nearest, type Place, type Problem } from './problem.ts'

export interface Block {
  page: Page
  fence: Fence
  /** Where the fence opens. */
  place: Place
  lang: string
  /** The file that the block is a part of, relative to the output folder. */
  file?: string
  /** The chunk that the block is a part of. */
  name?: string
  run: boolean
  output: boolean
  hidden: boolean
  /** lmt only: the block takes the place of what was said before under its name. */
  replaces: boolean
  attributes: Record<string, string | true>
}

/** The attributes of the loom's own notation; `flag` ones take no value. */
const known: Record<string, 'flag' | 'value'> = {
  file: 'value',
  name: 'value',
  run: 'flag',
  output: 'flag',
  hidden: 'flag',
  exit: 'value',
  timeout: 'value',
  exercise: 'value',
  part: 'value',
  slide: 'flag',
}

/** What an exercise is made of; each part tangles into a file of its own. */
export const parts: readonly string[] = ['starter', 'test', 'solution']

/** The folder of the exercises, below the output folder. */
export const exerciseFolder = 'exercises'

const endings: Record<string, string> = { typescript: 'ts', javascript: 'js', bash: 'sh', shell: 'sh', python: 'py' }

type Attributes = { attributes: Record<string, string | true>; lang?: string; wrong?: [string, (string | undefined)?, (string | undefined)?] }

const notations: Record<Syntax, (fence: Fence) => Attributes> = { loom, entangled, lmt }

/** Reads the attributes of each fence of a page; what is wrong with them is added to `problems`. */
export function blocksOf(page: Page, syntax: Syntax, problems: Problem[]): Block[] {
  return page.fences.map((fence) => {
    const { attributes, wrong, lang = fence.lang ?? '' } = notations[syntax](fence)
    const place = { file: page.file, line: fence.line, column: fence.column }
    const fail = (message: string, hint?: string, at = '') => {
      const offset = Math.max(0, (sourceLine(page, fence.line) ?? '').indexOf(at, fence.column - 1) - fence.column + 1)
      problems.push({ ...place, column: fence.column + offset, message, hint })
    }
    if (wrong) fail(...wrong)
    const { file, name, run, output, hidden, exercise } = attributes
    const wrongPart = complaintOfPart(attributes)
    if (wrongPart) fail(...wrongPart)
    if (file !== undefined && run) fail("a block cannot have both 'file' and 'run'", 'name it, and refer to it from both', 'run')
    const block: Block = {
      page,
      fence,
      place,
      lang,
      run: run === true,
      output: output === true,
      hidden: hidden === true,
      replaces: syntax === 'lmt' && attributes['append'] !== true && (file ?? name) !== undefined,
      attributes,
    }
    if (typeof file === 'string') block.file = file
    if (typeof name === 'string') block.name = name
    if (typeof exercise === 'string' && !wrongPart) block.file = `${exerciseFolder}/${exercise}/${String(attributes['part'])}.${endings[lang] ?? lang}`
    return block
  })
}

function complaintOfPart({ exercise, part, ...rest }: Attributes['attributes']): Attributes['wrong'] {
  if (exercise === undefined && part === undefined) return undefined
  if (exercise === undefined) return ["'part' belongs to an exercise", 'exercise="…" part=…', 'part']
  if (typeof exercise !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(exercise)) {
    return [`'${String(exercise)}' cannot be the name of an exercise`, 'small letters, digits and single hyphens: it becomes the name of a file', 'exercise']
  }
  if (part === undefined) return ['which part of the exercise is this?', `part=starter, part=test or part=solution`, 'exercise']
  if (!parts.includes(String(part))) {
    const near = nearest(String(part), parts)
    return [`an exercise has no part '${String(part)}'`, near ? `did you mean '${near}'?` : hintOf([...parts]), 'part']
  }
  const other = ['file', 'name', 'run', 'output'].find((key) => key in rest)
  return other === undefined ? undefined : [`a part of an exercise cannot have '${other}'`, undefined, other]
}

function sourceLine(page: Page, line: number): string | undefined {
  return page.text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, line)[line - 1]
}

/** `ts file=a.ts`, `ts name="claim the message"`, `ts run`. An attribute that is not known is an error. */
function loom({ lang, meta }: Fence): Attributes {
  const attributes: Attributes['attributes'] = {}
  const token = /\s*(?:([\w-]+)(?:=(?:"([^"]*)"|([^\s"]+)))?(?=\s|$)|(\S+))/y
  token.lastIndex = 0
  for (let match = token.exec(meta); match; match = token.exec(meta)) {
    const [, key, quoted, plain, other] = match
    if (other !== undefined || key === undefined) {
      return { attributes, wrong: [`'${other}' is not an attribute`, 'write key=value or key="two words"', other] }
    }
    const value = quoted ?? plain
    const kind = known[key]
    if (kind === undefined) {
      const near = nearest(key, Object.keys(known))
      return {
        attributes,
        wrong: [`unknown attribute '${key}'`, near ? `did you mean '${near}'?` : hintOf(Object.keys(known)), key],
      }
    }
    if (kind === 'flag' && value !== undefined) return { attributes, wrong: [`'${key}' takes no value`, undefined, key] }
    if (kind === 'value' && !value) return { attributes, wrong: [`'${key}' needs a value`, `${key}="…"`, key] }
    if (key in attributes) return { attributes, wrong: [`'${key}' is given twice`, undefined, key] }
    attributes[key] = value ?? true
  }
  return lang?.startsWith('{') ? { attributes, wrong: ['the language comes first', 'write ts file=…, or set "syntax": "entangled"'] } : { attributes }
}

function hintOf(words: string[]): string {
  return `known are ${words.join(', ')}`
}

/** `{.ts #id file=a.ts}` with or without the language in front, as Entangled and Pandoc write it. */
function entangled({ lang, meta }: Fence): Attributes {
  const info = `${lang ?? ''} ${meta}`
  const braces = /\{([^{}]*)\}/.exec(info)
  if (!braces) return { attributes: {} }
  const attributes: Attributes['attributes'] = {}
  let language = info.slice(0, braces.index).trim()
  for (const [, sign, word, key, quoted, plain] of braces[1]!.matchAll(/([.#])([^\s=]+)|([\w-]+)=(?:"([^"]*)"|(\S+))/g)) {
    if (sign === '.') language ||= word!
    else if (sign === '#') attributes['name'] = word!
    else attributes[key!] = quoted ?? plain!
  }
  return { attributes, lang: language }
}

/** `go main.go +=` or `go "the name" +=`; without `+=` the block replaces what stood under that name. */
function lmt({ meta }: Fence): Attributes {
  const match = /^\s*(?:"([^"]+)"|([^\s"{]+))\s*(\+=)?\s*$/.exec(meta)
  if (!match) return { attributes: {} }
  const [, name, file, append] = match
  return { attributes: { ...(name ? { name } : { file: file! }), ...(append && { append: true as const }) } }
}

const opening = /^\s*(?:>\s*)*(?:`{3,}|~{3,})\s*(\S.*)$/

/** The opening line of a fence that asks the loom for something, or undefined. Used to find fences that Markdown hides. */
export function attributedFence(line: string, syntax: Syntax): string | undefined {
  const info = opening.exec(line)?.[1]
  if (info === undefined) return undefined
  const space = info.search(/\s/)
  const [lang, meta] = space < 0 ? [info, ''] : [info.slice(0, space), info.slice(space + 1)]
  const { attributes, wrong } = notations[syntax]({ lang, meta } as Fence)
  return !wrong && ('file' in attributes || 'name' in attributes || 'run' in attributes || 'exercise' in attributes) ? info : undefined
}
