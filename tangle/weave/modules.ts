// Each tangled file as a page of its own: the whole of it, with its lines linked back to the blocks that tell them.
import type { Block } from '../block.ts'
import { roleOf } from './companions.ts'
import { anchor, escape, relativeUrl, moduleUrl } from './html.ts'
import { lineHtml } from './listing.ts'
import { pageHtml } from './page.ts'
import type { Woven } from './woven.ts'

export function modulePage(woven: Woven, file: string): [url: string, html: string] {
  const { lines } = woven.web.outputs.get(file)!
  const url = moduleUrl(file)
  const html = codeHtml(woven, file, url)
  const told = toldBy(woven, file, url)
  const intro = `<p class="told-by">A ${escape(roleOf(file))} of ${lines.length} lines, told in ${told}.</p>`
  const body = `<h1 class="file">${escape(file)}</h1>\n${intro}\n<figure class="code whole" id="code"><pre><code>${html}</code></pre></figure>`
  return [url, pageHtml(woven.site, { title: file, url, body })]
}

function toldBy({ web, site }: Woven, file: string, url: string): string {
  const pages = new Set(web.outputs.get(file)!.lines.flatMap(({ block }) => (block ? [block.page.file] : [])))
  return [...pages].map((page) => anchor(url, site.byFile.get(page)!)).join(', ')
}

function codeHtml(woven: Woven, file: string, url: string): string {
  const { lines } = woven.web.outputs.get(file)!
  const colours = woven.colouredOutput(file)
  let before: Block | undefined
  return lines
    .map(({ text, block, reference }, i) => {
      // The comment that a reference leaves behind stands between two chunks and begins neither.
      const begins = block !== undefined && block !== before && reference === undefined
      if (begins) before = block
      return lineHtml(text, colours[i] ?? [], [], ` id="L${i + 1}"`, begins ? backLink(woven, block, url) : '')
    })
    .join('')
}

/** Back to the block: by its own name, or by the heading that it stands under. */
function backLink(woven: Woven, block: Block, url: string): string {
  const leaf = woven.site.byFile.get(block.page.file)!
  const heading = block.page.headings.filter(({ line }) => line < block.fence.line).at(-1)
  const name = block.name !== undefined && block.file === undefined ? block.name : (heading?.text ?? leaf.title)
  return `<a class="back" href="${escape(relativeUrl(url, woven.crossings.get(block)!.url))}">${escape(name)}</a>`
}
