// The verb `weave`: the chapters become a book of HTML pages that open from the disk.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Book } from '../book.ts'
import type { Config } from '../config.ts'
import { addressOf, type Luggage } from './address.ts'
import { companionsHtml } from './companions.ts'
import { contentsPage } from './contents.ts'
import { escape, hasPage, type Link } from './html.ts'
import { indexPages } from './indexes.ts'
import { Texts } from './listing.ts'
import { fileIngredients, leafIngredients, openMemo, sharedIngredients } from './memo.ts'
import { modulePage } from './modules.ts'
import { namesOf } from './names.ts'
import { pageHtml } from './page.ts'
import { type Made, type Published, publish } from './publish.ts'
import { searchEntries, searchIngredients, searchScripts } from './search.ts'
import { contentsUrl, frontUrl, type Leaf } from './site.ts'
import { textHtml } from './text.ts'
import { Workshop } from './workshop.ts'
import { type Woven, wovenOf } from './woven.ts'

export interface WeaveOptions {
  report?: ((line: string) => void) | undefined
  /** Bind the whole book as book.pdf and book.epub beside the pages, too. */
  pdf?: boolean | undefined
  epub?: boolean | undefined
  /** Whoever weaves again and again keeps one, and ends it. */
  workshop?: Workshop | undefined
  /** Types in files that did not change themselves may be those of the last weave with the workshop; `waiting` tells how many. */
  hurry?: boolean | undefined
}

/**
 * Brings the woven book up to date. Throws Problems, with nothing changed, when the book has some, when an image is
 * not there, or when a file that the loom did not write is in the way. Throws NoBrowser when a PDF is asked for without.
 */
export async function weave(config: Config, book: Book, { report, pdf, epub, workshop, hurry }: WeaveOptions = {}): Promise<Published & { waiting: number }> {
  const own = workshop ? undefined : new Workshop()
  const woven = await wovenOf(config, book, workshop ?? own!, hurry).finally(() => own?.end())
  const luggage: Luggage = { images: new Map(), problems: [...woven.web.problems] }
  const made = makeBook(woven, luggage, volumesOf(config, { pdf, epub }))
  if (luggage.problems.length === 0 && pdf) made.copies.set('book.pdf', await (await import('./pdf.ts')).printPdf(woven, luggage))
  if (luggage.problems.length === 0 && epub) made.copies.set('book.epub', await (await import('./epub.ts')).bindEpub(woven, luggage))
  const published = publish(config, made, luggage.problems)
  for (const name of published.written) report?.(`wove ${config.book}/${name}`)
  return { ...published, waiting: woven.waiting }
}

/** The whole book in one file, and the slides, if somebody made them. */
function volumesOf({ root, book }: Config, { pdf, epub }: WeaveOptions): Link[] {
  const slides = existsSync(join(root, book, 'slides/index.html'))
  return [
    ...(pdf ? [{ title: 'The book as PDF', url: 'book.pdf' }] : []),
    ...(epub ? [{ title: 'The book as EPUB', url: 'book.epub' }] : []),
    ...(slides ? [{ title: 'Slides', url: 'slides/index.html' }] : []),
  ]
}

function makeBook(woven: Woven, luggage: Luggage, volumes: Link[]): Made {
  const names = namesOf(woven)
  const texts = new Map<string, string>()
  for (const name of ['book.css', 'book.js']) texts.set(`assets/${name}`, readFileSync(new URL(name, import.meta.url), 'utf8'))
  const memo = openMemo(woven)
  const shared = sharedIngredients(woven)
  for (const leaf of woven.site.leaves) {
    for (const [name, text] of memo.pages(shared + leafIngredients(woven, leaf), (own) => leafPages(woven, leaf, own), luggage)) texts.set(name, text)
  }
  for (const [file, output] of woven.web.outputs) {
    if (!hasPage(output)) continue
    for (const [name, text] of memo.pages(fileIngredients(woven, file), () => [modulePage(woven, file)], luggage)) texts.set(name, text)
  }
  texts.set(contentsUrl, contentsPage(woven, addressOf(woven, 'README.md', contentsUrl, luggage), volumes))
  if (!texts.has(frontUrl) && !memo.published.has(frontUrl)) texts.set(frontUrl, texts.get(contentsUrl)!)
  for (const [name, text] of indexPages(woven, names)) texts.set(name, text)
  const entries = searchEntries(woven, names)
  for (const [name, text] of memo.pages(searchIngredients(entries), () => searchScripts(entries), luggage)) texts.set(name, text)
  memo.save()
  return { texts, copies: luggage.images, published: memo.published }
}

/** A page, and the script with the texts of its types, which is loaded when the first one is asked for. */
function leafPages(woven: Woven, leaf: Leaf, luggage: Luggage): [string, string][] {
  const { site, config } = woven
  const texts = new Texts()
  const text = textHtml(woven, leaf.page, addressOf(woven, leaf.page.file, leaf.url, luggage), texts)
  const titled = leaf.page.headings.some(({ depth }) => depth === 1) ? text : `<h1>${escape(leaf.title)}</h1>\n${text}`
  const at = site.leaves.indexOf(leaf)
  const html = pageHtml(site, {
    title: leaf.title,
    url: leaf.url,
    body: titled + companionsHtml(woven, leaf),
    summary: leaf.summary,
    leaf,
    previous: site.leaves[at - 1],
    next: site.leaves[at + 1],
    edit: config.edit?.replaceAll('{file}', encodeURI(leaf.page.file)),
  })
  const types = `window.loomTypes = ${JSON.stringify(texts.all)}\n`
  return [[leaf.url, html], ...(texts.all.length > 0 ? [[leaf.url.replace(/html$/, 'types.js'), types] as [string, string]] : [])]
}
