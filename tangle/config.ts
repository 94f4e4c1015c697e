// The configuration of a book: `loom.json` in its root, or the key "loom" of its package.json.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { nearest, Problems } from './problem.ts'

/** How fences and references are written: the loom's own form, Entangled's, or lmt's. */
export type Syntax = 'loom' | 'entangled' | 'lmt'

export interface Config {
  /** Absolute path of the book's root; every other path is relative to it. */
  root: string
  /** Markdown files and folders, in reading order. A folder is read recursively: README.md first, then by name. */
  documents: string[]
  /** The folder that tangled files go into. */
  output: string
  /** The folder that diagrams go into. */
  diagrams: string
  /** The folder that the woven pages go into. */
  book: string
  /** The folder of the experiments' data. */
  experiments: string
  /** The folder of a reader's own attempts at the exercises. */
  exercises: string
  /** The folder of what can be made again at any time. */
  cache: string
  syntax: Syntax
  /** Begin each tangled file with a line that says where it is told. */
  header: boolean
  /** Put a blank line between two blocks that are joined in one file. */
  separate: boolean
  /** Folder of chapters → folder of the package. Given: each section there must have its module and its test. */
  folders: Record<string, string>
  /** The longest block that `check` lets pass, in lines. */
  blockLinesMax: number
  /** Language → command that runs a run block; `{file}` stands for the block's file. */
  run: Record<string, string[]>
  /** Folders put in front of PATH for run blocks. */
  path: string[]
  /** The page that lists the requirements, if the book has one. */
  requirements: string | null
  /** Where a page of the book can be changed; `{file}` stands for its path. Null: the woven pages say nothing about it. */
  edit: string | null
  /** Ways through the book for the contents: title → a paragraph or a list in Markdown, with links to pages. */
  paths: Record<string, string>
}

export const defaults: Omit<Config, 'root'> = {
  documents: ['.'],
  output: 'generated',
  diagrams: 'diagrams',
  book: 'book',
  experiments: 'experiments',
  exercises: 'exercises',
  cache: '.loom',
  syntax: 'loom',
  header: true,
  separate: true,
  folders: {},
  blockLinesMax: 40,
  run: { sh: ['bash', '{file}'], js: ['node', '{file}'], ts: ['node', '--import', 'tsx', '{file}'] },
  path: [],
  requirements: null,
  edit: null,
  paths: {},
}

const syntaxes: readonly string[] = ['loom', 'entangled', 'lmt']

/** Finds the nearest root at or above `from`: a folder with loom.json, or with a package.json that has the key "loom". */
export function findRoot(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'loom.json'))) return folder
    const manifest = readJson(join(folder, 'package.json'))
    if (manifest && typeof manifest === 'object' && 'loom' in manifest) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/**
 * Reads the configuration of the book at `root`; without one, the defaults hold.
 * Throws Problems when it names an unknown key or a value of the wrong kind.
 */
export function readConfig(root: string): Config {
  const own = join(root, 'loom.json')
  const [file, given] = existsSync(own)
    ? ['loom.json', parseJson(own, 'loom.json')]
    : ['package.json', (readJson(join(root, 'package.json')) as { loom?: unknown } | undefined)?.loom ?? {}]
  const problems = complaints(given).map(([message, hint]) => ({ file, line: 1, column: 1, message, hint }))
  if (problems.length > 0) throw new Problems(problems)
  const config = given as Partial<Config>
  return { ...defaults, ...config, run: { ...defaults.run, ...config.run }, root: resolve(root) }
}

function complaints(given: unknown): [string, (string | undefined)?][] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [['the configuration must be an object', 'for example {"documents": ["chapters"]}']]
  }
  return Object.entries(given).flatMap(([key, value]): [string, (string | undefined)?][] => {
    if (!(key in defaults)) {
      const near = nearest(key, Object.keys(defaults))
      return [[`unknown configuration key '${key}'`, near && `did you mean '${near}'?`]]
    }
    if (key === 'syntax' && !syntaxes.includes(value as string)) {
      return [[`syntax is one of ${syntaxes.join(', ')}, not '${String(value)}'`]]
    }
    const wanted = kind(defaults[key as keyof typeof defaults])
    const ok = kind(value) === wanted || (defaults[key as keyof typeof defaults] === null && kind(value) === 'string')
    return ok ? [] : [[`'${key}' must be of kind ${wanted}, and is of kind ${kind(value)}`]]
  })
}

function kind(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value
}

function parseJson(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Problems([{ file: name, line: 1, column: 1, message: (error as Error).message }])
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
