// How blocks hang together: where each lands in the tangled files, which chunk refers to which, and what to call them.
import type { Block } from '../block.ts'
import type { Book } from '../book.ts'
import { type Line, referenceIn, type Web } from '../link.ts'
import { hasPage, moduleUrl, slug } from './html.ts'
import type { Site } from './site.ts'

/** One place where a block stands in a tangled file. Lines count from 0. */
export interface Landing {
  file: string
  /** Line of the block → line of the file; -1 for a reference that leaves no line behind. */
  lines: number[]
  indent: number
}

export interface Crossing {
  /** The block's id on its page. */
  id: string
  /** Address of the block in the woven book; of a hidden one, its lines in the page of its file. */
  url: string
  landings: Landing[]
  /** All blocks of its chunk or file, in order, itself included; [] for a block that stands for itself. */
  parts: Block[]
  /** Blocks with a reference to its chunk. */
  users: Block[]
}

export type Crossings = Map<Block, Crossing>

export function crossingsOf(book: Book, web: Web, site: Site): Crossings {
  const crossings: Crossings = new Map()
  const users = usersOf(book, web)
  const taken = new Map<string, number>()
  const series = new Map<Block, Block[]>()
  for (const { blocks } of web.outputs.values()) for (const block of blocks) series.set(block, blocks)
  for (const blocks of web.chunks.values()) for (const block of blocks) series.set(block, blocks)
  for (const block of book.blocks) {
    const parts = series.get(block) ?? []
    const { url } = site.byFile.get(block.page.file)!
    const id = idOf(block, parts, taken)
    const chunk = block.lang === 'mermaid' || block.name === undefined ? [] : (users.get(block.name) ?? [])
    crossings.set(block, { id, url: `${url}#${id}`, landings: [], parts, users: chunk })
  }
  for (const { file, lines } of web.outputs.values()) land(crossings, file, lines)
  for (const [{ hidden, page }, crossing] of crossings) {
    const [landing] = crossing.landings
    if (hidden) crossing.url = landing && hasPage(web.outputs.get(landing.file)) ? `${moduleUrl(landing.file)}#L${(landing.lines.find((at) => at !== undefined) ?? 0) + 1}` : site.byFile.get(page.file)!.url
  }
  return crossings
}

function idOf({ name, file, page, lang }: Block, parts: Block[], taken: Map<string, number>): string {
  const stem = parts.length === 0 || lang === 'mermaid' ? 'block' : name === undefined ? `file:${file}` : `chunk:${slug(name)}`
  const key = stem === 'block' ? `${page.file} block` : stem
  const count = (taken.get(key) ?? 0) + 1
  taken.set(key, count)
  return count === 1 && stem !== 'block' ? stem : `${stem}:${count}`
}

/** Chunk → the blocks that refer to it. */
function usersOf({ blocks, config: { syntax } }: Book, { chunks }: Web): Map<string, Block[]> {
  const users = new Map<string, Block[]>()
  for (const block of blocks) {
    const isCode = block.file !== undefined || block.run || (block.name !== undefined && chunks.has(block.name))
    if (!isCode) continue
    for (const text of block.fence.lines) {
      const name = referenceIn(text, block.lang, syntax)?.name
      if (name === undefined) continue
      const known = users.get(name)
      if (!known) users.set(name, [block])
      else if (!known.includes(block)) known.push(block)
    }
  }
  return users
}

/** A block that lands twice in a file begins a second landing where its lines begin again. */
function land(crossings: Crossings, file: string, lines: Line[]): void {
  const open = new Map<string, Landing>()
  const numbers = new Map<Line, number>()
  lines.forEach((line, at) => {
    const { block, index = 0, indent, within } = line
    if (!block) return
    numbers.set(line, at)
    const crossing = crossings.get(block)
    if (!crossing) return
    const key = `${crossing.id} ${crossing.url} ${within ? (numbers.get(within) ?? 'bare') : 'root'}`
    let landing = open.get(key)
    if (!landing) {
      landing = { file, lines: [], indent: indent.length }
      open.set(key, landing)
      crossing.landings.push(landing)
    }
    landing.lines[index] ??= at
  })
}
