// A diagram of the book: the block that draws it, the path that it has, and the words under it.
import { posix } from 'node:path'
import type { Block } from './block.ts'
import type { Book } from './book.ts'
import type { Config } from './config.ts'
import type { Drawing } from './mermaid.ts'
import type { Problem } from './problem.ts'
import { sectionOf, slugOf } from './section.ts'

export interface Diagram extends Drawing {
  block: Block
  /** Path below the diagrams folder, without an ending: `patterns/maildir-states`. */
  path: string
  /** The italic paragraph after the block, as plain words; '' when there is none. */
  caption: string
}

/** The diagrams of a book, in reading order. Two that would land on one path are told in `problems`. */
export function diagramsOf(config: Config, book: Pick<Book, 'blocks'>, problems: Problem[] = []): Diagram[] {
  const first = new Map<string, Diagram>()
  for (const block of book.blocks) {
    if (block.lang.toLowerCase() !== 'mermaid') continue
    const path = pathOf(config, block)
    const source = block.fence.lines.join('\n').trimEnd()
    const diagram = { block, path, id: `diagram-${path.replaceAll('/', '-')}`, source, caption: captionOf(block) }
    const other = first.get(path.toLowerCase())
    if (other) problems.push(clash(config, diagram, other))
    else first.set(path.toLowerCase(), diagram)
  }
  return [...first.values()]
}

function clash({ diagrams }: Config, { block, path }: Diagram, { block: other }: Diagram): Problem {
  const where = `${other.place.file}:${other.place.line}`
  const message = `this diagram would become ${diagrams}/${path}.svg, as the one at ${where} does`
  return { ...block.place, message, hint: block.name ? 'give it another name' : 'give it a name: ```mermaid name="states"' }
}

/** `chapters/03-patterns-and-idioms/04-maildir.md`, name "states" → `patterns/maildir-states`. */
function pathOf(config: Config, { page, name }: Block): string {
  const section = sectionOf(config, page.file)
  const path = section ? `${section.folder}/${section.slug}` : plainPath(config, page.file)
  return name === undefined ? path : `${path}-${kebab(name)}`
}

/** The path of a page outside the package's folders, without digits. */
function plainPath(config: Config, file: string): string {
  const folders = belowDocument(config, file).split('/').slice(0, -1)
  const own = posix.basename(file) === 'README.md' ? posix.basename(posix.dirname(`readme/${file}`)) : file
  return [...folders, own].map(slugOf).join('/')
}

/** The path of a page below the folder that the configuration names: `chapters/03-x/04-y.md` → `03-x/04-y.md`. */
export function belowDocument({ documents }: Config, file: string): string {
  const start = documents.map((document) => `${document.replace(/\/+$/, '')}/`).find((prefix) => file.startsWith(prefix))
  return start === undefined ? file : file.slice(start.length)
}

function kebab(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
}

function captionOf({ page, fence }: Block): string {
  const after = page.text.split(/\r\n|\n|\r/).slice(fence.endLine)
  const start = after.findIndex((line) => line.trim() !== '')
  if (start < 0) return ''
  const end = after.findIndex((line, i) => i > start && line.trim() === '')
  const paragraph = after.slice(start, end < 0 ? undefined : end).map((line) => line.trim()).join(' ')
  const inner = /^([*_])(?![*_\s])(.+)\1$/.exec(paragraph)?.[2] ?? ''
  return inner.replace(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1')
}
