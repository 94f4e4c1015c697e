// Random books for the tests of properties: chunks that contain chunks, in lists and quotes, with all kinds of line ends.
import fc from 'fast-check'

/** Draws a value; fast-check's own generator, so that a failing book shrinks. */
export type Draw = fc.GeneratorValue

export interface RandomBlock {
  /** `file=a.ts` or `name="chunk 1"`. */
  info: string
  lines: string[]
  /** Which container it stands in. */
  container: Container
  fence: string
}

interface Container {
  first: string
  rest: string
}

const containers: Container[] = [
  { first: '', rest: '' },
  { first: '- ', rest: '  ' },
  { first: '1.  ', rest: '    ' },
  { first: '> ', rest: '> ' },
  { first: '> - ', rest: '>   ' },
  { first: '- > ', rest: '  > ' },
  { first: '  ', rest: '  ' },
  { first: '- a\n\n\t', rest: '\t' },
]

/** Lines that a chunk may have; some look like Markdown, some like fences, some like references. */
const anyLine = fc.oneof(
  { weight: 6, arbitrary: fc.nat(60).map((i) => `call(${i})`) },
  { weight: 2, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constantFrom('{', '}', '  inner()', '    deeper()', '\ttabbed()') },
  { weight: 2, arbitrary: fc.constantFrom('a << b >> c', '<<T>>', '> quote', '- item', '# heading', '---', '<!-- c -->', '    ', 'é 😀 \\', '`a`', '// note') },
  { weight: 1, arbitrary: fc.constantFrom('```', '~~~', '  ````', '```ts', '// chunk 1') },
)

export const anyIndent = fc.constantFrom('', '', '  ', '    ', '\t')

/** A line for an edit. */
export function drawLine(g: Draw): string {
  return g(() => anyLine)
}

/** Blocks whose references all lead to later chunks, each chunk used once or more. */
export function drawBlocks(g: Draw, line: (g: Draw) => string = drawLine): RandomBlock[] {
  const count = g(fc.integer, { min: 0, max: 4 })
  const files = ['a.ts', 'b.ts', 'c/d.ts'].slice(0, g(fc.integer, { min: 1, max: 3 }))
  const homes = [...files.map((file) => `file=${file}`), ...Array.from({ length: count }, (_, i) => `name="chunk ${i}"`)]
  const blocks = homes.flatMap((info) => Array.from({ length: g(fc.integer, { min: 1, max: 2 }) }, () => drawBlock(g, info, line)))
  for (let chunk = 0; chunk < count; chunk++) {
    const before = blocks.filter(({ info }) => info.startsWith('file=') || Number(/\d+/.exec(info)![0]) < chunk)
    const uses = g(fc.constantFrom, 1, 1, 1, 2)
    for (let use = 0; use < uses; use++) {
      const { lines } = before[g(fc.nat, before.length - 1)]!
      lines.splice(g(fc.nat, lines.length), 0, `${g(() => anyIndent)}// <<chunk ${chunk}>>`)
    }
  }
  return blocks
}

function drawBlock(g: Draw, info: string, line: (g: Draw) => string): RandomBlock {
  const lines = Array.from({ length: g(fc.integer, { min: 0, max: 6 }) }, () => line(g))
  const container = g(fc.constantFrom, ...containers)
  const fence = g(fc.constantFrom, '`', '~').repeat(g(fc.integer, { min: 5, max: 6 }))
  return { info, lines, container, fence }
}

/** How a page is written: its blocks in order, and what is the same all over it. */
export interface RandomPage {
  blocks: RandomBlock[]
  end: string
  mark: string
}

export function drawPages(g: Draw, blocks = drawBlocks(g)): Record<string, RandomPage> {
  const cut = g(fc.nat, blocks.length)
  const page = (part: RandomBlock[]): RandomPage => ({ blocks: part, end: g(fc.constantFrom, '\n', '\r\n'), mark: g(fc.constantFrom, '', '\uFEFF') })
  return { '1.md': page(blocks.slice(0, cut)), '2.md': page(blocks.slice(cut)) }
}

export function render({ blocks, end, mark }: RandomPage): string {
  const rows = ['# Page', '']
  for (const { info, lines, container, fence } of blocks) {
    rows.push('Some *words*.', '', ...`${container.first}${fence}ts ${info}`.split('\n'))
    for (const line of [...lines, fence]) rows.push(line === '' ? container.rest.trimEnd() : container.rest + line)
    rows.push('')
  }
  return mark + rows.join(end)
}

/** An edit of a text as people and tools make them. Returns the lines afterwards. */
export function drawEdit(g: Draw, before: readonly string[]): string[] {
  const lines = [...before]
  const at = g(fc.nat, lines.length)
  const count = g(fc.integer, { min: 1, max: 3 })
  const indent = () => (g(fc.boolean) ? (/^\s*/.exec(lines[Math.min(at, lines.length - 1)] ?? '')![0]) : g(() => anyIndent))
  const fresh = () => Array.from({ length: count }, () => indent() + drawLine(g))
  const kind = g(fc.constantFrom, 'insert', 'insert', 'replace', 'replace', 'remove', 'indent', 'outdent', 'widen', 'copy', 'clear blanks')
  if (kind === 'insert') lines.splice(at, 0, ...fresh())
  if (kind === 'replace') lines.splice(at, count, ...fresh())
  if (kind === 'remove') lines.splice(at, count)
  if (kind === 'copy') lines.splice(at, 0, ...lines.slice(at, at + count))
  const change = (text: string) => (kind === 'indent' ? `  ${text}` : kind === 'outdent' ? text.replace(/^ {2}/, '') : text)
  if (kind === 'widen') return lines.map((text) => text.replace(/^( {2})+/, '$&$&'))
  if (kind === 'clear blanks') return lines.map((text) => text.trimEnd())
  return lines.map((text, i) => (i >= at && i < at + count ? change(text) : text))
}
