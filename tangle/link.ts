// From blocks to files: chunks are put together, references are replaced by what they name,
// and each line of a file knows the line of a chapter that it came from.
import type { Block } from './block.ts'
import type { Book } from './book.ts'
import type { Syntax } from './config.ts'
import { commentOf } from './language.ts'
import { nearest, type Place, type Problem } from './problem.ts'

/** A line of a tangled file. Without a block it is the loom's own: a header, or the gap between two blocks. */
export interface Line {
  text: string
  /** What the references on the way put in front of the line. */
  indent: string
  block?: Block
  /** Which line of the block it is, counted from 0. */
  index?: number
  /** The chunk that the line refers to: its text is the name, the chunk follows. */
  reference?: string
  /** The line with the reference that this line stands under. A bare reference is no line of the file itself. */
  within?: Line | undefined
}

export interface Output {
  /** Path below the output folder. */
  file: string
  blocks: Block[]
  lines: Line[]
}

export interface Web {
  outputs: Map<string, Output>
  chunks: Map<string, Block[]>
  problems: Problem[]
}

interface Reference extends Place {
  name: string
  /** Blanks in front of the reference, then the comment that stays in the tangled file; '' for a bare reference. */
  indent: string
  comment: string
}

/** Puts the book's blocks together. All that is wrong with them is in `problems`, with what the pages brought along. */
export function link(book: Book): Web {
  const { roots, chunks } = gather(book.blocks)
  const linker = new Linker(book, chunks)
  const outputs = new Map<string, Output>()
  linker.checkPaths(roots)
  linker.checkChunks()
  for (const [file, blocks] of roots) outputs.set(file, { file, blocks, lines: linker.file(blocks) })
  return { outputs, chunks, problems: [...book.problems, ...linker.problems] }
}

/** The lines of one block with its references replaced, as a run block needs them. */
export function expandBlock(book: Book, block: Block): Line[] {
  const { chunks } = gather(book.blocks)
  return new Linker(book, chunks).block(block)
}

export function textOf({ lines }: Pick<Output, 'lines'>): string {
  return lines.map(({ text }) => `${text}\n`).join('')
}

/** Whether a block is part of a program. What a block only shows refers to nothing, and a diagram's name is no chunk. */
function isCode({ file, name, run, lang }: Block): boolean {
  return lang !== 'mermaid' && (file !== undefined || name !== undefined || run)
}

function gather(blocks: Block[]) {
  const roots = new Map<string, Block[]>()
  const chunks = new Map<string, Block[]>()
  const nameOf = new Map<string, string>() // a file whose first block has a name is that chunk
  for (const block of blocks.filter(isCode)) {
    const { file, name, replaces } = block
    if (file !== undefined && name !== undefined) nameOf.set(file, name)
    if (file !== undefined && !nameOf.has(file)) add(roots, file, block, replaces)
    const chunk = name ?? (file === undefined ? undefined : nameOf.get(file))
    if (chunk !== undefined) add(chunks, chunk, block, replaces)
  }
  for (const [file, name] of nameOf) roots.set(file, [...(roots.get(file) ?? []), ...chunks.get(name)!])
  return { roots, chunks }
}

function add(map: Map<string, Block[]>, key: string, block: Block, replaces: boolean): void {
  const blocks = map.get(key)
  if (blocks && !replaces) blocks.push(block)
  else map.set(key, [block])
}

class Linker {
  readonly problems: Problem[] = []
  private readonly references = new Map<Block, Map<number, Reference>>()
  private readonly book: Book
  private readonly chunks: Map<string, Block[]>

  constructor(book: Book, chunks: Map<string, Block[]>) {
    this.book = book
    this.chunks = chunks
  }

  file(blocks: Block[]): Line[] {
    const { header, separate } = this.book.config
    const lines: Line[] = []
    blocks.forEach((block, i) => {
      if (i > 0 && separate) lines.push({ text: '', indent: '' })
      for (const line of this.block(block)) lines.push(line)
    })
    // The kernel wants `#!` to be the first two bytes.
    if (header) lines.splice(lines[0]?.text.startsWith('#!') ? 1 : 0, 0, ...headerOf(blocks))
    return lines
  }

  block(block: Block, indent = '', within?: Line): Line[] {
    const lines: Line[] = []
    const references = this.referencesOf(block)
    block.fence.lines.forEach((text, index) => {
      const reference = references.get(index)
      const own = { block, index, indent, within }
      if (!reference) {
        lines.push({ ...own, text: text === '' ? '' : indent + text })
        return
      }
      const { name, comment } = reference
      const here: Line = { ...own, text: indent + reference.indent + comment, reference: name }
      if (comment !== '') lines.push(here)
      if (standsUnder(within, name)) return // told by checkChunks
      for (const part of this.chunks.get(name) ?? []) {
        for (const line of this.block(part, indent + reference.indent, here)) lines.push(line)
      }
    })
    return lines
  }

  /** The references of a block, by line. */
  referencesOf(block: Block): Map<number, Reference> {
    let found = this.references.get(block)
    if (found) return found
    found = new Map()
    for (const [index, text] of block.fence.lines.entries()) {
      const match = referenceIn(text, block.lang, this.book.config.syntax)
      if (!match) continue
      const place = { file: block.page.file, line: block.fence.line + 1 + index }
      const column = block.fence.columns[index]! + text.indexOf('<<') + 1
      found.set(index, { ...match, ...place, column })
    }
    this.references.set(block, found)
    return found
  }

