// What a reader looks up: chunks, identifiers, files, terms, and what the book refers to.
import type { Block } from '../block.ts'
import { roleOf } from './companions.ts'
import { anchor, escape, firstSentence, list, plainWords, relativeUrl, slug, hasPage, moduleUrl } from './html.ts'
import { nameOf } from './listing.ts'
import type { Name } from './names.ts'
import { pageHtml } from './page.ts'
import type { Leaf } from './site.ts'
import type { Woven } from './woven.ts'

/** Path → HTML. */
export function indexPages(woven: Woven, names: Name[]): Map<string, string> {
  const pages = new Map<string, string>()
  const add = (name: string, title: string, intro: string, items: (url: string) => string) => {
    const url = `indexes/${name}.html`
    const entries = items(url) || '<p>There are none.</p>'
    pages.set(url, pageHtml(woven.site, { title, url, body: `<h1>${title}</h1>\n<p>${intro}</p>\n${entries}` }))
  }
  add('chunks', 'Chunks', 'Each named piece of code, where it is defined and where it is used.', (url) => chunksHtml(woven, url))
  add('files', 'Files', 'Each file of the program, and the page that tells it.', (url) => filesHtml(woven, url))
  add('glossary', 'Glossary', 'Words in the sentence that introduces them.', (url) => glossaryHtml(woven, url))
  add('references', 'References', 'What the book refers to, and where.', (url) => referencesHtml(woven, url))
  for (const [url, html] of identifierPages(woven, names)) pages.set(url, html)
  return pages
}

function chunksHtml(woven: Woven, url: string): string {
  const chunks = [...woven.web.chunks].sort(([a], [b]) => a.localeCompare(b, 'en'))
  return list(
    chunks.map(([name, blocks]) => {
      const { users } = woven.crossings.get(blocks[0]!)!
      const [first, ...more] = blocks.map((block) => woven.crossings.get(block)!.url)
      const further = more.map((to, i) => anchor(url, { title: `${i + 2}`, url: to })).join(', ')
      const used = users.map((user) => anchor(url, { title: `${nameOf(woven, user)}`, url: woven.crossings.get(user)!.url })).join(', ')
      const page = woven.site.byFile.get(blocks[0]!.page.file)!
      return `${anchor(url, { title: name, url: first! }, ' class="title"')}${further && ` (continued: ${further})`} <span class="summary">in ${anchor(url, page)}${used && `; used in ${used}`}</span>`
    }),
    'ul',
    ' class="index"',
  )
}

function filesHtml({ web, site }: Woven, url: string): string {
  return list(
    [...web.outputs.values()].filter(hasPage).map(({ file, lines }) => {
      const pages = new Set(lines.flatMap(({ block }) => (block ? [site.byFile.get(block.page.file)!] : [])))
      const told = [...pages].map((leaf) => anchor(url, leaf)).join(', ')
      return `${anchor(url, { title: file, url: moduleUrl(file) }, ' class="title code"')} <span class="summary">${roleOf(file)}, ${lines.length} lines, told in ${told}</span>`
    }),
    'ul',
    ' class="index"',
  )
}

/** So much HTML of entries goes on one page of the index. */
const weightMax = 150_000

/** One page, or one for each range of letters when they do not fit on one. */
function identifierPages({ site, crossings, ...woven }: Woven, names: Name[]): [string, string][] {
  const entries = (url: string, some: Name[]) => some.map((name) => identifierHtml({ site, crossings, ...woven }, url, name))
  const parts: Name[][] = []
  let weight = Infinity
  for (const name of names) {
    weight += 260 + 120 * pagesOf({ site, crossings, ...woven }, name.users).length
    if (weight > weightMax) parts.push([])
    if (weight > weightMax) weight = 0
    parts.at(-1)!.push(name)
  }
  const urls = (parts.length > 0 ? parts : [[]]).map((_, i) => (i === 0 ? 'indexes/identifiers.html' : `indexes/identifiers-${i + 1}.html`))
  const label = (part: Name[]) => `${part[0]!.name} to ${part.at(-1)!.name}`
  return urls.map((url, i) => {
    const others = parts.length < 2 ? '' : list(parts.map((part, k) => (k === i ? `<span aria-current="page">${escape(label(part))}</span>` : anchor(url, { title: label(part), url: urls[k]! }))), 'ul', ' class="parts"')
    const items = list(entries(url, parts[i] ?? []), 'ul', ' class="index"') || '<p>There are none.</p>'
    const title = i === 0 ? 'Identifiers' : `Identifiers ${i + 1}`
    const intro = '<p>Each name that the program declares: where, and which sections use it.</p>'
    return [url, pageHtml(site, { title, url, body: `<h1>${title}</h1>\n${intro}\n${others}\n${items}` })]
  })
}

