// The contents: paths through the book, then each chapter with its sections and a sentence about each.
import type { Woven } from './woven.ts'
import { anchor, escape, type Link, list } from './html.ts'
import { indexLinks, pageHtml } from './page.ts'
import { type Chapter, contentsUrl, frontUrl, type Leaf } from './site.ts'
import { type Address, wordsHtml } from './text.ts'

/** `volumes`: what else the book was made into, beside its pages. */
export function contentsPage(woven: Woven, address: Address, volumes: Link[]): string {
  const { site } = woven
  const body = ['<h1>Contents</h1>', pathsHtml(woven, address), chaptersHtml(site.chapters), indexesHtml(volumes)].filter(Boolean).join('\n')
  const front = site.leaves.find(({ url }) => url === frontUrl)
  return pageHtml(site, { title: 'Contents', url: contentsUrl, body, previous: front, next: site.leaves.find((leaf) => leaf !== front) })
}

function pathsHtml({ config: { paths } }: Woven, address: Address): string {
  const ways = Object.entries(paths).map(([title, words]) => `<section>\n<h3>${escape(title)}</h3>\n${wordsHtml(words, address)}\n</section>`)
  return ways.length === 0 ? '' : `<h2 id="paths">Ways through the book</h2>\n<div class="paths">\n${ways.join('\n')}\n</div>`
}

function chaptersHtml(chapters: (Chapter | Leaf)[]): string {
  const items = chapters.map((one) => {
    if ('url' in one) return entry(one)
    const head = one.opening ? entry(one.opening) : `<span class="title">${escape(one.title)}</span>`
    return head + list(one.sections.map(entry), 'ol')
  })
  return `<h2 id="chapters">Chapters</h2>\n${list(items, 'ol', ' class="contents"')}`
}

function entry(leaf: Leaf): string {
  return `${anchor(contentsUrl, leaf, ' class="title"')}${leaf.summary && ` <span class="summary">${escape(leaf.summary)}</span>`}`
}

function indexesHtml(volumes: Link[]): string {
  return `<h2 id="indexes">To look things up</h2>\n${list([...indexLinks, ...volumes].map((link) => anchor(contentsUrl, link)), 'ul', ' class="indexes"')}`
}
