// What of a section goes on slides: its question, its picture, its contract, the blocks that say `slide`, its exercises.
import type { Code, Html, Nodes, Paragraph, Parent, Root } from 'mdast'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import type { Block } from '../block.ts'
import { callOf, type Exercise } from '../exercise.ts'
import { type Page, textOf } from '../markdown.ts'
import { escape } from '../weave/html.ts'

export interface Slide {
  title: string
  /** What kind of slide it is, as a class of the style sheet. */
  kind: 'chapter' | 'question' | 'picture' | 'contract' | 'code' | 'exercise'
  /** HTML below the title. */
  body: string
}

export interface Surroundings {
  blocks: Block[]
  exercises: Exercise[]
  /** The SVG of a Mermaid block, if it was drawn. */
  pictureOf(block: Block): string | undefined
  /** The HTML of a listing's lines. */
  colour(block: Block): string
}

const reader = unified().use(remarkParse).use(remarkGfm)
const writer = unified().use(remarkRehype).use(rehypeStringify)

/** The slides of a section, or of a chapter's opening. None for a page that has nothing to show. */
export function cut(page: Page, surroundings: Surroundings): Slide[] {
  const { children } = reader.parse(page.text) as Root
  const title = page.headings.find(({ depth }) => depth === 1)?.text ?? page.file
  const picture = pictureIn(children, title, surroundings)
  const contract = contractIn(children)
  const code = codeOf(page, surroundings, contract.length > 0)
  const exercises = surroundings.exercises.filter((exercise) => exercise.page === page).map(exerciseSlide)
  const rest = [...picture, ...contract, ...code, ...exercises]
  const question = questionIn(children)
  return rest.length === 0 || question.length === 0 ? rest : [{ title, kind: 'question', body: htmlOf(question) }, ...rest]
}

/** The opening of a chapter: its first paragraph, and what it has. */
export function openingOf(page: Page, sections: string[]): Slide {
  const { children } = reader.parse(page.text) as Root
  const items = sections.map((section) => `<li>${escape(section)}</li>`).join('')
  const title = page.headings.find(({ depth }) => depth === 1)?.text ?? page.file
  return { title, kind: 'chapter', body: `${htmlOf(questionIn(children).slice(0, 1))}<ol>${items}</ol>` }
}

/** The paragraphs between the title and whatever is not a paragraph. */
function questionIn(nodes: Nodes[]): Paragraph[] {
  const start = nodes.findIndex((node) => node.type === 'heading')
  const rest = nodes.slice(start + 1)
  const end = rest.findIndex((node) => node.type !== 'paragraph' && node.type !== 'html')
  return rest.slice(0, end < 0 ? undefined : end).filter((node): node is Paragraph => node.type === 'paragraph')
}

function blockAt(node: Nodes | undefined, blocks: Block[]): Block | undefined {
  return node?.type === 'code' ? blocks.find(({ fence }) => fence.line === node.position!.start.line) : undefined
}

function pictureIn(nodes: Nodes[], title: string, { blocks, pictureOf }: Surroundings): Slide[] {
  const at = nodes.findIndex((node) => node.type === 'code' && (node as Code).lang === 'mermaid')
  const block = blockAt(nodes[at], blocks)
  const svg = block && pictureOf(block)
  if (svg === undefined) return []
  const after = nodes[at + 1]
  const caption = after?.type === 'paragraph' && after.children.length === 1 && after.children[0]!.type === 'emphasis' ? htmlOf([after]) : ''
  return [{ title: title.replace(/:.*/, ''), kind: 'picture', body: `<div class="picture">${svg}</div>${caption}` }]
}

/** The list behind the words **Contract**. */
function contractIn(nodes: Nodes[]): Slide[] {
  const at = nodes.findIndex((node) => (node.type === 'paragraph' || node.type === 'heading') && /^contract\b/i.test(textOf(node)))
  const list = nodes[at + 1]
  return at < 0 || list?.type !== 'list' ? [] : [{ title: 'Contract', kind: 'contract', body: htmlOf([list]) }]
}

/** The blocks that say `slide`; in a section where none does, the first run block: the obvious way, failing on stage. */
function codeOf(page: Page, { blocks, colour }: Surroundings, isSection: boolean): Slide[] {
  const own = blocks.filter((block) => block.page === page)
  const marked = own.filter(({ attributes }) => attributes['slide'])
  const first = own.findIndex(({ run }) => run)
  const shown = marked.length > 0 || !isSection ? marked : [own[first], own[first + 1]?.output ? own[first + 1] : undefined].filter((block) => block !== undefined)
  const slides: Slide[] = []
  for (const block of shown) {
    const listing = `<pre${block.output ? ' class="output"' : ''} tabindex="0"><code>${colour(block)}</code></pre>`
    const last = slides.at(-1)
    if (block.output && last) last.body += listing
    else slides.push({ title: headingOf(page, block), kind: 'code', body: listing })
  }
  return slides
}

/** What a block is about: its own name, or the heading that it stands under. */
function headingOf({ headings }: Page, { name, fence }: Block): string {
  if (name !== undefined) return name[0]!.toUpperCase() + name.slice(1)
  return headings.filter(({ line }) => line < fence.line).at(-1)?.text ?? ''
}

function exerciseSlide({ name, difficulty, task, promises }: Exercise): Slide {
  const done = promises.map(({ title }) => `<li>${escape(title)}</li>`).join('')
  const body = `${htmlOf((reader.parse(task) as Root).children)}<p>You are done when</p><ul>${done}</ul><p class="command"><code>${escape(callOf(name))}</code></p>`
  return { title: `${name} (${difficulty})`, kind: 'exercise', body }
}

/** HTML of some nodes of a page. Links and footnotes lead nowhere from a slide, so only their words stay. */
function htmlOf(nodes: Nodes[]): string {
  const root: Root = { type: 'root', children: nodes.map(plain).filter((node) => node !== undefined) as Root['children'] }
  return writer.stringify(writer.runSync(root))
}

function plain(node: Nodes): Nodes | undefined {
  if (node.type === 'footnoteReference' || node.type === 'footnoteDefinition' || (node as Html).type === 'html') return undefined
  if (!('children' in node)) return node
  const children = ((node as Parent).children as Nodes[]).flatMap((child): Nodes[] => {
    const one = plain(child)
    if (one === undefined) return []
    return one.type === 'link' || one.type === 'linkReference' ? one.children : [one]
  })
  return { ...node, children } as Nodes
}