function identifierHtml(woven: Woven, url: string, { name, kind, exported, file, line, home, users }: Name): string {
  const target = home ? woven.crossings.get(home)!.url : `${moduleUrl(file)}#L${line + 1}`
  const used = pagesOf(woven, users).map(([leaf, block]) => anchor(url, { title: leaf.title, url: woven.crossings.get(block)!.url })).join(', ')
  const where = `<a href="${escape(relativeUrl(url, moduleUrl(file)))}#L${line + 1}">${escape(file)}</a>`
  return `${anchor(url, { title: name, url: target }, ' class="title code"')} <span class="summary">${exported ? 'exported ' : ''}${kind} in ${where}${used && `; used in ${used}`}</span>`
}

/** The pages of these blocks, each with its first block. */
function pagesOf({ site }: Woven, blocks: Block[]): [Leaf, Block][] {
  const pages = new Map<Leaf, Block>()
  for (const block of blocks) {
    const leaf = site.byFile.get(block.page.file)!
    if (!pages.has(leaf)) pages.set(leaf, block)
  }
  return [...pages]
}

/** Lines of a page that are prose: no code, no comments, no table. */
function proseOf({ page }: Leaf): string[] {
  const lines = page.text.split(/\r\n|\n|\r/)
  for (const { line, endLine } of page.fences) for (let i = line - 1; i < endLine; i++) lines[i] = ''
  return lines.join('\n').replace(/<!--[\s\S]*?-->/g, '').split(/\n(?:[ \t]*\n)+/).filter((part) => !/^\s*[|#<]/.test(part))
}

/**
 * A term is set in bold where it is introduced, in lower case and in the middle of a sentence. Bold words that begin a
 * paragraph are the name of what follows, and a bold sentence is a sentence.
 */
function glossaryHtml({ site }: Woven, url: string): string {
  const terms = new Map<string, string>()
  for (const leaf of site.leaves) {
    for (const paragraph of proseOf(leaf)) {
      for (const match of paragraph.matchAll(/(?<=[\s(])\*\*(\p{Ll}[^*.!?]*)\*\*/gu)) {
        const term = plainWords(match[1]!)
        if (terms.has(term) || term.split(/\s+/).length > 3) continue
        const sentence = sentenceAt(paragraph.replace(/\s+/g, ' '), match[0])
        const heading = leaf.page.headings.map(({ line }, i) => ({ line, id: leaf.ids[i]! })).filter(({ line }) => line <= lineOf(leaf, match[0])).at(-1)
        terms.set(term, `<dt id="${escape(slug(term))}">${escape(term)}</dt>\n<dd>${escape(sentence)} <span class="summary">${anchor(url, { title: leaf.title, url: heading ? `${leaf.url}#${heading.id}` : leaf.url })}</span></dd>`)
      }
    }
  }
  const entries = [...terms].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([, html]) => html)
  return entries.length === 0 ? '' : `<dl class="glossary">\n${entries.join('\n')}\n</dl>`
}

function lineOf({ page }: Leaf, words: string): number {
  const at = page.text.indexOf(words)
  return at < 0 ? Infinity : page.text.slice(0, at).split('\n').length
}

function sentenceAt(paragraph: string, words: string): string {
  const at = paragraph.indexOf(words.replace(/\s+/g, ' '))
  const start = Math.max(0, ...[...paragraph.slice(0, at).matchAll(/[.!?]\s/g)].map(({ index }) => index + 2))
  return plainWords(firstSentence(paragraph.slice(start))).replace(/^[-\d.]+\s/, '')
}

/** Pages of the manual, and links that leave the book. */
function referencesHtml({ site }: Woven, url: string): string {
  const manual = new Map<string, Leaf[]>()
  const links = new Map<string, { title: string; leaves: Leaf[] }>()
  for (const leaf of site.leaves) {
    const prose = proseOf(leaf).join('\n\n')
    for (const [, page] of prose.matchAll(/`([a-z_][\w.:+-]*\(\dp?\))`/gi)) note(manual, page!, leaf)
    for (const [, title, to] of prose.matchAll(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g)) {
      const known = links.get(to!) ?? { title: plainWords(title!), leaves: [] }
      if (!known.leaves.includes(leaf)) known.leaves.push(leaf)
      links.set(to!, known)
    }
  }
  const where = (leaves: Leaf[]) => `<span class="summary">${leaves.map((leaf) => anchor(url, leaf)).join(', ')}</span>`
  const pages = [...manual].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([page, leaves]) => `<span class="title code">${escape(page)}</span> ${where(leaves)}`)
  const others = [...links].map(([to, { title, leaves }]) => `<a class="title" href="${escape(to)}">${escape(title)}</a> <span class="summary">${escape(new URL(to).host)}</span> ${where(leaves)}`)
  const part = (title: string, items: string[]) => items.length > 0 && `<h2>${title}</h2>\n${list(items, 'ul', ' class="index"')}`
  return [part('On the web', others), part('In the manual', pages)].filter(Boolean).join('\n')
}

function note(map: Map<string, Leaf[]>, key: string, leaf: Leaf): void {
  const known = map.get(key) ?? []
  if (!known.includes(leaf)) map.set(key, [...known, leaf])
}
