// The HTML of a block of code: where it lands, its lines with colours, links and types, and what hangs together with it.
import type { Block } from '../block.ts'
import { referenceIn } from '../link.ts'
import { type Piece, slice } from './colours.ts'
import type { Crossing } from './crossings.ts'
import { escape, hasPage, relativeUrl, moduleUrl } from './html.ts'
import { type Facts, scopeAt } from './facts.ts'
import type { Woven } from './woven.ts'

/** The texts that a page's types are shown by; each is there once. */
export class Texts {
  private readonly indexes = new Map<string, number>()

  indexOf(text: string): number {
    const index = this.indexes.get(text) ?? this.indexes.size
    this.indexes.set(text, index)
    return index
  }

  get all(): string[] {
    return [...this.indexes.keys()]
  }
}

/** A stretch of a line: `from` and `to` are columns. */
interface Mark {
  from: number
  to: number
  /** What stands around it. */
  open: string
  close: string
}

/** A whole figure. */
export function blockHtml(woven: Woven, block: Block, texts: Texts): string {
  const crossing = woven.crossings.get(block)!
  const { url: here } = woven.site.byFile.get(block.page.file)!
  const kind = block.output ? ' output' : block.run ? ' run' : ''
  const types: number[] = []
  const lines = linesHtml(woven, block, crossing, here, (text) => types.push(texts.indexOf(text)))
  const caption = captionHtml(woven, block, crossing, here)
  const code = `<pre${types.length > 0 ? ` data-types="${types.join(' ')}"` : ''}><code>${lines}</code></pre>`
  return `<figure class="code${kind}" id="${escape(crossing.id)}">${caption}${code}${crossingHtml(woven, block, crossing, here)}</figure>`
}

/** Code that belongs to nothing. */
export function plainHtml({ colours }: Woven, code: string, lang: string): string {
  const pieces = colours.of(code, lang)
  const lines = code.split('\n').map((text, i) => lineHtml(text, pieces[i] ?? [], []))
  return `<figure class="code"><pre><code>${lines.join('')}</code></pre></figure>`
}

/** The file and the scope that a block lands in. */
function placeOf({ facts }: Woven, { landings: [first] }: Crossing): { file: string; line: number; scope: string | undefined } | undefined {
  if (!first) return undefined
  const line = first.lines.find((at) => at !== undefined) ?? 0
  const known = facts.get(first.file)
  return { file: first.file, line, scope: known && scopeAt(known, line) }
}

/** What a block is called where others speak of it. */
export function nameOf(woven: Woven, block: Block): string {
  const { parts } = woven.crossings.get(block)!
  if (block.output) return 'What it prints'
  if (block.run && block.name === undefined) return 'To be run'
  const name = (parts.length > 0 ? (block.name ?? block.file) : undefined) ?? (block.lang || 'Code')
  const part = parts.indexOf(block)
  return part > 0 ? `${name}, part ${part + 1}` : name
}

function captionHtml(woven: Woven, block: Block, crossing: Crossing, here: string): string {
  const place = placeOf(woven, crossing)
  const name = block.name !== undefined && block.file === undefined && crossing.parts.length > 0 ? `<span class="name">${escape(block.name)}</span> ` : ''
  if (!place) return block.run ? '<figcaption><span class="where">run</span></figcaption>' : block.output ? '' : name && `<figcaption>${name}</figcaption>`
  const address = hasPage(woven.web.outputs.get(place.file)) && `${escape(relativeUrl(here, moduleUrl(place.file)))}#L${place.line + 1}`
  const link = address ? `<a href="${address}">${escape(place.file)}</a>` : escape(place.file)
  const scope = place.scope === undefined ? '' : `, in <code>${escape(place.scope)}</code>`
  const times = crossing.landings.length > 1 ? ` and ${crossing.landings.length - 1} more` : ''
  return `<figcaption>${name}<span class="where">${link}${scope}${times}</span></figcaption>`
}

