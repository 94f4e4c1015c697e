// What stands around the text of a page.
import { anchor, escape, type Link, list, relativeUrl } from './html.ts'
import { contentsUrl, frontUrl, type Leaf, type Site } from './site.ts'

export interface PageParts {
  title: string
  url: string
  /** HTML of the text, with its h1. */
  body: string
  /** One sentence for search engines. */
  summary?: string
  leaf?: Leaf | undefined
  previous?: Link | undefined
  next?: Link | undefined
  /** Where the page's source can be changed. */
  edit?: string | undefined
}

/** The theme that the reader chose is set before anything is painted. */
const beforePaint = `try{document.documentElement.dataset.theme=localStorage.getItem('loom-theme')||''}catch{}`

/** A whole page. Nothing in it needs a server. */
export function pageHtml(site: Site, parts: PageParts): string {
  const { title, url, body, summary, leaf } = parts
  const asset = (name: string) => relativeUrl(url, `assets/${name}`)
  const whole = title === site.title ? title : `${title} · ${site.title}`
  return `<!doctype html>
<html lang="en" data-root="${escape(relativeUrl(url, 'assets').replace(/assets$/, ''))}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="loom">
<meta name="color-scheme" content="light dark">${summary ? `\n<meta name="description" content="${escape(summary)}">` : ''}
<title>${escape(whole)}</title>
<script>${beforePaint}</script>
<link rel="stylesheet" href="${asset('book.css')}">
<script src="${asset('book.js')}" defer></script>
${relation('prev', url, parts.previous)}${relation('next', url, parts.next)}</head>
<body class="${leaf ? 'leaf' : 'sheet'}">
<a class="skip" href="#text">Skip to the text</a>
<header class="top">${crumbs(site, parts)}<div class="tools"></div></header>
<div class="columns">
<main id="text" tabindex="-1">
${body}
</main>
${beside(site, parts)}
</div>
${footer(parts)}
</body>
</html>
`
}

function relation(rel: string, from: string, link: Link | undefined): string {
  return link ? `<link rel="${rel}" href="${escape(relativeUrl(from, link.url))}">\n` : ''
}

function crumbs({ title }: Site, { url, leaf }: PageParts): string {
  const opening = leaf?.chapter?.opening
  const items = [
    url === frontUrl ? `<span aria-current="page">${escape(title)}</span>` : anchor(url, { title, url: frontUrl }),
    url === contentsUrl ? '<span aria-current="page">Contents</span>' : anchor(url, { title: 'Contents', url: contentsUrl }),
    opening && opening !== leaf && anchor(url, opening),
  ].filter((item) => typeof item === 'string')
  return `<nav aria-label="Book">${list(items, 'ol')}</nav>`
}

/** Beside the text: the chapter's sections, and under the present one its headings. It follows the text in the source. */
function beside(site: Site, { url, leaf }: PageParts): string {
  if (!leaf) return ''
  const { chapter } = leaf
  const near: Link[] = chapter
    ? [...(chapter.opening ? [chapter.opening] : []), ...chapter.sections]
    : site.chapters.map((one) => ('url' in one ? one : { title: one.title, url: (one.opening ?? one.sections[0])!.url }))
  const title = chapter?.title ?? 'Chapters'
  const headings = list(headingsOf(leaf).map((heading) => anchor(url, heading)))
  const items = near.map((link) => (link.url === url ? `${anchor(url, link, ' aria-current="page"')}${headings}` : anchor(url, link)))
  return `<nav class="beside" aria-label="${chapter ? 'This chapter' : 'Chapters'}">${chapter?.opening ? '' : `<p>${escape(title)}</p>`}${list(items, 'ol')}</nav>`
}

function headingsOf({ page, ids, url }: Leaf): Link[] {
  const second = page.headings.map((heading, i) => ({ ...heading, id: ids[i]! })).filter(({ depth }) => depth === 2)
  return second.map(({ text, id }) => ({ title: text, url: `${url}#${id}` }))
}

function footer({ url, previous, next, edit }: PageParts): string {
  const turn = `${neighbour(url, 'prev', 'Previous', previous)}${neighbour(url, 'next', 'Next', next)}`
  const more = [
    edit && `<a href="${escape(edit)}">Edit this section</a>`,
    ...indexLinks.filter((link) => link.url !== url).map((link) => anchor(url, link)),
  ].filter((item) => typeof item === 'string')
  return `<footer>${turn && `<nav class="turn" aria-label="Pages">${turn}</nav>`}<nav class="more" aria-label="Indexes">${list(more)}</nav></footer>`
}

export const indexLinks: Link[] = [
  { title: 'Chunks', url: 'indexes/chunks.html' },
  { title: 'Identifiers', url: 'indexes/identifiers.html' },
  { title: 'Files', url: 'indexes/files.html' },
  { title: 'Glossary', url: 'indexes/glossary.html' },
  { title: 'References', url: 'indexes/references.html' },
]

function neighbour(from: string, rel: string, word: string, link: Link | undefined): string {
  if (!link) return ''
  return `<a rel="${rel}" href="${escape(relativeUrl(from, link.url))}"><span>${word}</span> ${escape(link.title)}</a>`
}
