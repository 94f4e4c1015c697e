// The whole book in one piece, for paper and for electronic readers: the pages' texts, with links that stay inside.
import { posix } from 'node:path'
import { addressOf, type Luggage } from './address.ts'
import { escape } from './html.ts'
import { Texts } from './listing.ts'
import type { Leaf } from './site.ts'
import { textHtml } from './text.ts'
import type { Woven } from './woven.ts'

export interface Part {
  leaf: Leaf
  /** Where the part stands, counted from 0. */
  index: number
  html: string
}

/** How addresses look in a volume. */
export interface Binding {
  /** The address of a part, or of an anchor in it. */
  link(index: number, id: string): string
  id(index: number, id: string): string
  image(path: string): string
}

/** The book's pages in reading order. Links to what a volume does not have become plain words. */
export function partsOf(woven: Woven, binding: Binding, luggage: Luggage): Part[] {
  const { leaves } = woven.site
  const indexes = new Map(leaves.map(({ url }, index) => [url, index]))
  return leaves.map((leaf, index) => {
    const html = textHtml(woven, leaf.page, addressOf(woven, leaf.page.file, leaf.url, luggage), new Texts())
    const titled = leaf.page.headings.some(({ depth }) => depth === 1) ? html : `<h1>${escape(leaf.title)}</h1>\n${html}`
    return { leaf, index, html: lower(outsidePictures(titled, (part) => bind(part, leaf, index, indexes, binding)), leaf) }
  })
}

/** Pictures have ids of their own, which are right already. */
function outsidePictures(html: string, change: (part: string) => string): string {
  return html.split(/(<svg[\s\S]*?<\/svg>)/).map((part) => (part.startsWith('<svg') ? part : change(part))).join('')
}

function bind(html: string, { url: from }: Leaf, index: number, indexes: Map<string, number>, binding: Binding): string {
  return html
    .replace(/<details/g, '<details open=""')
    .replace(/ data-types="[^"]*"/g, '')
    .replace(/(<[a-z][^>]*?\s)id="([^"]*)"/g, (_, before: string, id: string) => `${before}id="${binding.id(index, id)}"`)
    .replace(/(<img[^>]*?\ssrc=")([^":]*)"/g, (_, before: string, to: string) => `${before}${binding.image(posix.join(posix.dirname(from), decodeURI(to)))}"`)
    .replace(/(<a[^>]*?)\shref="([^"]*)"/g, (_, before: string, to: string) => {
      if (/^(https?|mailto):/.test(to)) return `${before} href="${to}"`
      const [, path = '', id = ''] = /^([^#]*)#?(.*)$/.exec(to)!
      const target = path === '' ? index : indexes.get(posix.join(posix.dirname(from), decodeURI(path)))
      return target === undefined ? before : `${before} href="${binding.link(target, id)}"`
    })
}

/** Under a chapter's heading those of its sections are one step smaller. */
function lower(html: string, { chapter, page }: Leaf): string {
  if (!chapter?.opening || chapter.opening.page === page) return html
  return html.replace(/<(\/?)h([1-5])\b/g, (_, slash: string, depth: string) => `<${slash}h${Number(depth) + 1}`)
}

/** An id that XML allows. */
export function plainId(id: string): string {
  return `s-${id.replace(/[^\w.-]/g, '_')}`
}