/** Before, after, and by whom it is used. */
function crossingHtml(woven: Woven, block: Block, { parts, users }: Crossing, here: string): string {
  const to = (other: Block, words: string) => `<a href="${escape(relativeUrl(here, woven.crossings.get(other)!.url))}">${escape(words)}</a>`
  const elsewhere = (other: Block) => (other.page === block.page ? undefined : woven.site.byFile.get(other.page.file)!.title)
  const shown = parts.filter((part) => part === block || !part.hidden)
  const at = shown.indexOf(block)
  const [before, after] = [shown[at - 1], shown[at + 1]]
  const words = [
    before && to(before, `continued from ${elsewhere(before) ?? 'above'}`),
    after && to(after, elsewhere(after) === undefined ? 'continued below' : `continued in ${elsewhere(after)}`),
    users.length > 0 && `used in ${users.map((user) => to(user, [userName(woven, user), elsewhere(user)].filter(Boolean).join(', '))).join(', ')}`,
  ].filter(Boolean)
  return words.length === 0 ? '' : `<p class="crossing">${words.join(' · ')}</p>`
}

/** Where a reference stands, as a reader would say it. */
function userName(woven: Woven, user: Block): string {
  if (user.name !== undefined && user.file === undefined) return user.name
  const crossing = woven.crossings.get(user)!
  const declared = crossing.landings.flatMap(({ file, lines }) => (woven.facts.get(file)?.scopes ?? []).filter(([, from]) => lines.includes(from)))
  return declared[0]?.[0] ?? nameOf(woven, user)
}

function linesHtml(woven: Woven, block: Block, { landings: [landing] }: Crossing, here: string, type: (text: string) => void): string {
  const { fence, lang } = block
  // Tests and experiments say in their own words what they are about; types of all their values would double the
  // weight of the page.
  const facts = landing && !/\.(test|experiment|stage|victim)\.\w+$/.test(landing.file) ? woven.facts.get(landing.file) : undefined
  const tangled = landing && woven.colouredOutput(landing.file)
  const own = landing ? [] : woven.colours.of(fence.lines.join('\n'), lang)
  return fence.lines
    .map((text, i) => {
      const reference = referenceMark(woven, block, text, here)
      if (reference) return lineHtml(text, [[reference.from, 'c'], [reference.to - reference.from, ''], [text.length - reference.to, 'c']], [reference])
      const at = landing?.lines[i]
      if (at === undefined) return lineHtml(text, own[i] ?? [], [])
      const pieces = slice(tangled?.[at] ?? [], landing!.indent, Infinity)
      return lineHtml(text, pieces, facts ? typeMarks(facts, at, landing!.indent, type) : [])
    })
    .join('')
}

function referenceMark(woven: Woven, { lang, run, file, name: own }: Block, text: string, here: string): Mark | undefined {
  if (!run && file === undefined && own === undefined) return undefined
  const name = referenceIn(text, lang, woven.book.config.syntax)?.name
  const target = name === undefined ? undefined : woven.web.chunks.get(name)?.[0]
  if (!target) return undefined
  const from = text.indexOf('<<')
  const to = text.lastIndexOf('>>') + 2
  return { from, to, open: `<a href="${escape(relativeUrl(here, woven.crossings.get(target)!.url))}">`, close: '</a>' }
}

function typeMarks(facts: Facts, line: number, indent: number, type: (text: string) => void): Mark[] {
  return (facts.identifiers[line] ?? [])
    .toSorted(([a], [b]) => a - b)
    .map(([column, length, text]) => {
      type(facts.texts[text]!)
      return { from: column - indent, to: column - indent + length, open: '<var', close: '</var>' }
    })
}

/**
 * A line with its pieces, each an `i` of its kind: short, since a page has thousands. The indent goes into a class, so that a line too long for the page goes on under
 * its own beginning.
 */
export function lineHtml(text: string, pieces: Piece[], marks: Mark[], attributes = '', before = ''): string {
  const indent = Math.min(24, /^ */.exec(text)![0].length)
  let at = 0
  let html = ''
  const write = (to: number, open = '', close = '') => {
    const inner = slice(pieces, at, to)
    const [first] = inner
    if (open === '<var') html += first?.[1] && inner.length === 1 ? `<var class=${first[1]}>` : '<var>'
    else html += open
    let from = at
    for (const [length, kind] of inner) {
      const words = escape(text.slice(from, from + length))
      // A dot between two names has no colour of its own: a long page has thousands of them.
      const isPlain = kind === '' || words === '.' || (open === '<var' && inner.length === 1)
      html += isPlain ? words : `<i class=${kind}>${words}</i>`
      from += length
    }
    html += escape(text.slice(from, to)) + close
    at = to
  }
  for (const { from, to, open, close } of marks) {
    if (from < at) continue
    write(from)
    write(to, open, close)
  }
  write(text.length)
  return `<i class=l${indent > 0 ? indent : ''}${attributes}>${before}${html}\n</i>`
}
