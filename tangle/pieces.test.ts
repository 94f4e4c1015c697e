// A page is parsed in pieces. That must make no difference: remark, given the whole text, is the referee.
import fc from 'fast-check'
import type { Node, Parent } from 'mdast'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readPage, textOf } from './markdown.ts'
import { piecesOf } from './pieces.ts'

const factor = Number(process.env['LOOM_RUNS'] ?? 1)
const parser = unified().use(remarkParse)

function headingsOf(text: string): string[] {
  const found: string[] = []
  const visit = (node: Node) => {
    if (node.type === 'heading') found.push(`${node.position!.start.line}: ${textOf(node)}`)
    for (const child of (node as Parent).children ?? []) visit(child)
  }
  visit(parser.parse(text))
  return found
}

const words = ['# a', '## b\n', '\n', '\n', '\n\n', '\r\n', '```', '~~~', '````', '   ', '  ', '- ', '> ', '1. ', 'x', '<!--', '-->', '<pre>', '</pre>', '<div>', '<?', '?>', '<b>', '\uFEFF', '    ', '\t', '===', '***']

test('LIT-1 a page read in pieces has the headings that remark sees in the whole', () => {
  const text = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((some) => some.join(''))
  fc.assert(
    fc.property(text, (it) => {
      const { headings } = readPage('a.md', Buffer.from(it))
      assert.equal(headings.map(({ line, text: said }) => `${line}: ${said}`), headingsOf(it))
    }),
    { numRuns: 3000 * factor },
  )
})

test('the pieces of a page, joined, are the page', () => {
  const text = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((some) => some.join(''))
  fc.assert(fc.property(text, (it) => assert.is(piecesOf(it).join(''), it)), { numRuns: 1000 })
})

for (const [what, text, count] of [
  ['at its headings', '# a\n\ntext\n\n## b\n\n### c\n', 3],
  ['not in a fence', '# a\n\n```sh\n# no heading\n```\n\n# b\n', 2],
  ['not in a comment', '# a\n\n<!--\n\n# no heading\n\n-->\n\n# b\n', 2],
  ['after an indented fence that its list may have ended, nowhere', '# a\n\n- one\n  ```\n  code\n# b\n\n```\n# c\n', 1],
] as const) {
  test(`a page is cut ${what}`, () => assert.is(piecesOf(text).length, count))
}

test.run()
