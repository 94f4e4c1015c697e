// The verb `slides`: a deck for each chapter, cut from its sections, under the folder of the woven book.
import { posix } from 'node:path'
import type { Block } from '../block.ts'
import type { Book } from '../book.ts'
import type { Config } from '../config.ts'
import { belowDocument, diagramsOf } from '../diagram.ts'
import { pictureOf } from '../diagrams.ts'
import { readExercises } from '../exercise.ts'
import { link } from '../link.ts'
import type { Page } from '../markdown.ts'
import { Problems } from '../problem.ts'
import { coloursOf } from '../weave/colours.ts'
import { escape } from '../weave/html.ts'
import { type Published, publish } from '../weave/publish.ts'
import { Workshop } from '../weave/workshop.ts'
import { cut, openingOf, type Slide, type Surroundings } from './cut.ts'
import { deckHtml, indexHtml } from './deck.ts'

/** Below the folder of the woven book. */
export const slidesFolder = 'slides'

export async function slides(config: Config, book: Book): Promise<Published & { decks: number; slides: number }> {
  const web = link(book)
  const { exercises, problems } = readExercises(book, web)
  if (web.problems.length + problems.length > 0) throw new Problems([...web.problems, ...problems])
  const pictures = new Map(diagramsOf(config, book).map((diagram) => [diagram.block, pictureOf(config, diagram)]))
  const listings = book.blocks.filter(({ attributes, run, output }) => attributes['slide'] || run || output)
  const workshop = new Workshop()
  const codes = listings.map((block) => ({ code: codeOf(block), lang: block.lang }))
  const colours = await coloursOf(config, codes, workshop).finally(() => workshop.end())
  const colour = (block: Block) => coloured(codeOf(block), colours.of(codeOf(block), block.lang))
  const surroundings: Surroundings = { blocks: book.blocks, exercises, pictureOf: (block) => pictures.get(block), colour }
  const texts = new Map<string, string>()
  const decks: { title: string; url: string; count: number }[] = []
  for (const [folder, pages] of chaptersOf(config, book.pages)) {
    const deck = deckOf(pages, surroundings)
    if (deck.length === 0) continue
    const [title, url] = [deck[0]!.title, `${folder.replaceAll('/', '-')}.html`]
    texts.set(url, deckHtml(title, 'en', deck))
    decks.push({ title, url, count: deck.length })
  }
  texts.set('index.html', indexHtml('en', decks))
  const published = publish({ ...config, book: posix.join(config.book, slidesFolder) }, { texts, copies: new Map() }, [])
  return { ...published, decks: decks.length, slides: decks.reduce((sum, { count }) => sum + count, 0) }
}

function codeOf({ fence }: Block): string {
  return fence.lines.join('\n')
}

function coloured(code: string, pieces: [number, string][][]): string {
  const rows = code.split('\n').map((row, i) => {
    let at = 0
    return (pieces[i] ?? [[row.length, '']]).map(([length, kind]) => {
      const text = escape(row.slice(at, (at += length)))
      return kind === '' ? text : `<span class="${kind}">${text}</span>`
    }).join('')
  })
  return rows.join('\n')
}

/** Folder → pages. What lies in no folder is no chapter. */
function chaptersOf(config: Config, pages: Page[]): Map<string, Page[]> {
  const chapters = new Map<string, Page[]>()
  for (const page of pages) {
    const folder = posix.dirname(belowDocument(config, page.file))
    if (folder !== '.') chapters.set(folder, [...(chapters.get(folder) ?? []), page])
  }
  return chapters
}

function deckOf(pages: Page[], surroundings: Surroundings): Slide[] {
  const isOpening = (page: Page) => posix.basename(page.file) === 'README.md'
  const sections = pages.filter((page) => !isOpening(page)).map((page) => ({ page, slides: cut(page, surroundings) }))
  const shown = sections.filter((section) => section.slides.length > 0)
  if (shown.length === 0) return []
  const titles = shown.map(({ page }) => page.headings.find(({ depth }) => depth === 1)?.text ?? page.file)
  const opening = pages.filter(isOpening).map((page) => openingOf(page, titles))
  return [...opening, ...shown.flatMap((section) => section.slides)]
}
