// The whole book as one PDF, printed by the browser, with bookmarks and page numbers.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findChromium, installHint, NoBrowser, withBrowser } from '../browser.ts'
import { digest } from '../files.ts'
import type { Luggage } from './address.ts'
import { escape } from './html.ts'
import { partsOf, plainId } from './volume.ts'
import type { Woven } from './woven.ts'

const paper = `
@page { size: A4; margin: 22mm 20mm 20mm; @bottom-center { content: counter(page); font: 9pt sans-serif; color: #555; } }
@page :first { @bottom-center { content: ''; } }
.volume > section { break-before: page; }
.volume > header { padding-top: 30vh; text-align: center; }
.volume nav ol { list-style: none; padding-left: 1rem; }
pre { font-size: 7.6pt; break-inside: auto; }
`

/** The PDF's path relative to the root. It is printed again only when the book has changed. Throws NoBrowser. */
export async function printPdf(woven: Woven, luggage: Luggage): Promise<string> {
  const { config, site } = woven
  const image = (path: string) => pathToFileURL(join(config.root, luggage.images.get(path) ?? path)).href
  const id = (index: number, own: string) => `p${index}-${plainId(own)}`
  const parts = partsOf(woven, { id, image, link: (index, own) => `#${own === '' ? `p${index}` : id(index, own)}` }, luggage)
  const contents = parts.map(({ leaf, index }) => `<li><a href="#p${index}">${escape(leaf.title)}</a></li>`)
  const css = readFileSync(new URL('book.css', import.meta.url), 'utf8')
  const html = `<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>${escape(site.title)}</title><style>${css}${paper}</style></head>
<body><main class="volume"><header><p style="font-size: 30pt; line-height: 1.2">${escape(site.title)}</p></header>
<section><nav><p style="font-size: 16pt">Contents</p><ol>${contents.join('\n')}</ol></nav></section>
${parts.map((part) => `<section id="p${part.index}">${flat(part.html)}</section>`).join('\n')}</main></body></html>`
  const path = join(config.cache, 'volume', `${digest(html).slice(0, 32)}.pdf`)
  if (!existsSync(join(config.root, path))) await print(config.root, config.cache, path, html)
  return path
}

/** Every element costs a PDF some hundred bytes. A line of code fits the paper, so it needs none; nor do types. */
function flat(html: string): string {
  return html
    .replace(/<i class=l\d*>/g, '')
    .replace(/\n<\/i>/g, '\n')
    .replace(/<var class=(\w)>([^<]*)<\/var>/g, '<i class=$1>$2</i>')
    .replace(/<\/?var>/g, '')
}

async function print(root: string, cache: string, path: string, html: string): Promise<void> {
  const chromium = await findChromium(join(root, cache))
  if (!chromium) throw new NoBrowser(`a PDF needs a browser: ${installHint}`)
  const source = join(root, dirname(path), 'volume.html')
  mkdirSync(dirname(source), { recursive: true })
  writeFileSync(source, html)
  await withBrowser(chromium, async (browser) => {
    const tab = await browser.newPage()
    await tab.goto(pathToFileURL(source).href)
    await tab.pdf({ path: join(root, path), preferCSSPageSize: true, outline: true, tagged: true, printBackground: true, timeout: 120_000 })
  })
}