  /** Unknown, cyclic and unused chunks. */
  checkChunks(): void {
    const used = new Set<string>()
    for (const block of this.book.blocks.filter(isCode)) {
      for (const { name, ...place } of this.referencesOf(block).values()) {
        used.add(name)
        if (!this.chunks.has(name)) this.unknown(name, place)
      }
    }
    for (const [name, [first]] of this.chunks) {
      if (used.has(name) || first!.run || first!.file !== undefined) continue
      this.problems.push({ ...first!.place, message: `nobody uses the chunk '${name}'`, hint: `refer to it with ${exampleOf(first!.lang, name)}` })
    }
    const done = new Set<string>()
    for (const name of this.chunks.keys()) this.findCycle(name, [], done)
  }

  private unknown(name: string, { file, line, column }: Place): void {
    const near = nearest(name, this.chunks.keys())
    const home = near === undefined ? undefined : this.chunks.get(near)![0]!.place
    const where = home && (home.file === file ? `line ${home.line}` : `${home.file}:${home.line}`)
    const hint = near === undefined ? 'give a block that name, or take the reference out' : `did you mean '${near}', ${where}?`
    this.problems.push({ file, line, column, message: `no chunk is named '${name}'`, hint })
  }

  private findCycle(name: string, path: string[], done: Set<string>): void {
    if (done.has(name)) return
    for (const block of this.chunks.get(name) ?? []) {
      for (const { name: next, file, line, column } of this.referencesOf(block).values()) {
        const way = [...path, name]
        const from = way.indexOf(next)
        if (from < 0) this.findCycle(next, way, done)
        else {
          const circle = [...way.slice(from), next].map((step) => `'${step}'`).join(' -> ')
          this.problems.push({ file, line, column, message: `a chunk contains itself: ${circle}`, hint: 'take one of these references out' })
        }
      }
    }
    done.add(name)
  }

  /** Paths that leave the output folder, differ only in case, or want a name to be a file and a folder. */
  checkPaths(roots: Map<string, Block[]>): void {
    const lower = new Map<string, { path: string; place: Place }>()
    for (const [file, [first]] of roots) {
      const fail = (message: string, hint?: string) => this.problems.push({ ...first!.place, message, hint })
      const parts = file.split('/')
      if (/^(\/|[A-Za-z]:)|\\|\0/.test(file) || parts.some((part) => part === '' || part === '.' || part === '..')) {
        fail(`'${file}' is outside ${this.book.config.output}/`, 'a path is relative to that folder: no .., no leading /, no backslash')
        continue
      }
      const paths = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
      const clash = paths.find((path) => (lower.get(path.toLowerCase())?.path ?? path) !== path)
      if (clash !== undefined) {
        const { path, place } = lower.get(clash.toLowerCase())!
        fail(`'${clash}' differs only in case from '${path}'`, `that one is in ${place.file}:${place.line}; some filesystems cannot tell them apart`)
      }
      for (const path of paths) if (!lower.has(path.toLowerCase())) lower.set(path.toLowerCase(), { path, place: first!.place })
      const folder = paths.slice(0, -1).find((path) => roots.has(path))
      if (folder !== undefined) fail(`'${folder}' is a file, so '${file}' cannot be inside it`)
    }
  }
}

/** The reference that a line is, or undefined: a comment in the loom's notation, bare in the others and without comments. */
export function referenceIn(text: string, lang: string, syntax: Syntax): Pick<Reference, 'name' | 'indent' | 'comment'> | undefined {
  if (!text.includes('<<')) return undefined
  const bare = syntax === 'lmt' ? /^(\s*)<<<(.+)>>>\s*$/.exec(text) : /^(\s*)<<([^<>]+)>>\s*$/.exec(text)
  const comment = commentOf(lang)
  if (syntax !== 'loom' || !comment) return bare ? { indent: bare[1]!, name: bare[2]!.trim(), comment: '' } : undefined
  const [open, close] = comment
  const trimmed = text.trim()
  if (!trimmed.startsWith(open) || !trimmed.endsWith(close)) return undefined
  const name = /^\s*<<\s*(\S.*?)\s*>>\s*$/.exec(trimmed.slice(open.length, trimmed.length - close.length))?.[1]
  if (name === undefined) return undefined
  return { indent: /^\s*/.exec(text)![0], name, comment: `${open} ${name}${close && ` ${close}`}` }
}

function standsUnder(line: Line | undefined, name: string): boolean {
  return line !== undefined && (line.reference === name || standsUnder(line.within, name))
}

function exampleOf(lang: string, name: string): string {
  const [open, close] = commentOf(lang) ?? ['', '']
  return [open, `<<${name}>>`, close].filter(Boolean).join(' ')
}

/** Who opens a tangled file learns where to read and change it. */
function headerOf([first]: Block[]): Line[] {
  const comment = commentOf(first!.lang)
  if (!comment) return []
  const [open, close] = comment
  const words = `${open} Told in ${first!.page.file}. Edit it there, or edit here and stitch.${close && ` ${close}`}`
  return [{ text: words, indent: '' }]
}
