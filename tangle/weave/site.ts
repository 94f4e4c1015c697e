// Which pages the woven book has, where they stand, what they are called, and what is said about each in one sentence.
import { posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import type { List, Nodes, Paragraph, Root } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import type { Book } from '../book.ts'
import type { Config } from '../config.ts'
import { belowDocument } from '../diagram.ts'
import { digest } from '../files.ts'
import { type Page, textOf } from '../markdown.ts'
import { firstSentence, type Link } from './html.ts'
import { openStore } from './store.ts'

/** A page of the book. */
export interface Leaf extends Link {
  page: Page
  /** One sentence for the contents. */
  summary: string
  chapter?: Chapter
  /** The ids of the page's headings, in order, as rehype-slug gives them. */
  ids: string[]
}

/** A folder of pages; a page in no folder is in no chapter. */
export interface Chapter {
  title: string
  /** The page that opens it. */
  opening?: Leaf
  sections: Leaf[]
}

export interface Site {
  /** The book's own title. */
  title: string
  leaves: Leaf[]
  chapters: (Chapter | Leaf)[]
  /** Page of the book → its leaf. */
  byFile: Map<string, Leaf>
}

/** Pages that the loom makes, which no chapter may take. */
export const contentsUrl = 'contents.html'
export const frontUrl = 'index.html'
export const reserved = ['assets', 'indexes', 'modules', 'slides']

export function siteOf(config: Config, { pages }: Book): Site {
  const places = placesOf(config, pages)
  const said = new Map<string, string>()
  const words = wordsOf(config, pages)
  for (const { introductions } of words.values()) for (const [file, sentence] of introductions) if (!said.has(file)) said.set(file, sentence)
  const leaves = pages.map((page): Leaf => {
    const summary = said.get(page.file) ?? words.get(page)!.opening
    const slugger = new GithubSlugger()
    const ids = page.headings.map(({ text }) => slugger.slug(text))
    return { page, title: titleOf(page), url: places.get(page.file)!, summary, ids }
  })
  const chapters = chaptersOf(leaves)
  const front = leaves.find(({ url }) => url === frontUrl)
  return { title: front?.title ?? 'Contents', leaves, chapters, byFile: new Map(leaves.map((leaf) => [leaf.page.file, leaf])) }
}

/** What pages say about others and about themselves. */
interface Words {
  introductions: [file: string, sentence: string][]
  opening: string
}

/** Pages are parsed for it only when they are new. */
function wordsOf(config: Config, pages: Page[]): Map<Page, Words> {
  const store = openStore<Words>(config, 'words', '1')
  const words = pages.map((page) => {
    const key = digest(`${page.file}\n${page.text}`).slice(0, 32)
    const known = store.get(key)
    if (known) return [page, known] as const
    const found = { introductions: introductionsIn(page), opening: openingOf(page) }
    store.set(key, found)
    return [page, found] as const
  })
  store.save()
  return new Map(words)
}

function titleOf({ file, headings }: Page): string {
  return headings.find(({ depth }) => depth === 1)?.text ?? inWords(posix.basename(file, '.md'))
}

/** `03-patterns-and-idioms` → `Patterns and idioms`. */
function inWords(name: string): string {
  const words = name.replace(/^\d+-/, '').replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Where each page goes: `chapters/03-x/04-y.md` → `03-x/04-y.html`, and a README.md becomes its folder's index. */
function placesOf(config: Config, pages: Page[]): Map<string, string> {
  const places = new Map<string, string>()
  const taken = new Set<string>([contentsUrl])
  for (const { file } of pages) {
    const [short, long] = [belowDocument(config, file), file].map(asHtml) as [string, string]
    const place = taken.has(short) || reserved.includes(short.split('/')[0]!) ? long : short
    places.set(file, place)
    taken.add(place)
  }
  return places
}

function asHtml(file: string): string {
  return file.replace(/(^|\/)README\.md$/, '$1index.md').replace(/\.md$/, '.html')
}

function chaptersOf(leaves: Leaf[]): (Chapter | Leaf)[] {
  const chapters = new Map<string, Chapter | Leaf>()
  for (const leaf of leaves) {
    const folder = posix.dirname(leaf.url)
    if (folder === '.') {
      if (leaf.url !== frontUrl) chapters.set(leaf.url, leaf)
      continue
    }
    const chapter = (chapters.get(folder) ?? { title: inWords(posix.basename(folder)), sections: [] }) as Chapter
    chapters.set(folder, chapter)
    leaf.chapter = chapter
    if (posix.basename(leaf.url) === 'index.html') Object.assign(chapter, { title: leaf.title, opening: leaf })
    else chapter.sections.push(leaf)
  }
  return [...chapters.values()]
}

const parser = unified().use(remarkParse).use(remarkGfm)

/** What lists and tables say about other pages: `- [Name](02-name.md): given, taken and listed.` */
function introductionsIn(page: Page): [string, string][] {
  if (!page.text.includes('](') || posix.basename(page.file) !== 'README.md') return []
  const found: [string, string][] = []
  const visit = (node: Nodes) => {
    if (node.type === 'listItem') {
      const paragraph = node.children[0]
      const first = paragraph?.type === 'paragraph' ? paragraph.children[0] : undefined
      const words = first?.type === 'link' ? textOf({ ...paragraph, children: (paragraph as Paragraph).children.slice(1) } as Paragraph) : ''
      const told = /^\s*[:.–-]\s+(\S.*)/s.exec(words)?.[1]
      if (first?.type === 'link' && told) found.push([targetOf(page, first.url), asSentence(told)])
    }
    if (node.type === 'tableRow') {
      const link = node.children[0]?.children[0]
      const words = node.children.length > 1 ? textOf(node.children.at(-1)!) : ''
      if (link?.type === 'link' && words !== '') found.push([targetOf(page, link.url), asSentence(words)])
    }
    if ('children' in node) for (const child of (node as List).children) visit(child as Nodes)
  }
  visit(parser.parse(page.text) as Root)
  return found
}

function targetOf({ file }: Page, url: string): string {
  return posix.join(posix.dirname(file), url.replace(/#.*/, ''))
}

function asSentence(words: string): string {
  const sentence = firstSentence(words)
  return sentence.charAt(0).toUpperCase() + sentence.slice(1) + (/[.!?]$/.test(sentence) ? '' : '.')
}

/** The first sentence of a page's first paragraph. */
function openingOf({ text }: Page): string {
  const paragraph = text
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/(?:\r\n|\n|\r){2,}/)
    .find((part) => /^[\p{L}\p{N}*_`[“"‘']/u.test(part.trim()))
  return paragraph === undefined ? '' : firstSentence(textOf(parser.parse(paragraph)))
}
