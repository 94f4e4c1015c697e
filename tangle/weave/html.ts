// Small helpers for HTML that is written by hand.
import { posix } from 'node:path'
import type { Block } from '../block.ts'

export interface Link {
  title: string
  /** Relative to the folder of the woven book, until a page shows it. */
  url: string
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** The address of `to` as the page at `from` has to write it. Both are paths in the woven book; `to` may have a fragment. */
export function relativeUrl(from: string, to: string): string {
  const [, path = '', hash = ''] = /^([^#]*)(.*)$/s.exec(to)!
  if (path === from && hash !== '') return hash
  return encodeURI(posix.relative(posix.dirname(from), path)) + hash
}

export function anchor(from: string, { title, url }: Link, attributes = ''): string {
  return `<a href="${escape(relativeUrl(from, url))}"${attributes}>${escape(title)}</a>`
}

export function list(items: string[], tag = 'ul', attributes = ''): string {
  return items.length === 0 ? '' : `<${tag}${attributes}>\n${items.map((item) => `<li>${item}</li>`).join('\n')}\n</${tag}>`
}

/** `Claim the message!` → `claim-the-message`, for an id. */
export function slug(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
}

/** The first sentence of a text, with its mark. */
export function firstSentence(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  return /^.*?[.!?](?=\s|$)(?<!\b(?:e\.g|i\.e|etc)\.)/.exec(plain)?.[0] ?? plain
}

/** `**x**` and `[x](y)` as plain words. */
export function plainWords(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*`]/g, '')
}

/** Exercises stand whole in their sections; of the other tangled files, each has a page of its own. */
export function hasPage(output: { blocks: Block[] } | undefined): boolean {
  return output !== undefined && !output.blocks.some(({ attributes }) => 'exercise' in attributes)
}

/** The page of a tangled file. */
export function moduleUrl(file: string): string {
  return `modules/${file}.html`
}
