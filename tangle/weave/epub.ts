// The whole book as an EPUB 3: one document a page of the book, a table of contents, and the images.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { strToU8, type Zippable, zipSync } from 'fflate'
import type { Luggage } from './address.ts'
import { escape } from './html.ts'
import type { Chapter, Leaf } from './site.ts'
import { type Part, partsOf, plainId } from './volume.ts'
import type { Woven } from './woven.ts'

const types: Record<string, string> = { '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp' }
const container = `<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
`

/** The EPUB's path relative to the root. The same book, bound with the same date, is the same bytes. */
export async function bindEpub(woven: Woven, luggage: Luggage, date = new Date()): Promise<string> {
  const images = new Map<string, string>()
  const image = (path: string) => {
    const name = images.get(path) ?? `image-${images.size}${extname(path)}`
    images.set(path, name)
    return name
  }
  const link = (index: number, id: string) => `part-${index}.xhtml${id && `#${plainId(id)}`}`
  const parts = partsOf(woven, { id: (_, id) => plainId(id), image, link }, luggage)
  const documents = await Promise.all(parts.map(async (part) => [`part-${part.index}.xhtml`, await xhtmlOf(part)] as const))
  const files: Zippable = { mimetype: [strToU8('application/epub+zip'), { level: 0 }], 'META-INF/container.xml': strToU8(container) }
  const add = (name: string, content: string | Uint8Array) => {
    files[`book/${name}`] = typeof content === 'string' ? strToU8(content) : content
  }
  add('content.opf', manifest(woven, documents, images, date))
  add('nav.xhtml', navigation(woven, parts))
  add('book.css', readFileSync(new URL('epub.css', import.meta.url), 'utf8'))
  for (const [name, text] of documents) add(name, text)
  for (const [path, name] of images) add(name, readFileSync(join(woven.config.root, luggage.images.get(path) ?? path)))
  const path = join(woven.config.cache, 'volume', 'book.epub')
  mkdirSync(dirname(join(woven.config.root, path)), { recursive: true })
  writeFileSync(join(woven.config.root, path), zipSync(files, { mtime: new Date(Date.UTC(1980, 1, 1)), level: 9 }))
  return path
}

/** HTML as XML, by a real parser. */
async function xhtmlOf({ leaf, html }: Part): Promise<string> {
  const { JSDOM } = (await import('jsdom' as string)) as { JSDOM: new (html: string) => { window: { document: Document; XMLSerializer: typeof XMLSerializer } } }
  const { window } = new JSDOM(`<!doctype html><html lang="en"><head><title>${escape(leaf.title)}</title><link rel="stylesheet" href="book.css"></head><body>${html}</body></html>`)
  for (const cell of window.document.querySelectorAll('[align]')) {
    cell.setAttribute('style', `text-align: ${cell.getAttribute('align')}`)
    cell.removeAttribute('align')
  }
  return `<?xml version="1.0" encoding="utf-8"?>\n${new window.XMLSerializer().serializeToString(window.document)}\n`
}

function manifest({ site }: Woven, documents: (readonly [string, string])[], images: Map<string, string>, date: Date): string {
  const sum = createHash('sha256').update(JSON.stringify(documents)).digest('hex')
  const uuid = sum.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5')
  const item = (id: string, href: string, type: string, properties = '') => `<item id="${id}" href="${href}" media-type="${type}"${properties && ` properties="${properties}"`}/>`
  const items = [
    item('nav', 'nav.xhtml', 'application/xhtml+xml', 'nav'),
    item('css', 'book.css', 'text/css'),
    ...documents.map(([name, text], i) => item(`part-${i}`, name, 'application/xhtml+xml', text.includes('<svg') ? 'svg' : '')),
    ...[...images.values()].map((name, i) => item(`image-${i}`, name, types[extname(name).toLowerCase()] ?? 'application/octet-stream')),
  ]
  return `<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:${uuid}</dc:identifier>
<dc:title>${escape(site.title)}</dc:title>
<dc:language>en</dc:language>
<meta property="dcterms:modified">${date.toISOString().replace(/\.\d+Z$/, 'Z')}</meta>
</metadata>
<manifest>\n${items.join('\n')}\n</manifest>
<spine>\n${documents.map((_, i) => `<itemref idref="part-${i}"/>`).join('\n')}\n</spine>
</package>
`
}

function navigation({ site }: Woven, parts: Part[]): string {
  const entry = (leaf: Leaf) => `<a href="part-${parts.find((part) => part.leaf === leaf)!.index}.xhtml">${escape(leaf.title)}</a>`
  const inner = (leaves: Leaf[]) => (leaves.length > 0 ? `<ol>${leaves.map((leaf) => `<li>${entry(leaf)}</li>`).join('')}</ol>` : '')
  const chapter = (one: Chapter | Leaf) => ('url' in one ? entry(one) : (one.opening ? entry(one.opening) : `<span>${escape(one.title)}</span>`) + inner(one.sections))
  const front = site.leaves.filter(({ url }) => url === 'index.html')
  const items = [...front, ...site.chapters].map((one) => `<li>${chapter(one)}</li>`)
  return `<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"><head><title>Contents</title></head>
<body><nav epub:type="toc"><h1>Contents</h1><ol>\n${items.join('\n')}\n</ol></nav></body></html>
`
}
