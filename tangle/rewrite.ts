// New lines for the blocks of a page, put into its Markdown as the page itself would write them.
import type { Block } from './block.ts'
import type { Page } from './markdown.ts'

/** What becomes of one block. Lines are those of its content, without what lists and quotes put in front. */
export interface BlockEdit {
  /** Index of a line → its new text; undefined takes the line out. */
  lines: Map<number, string | undefined>
  /** Index of a line, or the number of lines → what is put in front of it. */
  inserted: Map<number, string[]>
}

interface Row {
  text: string
  end: string
}

/** The page's text with its blocks edited. Bytes outside of these blocks stay as they are. */
export function rewrite(page: Page, edits: ReadonlyMap<Block, BlockEdit>): string {
  const mark = page.text.startsWith('\uFEFF') ? '\uFEFF' : ''
  const rows = rowsOf(page.text.slice(mark.length))
  // From the end, so that the line numbers before it stay true.
  const last = (a: Block, b: Block) => b.fence.line - a.fence.line
  const own = [...edits.keys()].filter((block) => block.page === page)
  for (const block of own.sort(last)) rewriteBlock(rows, block, edits.get(block)!)
  return mark + rows.map(({ text, end }) => text + end).join('')
}

function rowsOf(text: string): Row[] {
  const parts = text.split(/(\r\n|\n|\r)/)
  return Array.from({ length: (parts.length + 1) / 2 }, (_, i) => ({ text: parts[2 * i]!, end: parts[2 * i + 1] ?? '' }))
}

function rewriteBlock(rows: Row[], { fence }: Block, { lines, inserted }: BlockEdit): void {
  const opening = rows[fence.line - 1]!
  const prefix = prefixOf(opening.text.slice(0, fence.column - 1))
  const row = (text: string, end = opening.end): Row => ({ text: text === '' ? prefix.trimEnd() : prefix + text, end })
  const content = fence.lines.flatMap((_, i) => {
    const there = rows[fence.line + i]!
    const text = lines.get(i)
    const own = !lines.has(i) ? [there] : text === undefined ? [] : [row(text, there.end)]
    return [...(inserted.get(i) ?? []).map((line) => row(line)), ...own]
  })
  content.push(...(inserted.get(fence.lines.length) ?? []).map((line) => row(line)))
  lengthenFence(rows, fence, [...lines.values(), ...[...inserted.values()].flat()])
  rows.splice(fence.line, fence.lines.length, ...content)
}

/**
 * What lists and quotes want in front of a line of a fence: what stands before its opening, with a list's marker
 * as blanks. A quote's mark takes one blank after it, which must not be one of the line's own.
 */
function prefixOf(before: string): string {
  const blanks = before.replace(/[^\s>]/g, ' ')
  return blanks.endsWith('>') ? `${blanks} ` : blanks
}

/** Makes the fence longer than any new line that would close it. */
function lengthenFence(rows: Row[], { line, column, endLine }: Block['fence'], texts: (string | undefined)[]): void {
  const [opening, closing] = [rows[line - 1]!, rows[endLine - 1]!]
  const marker = /^(`+|~+)/.exec(opening.text.slice(column - 1))![0]
  const closes = new RegExp(`^\\s*(\\${marker[0]}{${marker.length},})\\s*$`)
  const longest = Math.max(0, ...texts.map((text) => closes.exec(text ?? '')?.[1]?.length ?? 0))
  if (longest === 0) return
  const longer = marker[0]!.repeat(longest + 1)
  opening.text = opening.text.slice(0, column - 1) + longer + opening.text.slice(column - 1 + marker.length)
  closing.text = closing.text.replace(new RegExp(`\\${marker[0]}+(?=[ \\t]*$)`), longer)
}
