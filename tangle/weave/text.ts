// The HTML of a page's text. remark and rehype do the work; what is ours happens on the Markdown tree: blocks become
// listings, diagrams become pictures, addresses are those of the woven book.
import type { Code, Html, Node, Nodes, Paragraph, Parent, Root, Table, TableRow } from 'mdast'
import rehypeAutolinkHeadings from 'rehype-autolink-headings'
import rehypeSlug from 'rehype-slug'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import type { Block } from '../block.ts'
import { type Mark, type Page, textOf } from '../markdown.ts'
import { blockHtml, plainHtml, type Texts } from './listing.ts'
import type { Woven } from './woven.ts'

/** The address in the woven book of what stands in a chapter. */
export type Address = (url: string, mark: Mark) => string

interface Weaver {
  woven: Woven
  address: Address
  texts: Texts
  /** The page's blocks by the line that opens them. */
  blocks: Map<number, Block>
}

const processor = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(() => (tree: Root, file) => weaveInto(tree, file.data['weaver'] as Weaver))
  .use(remarkRehype, { allowDangerousHtml: true })
  .use(rehypeSlug)
  .use(rehypeAutolinkHeadings, { behavior: 'wrap', properties: { className: ['self'] }, test: canBeLink })
  .use(rehypeStringify, { allowDangerousHtml: true })
  .freeze()

export function textHtml(woven: Woven, page: Page, address: Address, texts: Texts): string {
  const blocks = new Map(woven.book.blocks.filter((block) => block.page === page).map((block) => [block.place.line, block]))
  const weaver: Weaver = { woven, address, texts, blocks }
  return String(processor.processSync({ value: page.text, data: { weaver } }))
}

/** A few words of Markdown, for example from the configuration. */
export function wordsHtml(markdown: string, address: Address): string {
  const weaver = { address, blocks: new Map() } as unknown as Weaver
  return String(processor.processSync({ value: markdown, data: { weaver } }))
}

/** As much of an element as is needed to look for links. */
interface Branch {
  type: string
  tagName?: string
  children?: Branch[]
}

/** The title needs no link to itself, and a heading with a link inside cannot be one. */
function canBeLink({ tagName, children = [] }: Branch): boolean {
  return tagName !== 'h1' && tagName !== 'a' && children.every(canBeLink)
}

function weaveInto(parent: Parent, weaver: Weaver): void {
  const nodes = parent.children as Nodes[]
  const woven: Node[] = []
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!
    if (node.type === 'code') {
      const caption = captionIn(nodes[i + 1])
      const block = weaver.blocks.get(node.position!.start.line)
      const picture = block && weaver.woven.pictures.get(block)
      if (picture !== undefined) {
        woven.push(figureOf(picture, caption, weaver.woven.crossings.get(block!)!.id, weaver))
        if (caption) i++
      } else if (!block?.hidden) woven.push(listingOf(node, block, weaver))
    } else if (isImage(node)) {
      const caption = captionIn(nodes[i + 1])
      woven.push(imageOf(node, caption, weaver))
      if (caption) i++
    } else if (node.type !== 'html') {
      if ('url' in node) node.url = weaver.address(node.url, node.position!.start)
      if ('children' in node) weaveInto(node, weaver)
      if (node.type === 'tableRow') name(node)
      if (node.type === 'table') mendHead(node)
      woven.push(node.type === 'table' ? element('div', ['wide'], [node]) : node)
    } else if (!/^(\s*<!--[\s\S]*?-->)+\s*$/.test(node.value)) woven.push(rawHtml(node, weaver))
  }
  parent.children = woven as Parent['children']
}

/** A row whose first cell is an ID such as `LIT-11` can be linked to. */
function name(row: TableRow): void {
  const id = textOf(row.children[0]!)
  if (/^[A-Z][A-Z0-9]*-[A-Z]?\d+(\.\d+)*$/.test(id)) row.data = { ...row.data, hProperties: { id } }
}

/** A cell of the head that says nothing is no heading. */
function mendHead({ children: [head] }: Table): void {
  for (const cell of head?.children ?? []) if (textOf(cell).trim() === '') cell.data = { ...cell.data, hName: 'td' }
}

/** HTML that the author wrote goes through, with its addresses set right. */
function rawHtml(node: Html, { address }: Weaver): Html {
  const value = node.value.replace(/(\s(?:href|src)=")([^"]*)"/g, (_, before: string, url: string) => {
    return `${before}${address(url, node.position!.start)}"`
  })
  return { ...node, value }
}

/** An element that Markdown has no word for. */
function element(hName: string, className: string[], children: Node[], properties: Record<string, string> = {}): Node {
  const hProperties = { ...(className.length > 0 && { className }), ...properties }
  return { type: `woven-${hName}`, data: { hName, hProperties }, children } as Node
}

/** The italic paragraph that a picture is followed by. */
function captionIn(node: Node | undefined): Paragraph | undefined {
  const paragraph = node?.type === 'paragraph' ? (node as Paragraph) : undefined
  return paragraph?.children.length === 1 && paragraph.children[0]!.type === 'emphasis' ? paragraph : undefined
}

function figureOf(picture: string, caption: Paragraph | undefined, id: string, weaver: Weaver): Node {
  const words = caption?.children[0] as Parent | undefined
  if (words) weaveInto(words, weaver)
  const style = `--width: ${/ width="(\d+)"/.exec(picture)?.[1] ?? '0'}px`
  const children = [element('div', ['picture'], [{ type: 'html', value: picture } as Html], { style })]
  if (words) children.push(element('figcaption', [], words.children))
  return element('figure', ['diagram'], children, { id })
}

/** A paragraph that is an image and nothing else. */
function isImage(node: Nodes): node is Paragraph {
  return node.type === 'paragraph' && node.children.length === 1 && node.children[0]!.type === 'image'
}

function imageOf(image: Paragraph, caption: Paragraph | undefined, weaver: Weaver): Node {
  weaveInto(image, weaver)
  const words = caption?.children[0] as Parent | undefined
  if (words) weaveInto(words, weaver)
  const picture = element('div', ['picture'], image.children)
  return element('figure', ['chart'], words ? [picture, element('figcaption', [], words.children)] : [picture])
}

function listingOf(code: Code, block: Block | undefined, { woven, texts }: Weaver): Html {
  return { type: 'html', value: block ? blockHtml(woven, block, texts) : plainHtml(woven, code.value, code.lang ?? '') }
}
