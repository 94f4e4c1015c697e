// The fences that the loom finds are the code blocks that remark finds, on real Markdown, planted cases and random text.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Code, Nodes } from 'mdast'
import { parse, postprocess, preprocess } from 'micromark'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fence, readPage, splitLines } from './markdown.ts'

const factor = Number(process.env['LOOM_RUNS'] ?? 1)
const seed = Number(process.env['LOOM_SEED'] ?? 20261120)

/** What remark says about a fenced block, as text to compare. */
interface Told {
  line: number
  column: number
  endLine: number
  lang: string | null
  meta: string
  content: string
}

const parser = unified().use(remarkParse)

function byRemark(text: string): Told[] {
  const found: Told[] = []
  const visit = (node: Nodes) => {
    if (node.type === 'code' && isFenced(node, text)) {
      const { start, end } = node.position!
      const content = splitLines(node.value).join('\n')
      found.push({ line: start.line, column: start.column, endLine: end.line, lang: node.lang ?? null, meta: node.meta ?? '', content })
    }
    if ('children' in node) for (const child of node.children) visit(child)
  }
  visit(parser.parse(text))
  return found
}

/** For each fence whether it has two fence lines, as remark's own tokenizer sees them. */
function closedByTokens(text: string): boolean[] {
  const found: boolean[] = []
  let marks = 0
  for (const [what, { type }] of postprocess(parse().document().write(preprocess()(text, undefined, true)))) {
    if (what === 'enter' && type === 'codeFenced') marks = 0
    if (what === 'enter' && type === 'codeFencedFence') marks++
    if (what === 'exit' && type === 'codeFenced') found.push(marks === 2)
  }
  return found
}

/** Indented code begins with its content; a fence with three marks or more. */
function isFenced(node: Code, text: string): boolean {
  const { line, column } = node.position!.start
  return /^(```|~~~)/.test(rowsOf(text)[line - 1]!.slice(column - 1))
}

/** The source by lines, as remark reads it. */
function rowsOf(text: string): string[] {
  return splitLines(text.replace(/^\uFEFF/, '').replaceAll('\0', '\uFFFD'))
}

function told({ line, column, endLine, lang, meta, lines, closed }: Fence): Told {
  const content = lines.join('\n')
  // What an unclosed fence holds does not matter, as it is an error; remark leaves its last line end out.
  return { line, column, endLine, lang, meta, content: closed ? content : content.replace(/\n$/, '') }
}

/** Compares, and proves that every content line stands where its column says. Returns the number of fences. */
function compare(bytes: Uint8Array, file = 'a.md'): { fences: number; lines: number } {
  const page = readPage(file, bytes)
  if (page.problems.length > 0) return { fences: 0, lines: 0 }
  const text = Buffer.from(bytes).toString('utf8')
  assert.equal(page.fences.map(told), byRemark(text), file)
  assert.equal(page.fences.map(({ closed }) => closed), closedByTokens(text), file)
  const rows = rowsOf(text)
  let lines = 0
  for (const fence of page.fences) {
    for (const [i, line] of fence.lines.entries()) {
      lines++
      const row = rows[fence.line + i] ?? ''
      const slice = row.slice(fence.columns[i])
      if (slice === line) continue
      const isSplitTab = row.slice(0, fence.columns[i]).endsWith('\t') && line.trimStart() === slice.trimStart()
      assert.ok(isSplitTab, `${file}:${fence.line + 1 + i}: '${line}' is not at column ${fence.columns[i]} of '${row}'`)
    }
  }
  return { fences: page.fences.length, lines }
}

test('LIT-1 the fences of every Markdown file of the installed packages are those of remark', () => {
  const root = fileURLToPath(new URL('../node_modules', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  const sum = { files: 0, fences: 0, lines: 0 }
  for (const file of files) {
    const bytes = readFileSync(join(root, file))
    if (factor === 1 && bytes.length > 15_000) continue // few, long, and slow to parse twice
    const { fences, lines } = compare(bytes, file)
    sum.files++
    sum.fences += fences
    sum.lines += lines
  }
  process.stdout.write(`  ${sum.files} of ${files.length} files, ${sum.fences} fences, ${sum.lines} lines in them\n`)
  assert.ok(sum.fences > 500, 'too few real fences to prove anything')
})

const planted: Record<string, string> = {
  'plain': '```ts file=a.ts\none\n\ntwo\n```\n',
  'without an end of the last line': '```\none\n```',
  'empty': '```\n```\n',
  'one blank line': '```\n\n```\n',
  'only blank lines': '```\n\n\n\n```\n',
  'blank lines first and last': '```\n\none\n\n```\n',
  'long': '`````ts a\n```\none\n```\n`````\n',
  'closed by a longer one': '```ts\none\n``````\n',
  'tildes': '~~~ts file=a.ts\n```\none\n~~~\n',
  'tildes in the information': '~~~ts ``` ~~~\none\n~~~\n',
  'a tick in the information is no fence': '```ts `a\none\n```\n',
  'in a list': '- a\n\n  ```ts file=a.ts\n  one\n\n    two\n  ```\n',
  'on the line of the list marker': '- ```ts\n  one\n  ```\n- ```js\n  two\n  ```\n',
  'in a numbered list with a wide marker': '10)   ```ts\n      one\n      ```\n',
  'in a nested list': '- a\n  - b\n    1. ```ts\n       one\n        two\n       ```\n',
  'in a quote': '> ```ts\n> one\n>\n>two\n>   three\n> ```\n',
  'in a quote in a list': '- > ```ts\n  > one\n  > ```\n',
  'in a list in a quote': '> 1. ```ts\n>    one\n>\n>    ```\n',
  'in two quotes': '> > ```ts\n> > one\n> >\n>> two\n> > ```\n',
  'cut off by the end of its quote': '> ```ts\n> one\n\ntext\n',
  'cut off by the end of its list': '- ```ts\n  one\n\ntext\n',
  'never closed': 'text\n\n```ts\none\n\ntwo\n',
  'never closed and empty': '```ts',
  'never closed after its line': '```ts\n',
  'indented by three': '   ```ts\n   one\n two\nthree\n      four\n  ```\n',
  'indented by four is no fence': '    ```ts\n    one\n    ```\n',
  'indented code is no fence': 'a\n\n    code\n',
  'closed by an indented mark': '```ts\none\n   ```\n',
  'not closed by a mark indented by four': '```ts\none\n    ```\n```\n',
  'tabs in the content': '```ts\n\tone\n \ttwo\n```\n',
  'a tab after the list marker': '-\t```ts\n\tone\n\t\ttwo\n\t```\n',
  'a tab that the list takes half of': '- a\n\n\t```ts\n\tone\n\t\ttwo\n\t```\n',
  'a tab that the quote takes half of': '>\t```ts\n>\tone\n>\t\ttwo\n>\t```\n',
  'carriage returns': '- a\r\n\r\n  ```ts file=a.ts\r\n  one\r\n\r\n  two\r\n  ```\r\n',
  'lone carriage returns': '```ts\rone\r\rtwo\r```\r',
  'mixed line ends': '```ts\r\none\ntwo\rthree\r\n```\n',
  'a byte order mark': '\uFEFF```ts file=a.ts\none\n```\n',
  'a byte order mark and a list': '\uFEFF- ```ts\r\n  one\r\n  ```\r\n',
  'in a footnote': 'text[^1]\n\n[^1]: note\n\n    ```ts\n    one\n    ```\n',
  'after a paragraph': 'text\n```ts\none\n```\ntext\n',
  'in an HTML comment is no fence': '<!--\n```ts file=a.ts\none\n```\n-->\n',
  'in an HTML block that a blank line ends': '<div>\n\n```ts\none\n```\n\n</div>\n',
  'entities and escapes in the information': '```ts &lt;a&gt; \\*b\none\n```\n',
  'trailing blanks': '```ts  file=a.ts  \none  \n```  \n',
  'other white space': '```ts\n\u00A0one\u2028\n\fx\n```\n',
  'a NUL': '```ts\na\0b\n```\n',
  'a heading right after': '```ts\none\n```\n# b\n',
  'two in a row': '```ts\none\n```\n```js\ntwo\n```\n',
}

for (const [what, text] of Object.entries(planted)) {
  test(`LIT-1 a fence as remark sees it: ${what}`, () => void compare(Buffer.from(text)))
}

test('LIT-1 line and column of content count from the source, without the byte order mark', () => {
  const [fence] = readPage('a.md', Buffer.from('\uFEFF- a\r\n\r\n  > ~~~~ts file=a.ts\r\n  > one\r\n  >\r\n  >   two\r\n  > ~~~~\r\n')).fences
  const { line, column, endLine, closed, lang, meta, lines, columns } = fence!
  assert.equal({ line, column, endLine, closed, lang, meta }, { line: 3, column: 5, endLine: 7, closed: true, lang: 'ts', meta: 'file=a.ts' })
  assert.equal(lines, ['one', '', '  two'])
  assert.equal(columns, [4, 3, 4])
})

/** A fence ends where its mark is, and only then is it closed. */
for (const [text, closed] of [
  ['```\na\n```', true],
  ['```\na\n``', false],
  ['```\na\n~~~', false],
  ['````\na\n```', false],
  ['```\na\n``` b', false],
  ['> ```\n> a\n\n```', false],
  ['- ```\n  a\n```\n', false],
  ['```\n```', true],
  ['```', false],
  ['```\n\n', false],
  ['> ```\n> ```', true],
  ['```\n    ```', false],
  ['```\n   ```', true],
  ['- ```\n  ```', true],
  ['```\na\n```\t', true],
] as const) {
  test(`LIT-3 a fence is known to be ${closed ? '' : 'un'}closed: ${JSON.stringify(text)}`, () => {
    assert.is(readPage('a.md', Buffer.from(text)).fences[0]!.closed, closed)
  })
}

test('LIT-1 random text has the fences that remark sees', () => {
  const piece = fc.constantFrom('```', '````', '~~~', '~~~~', '`', ' ', '  ', '    ', '\t', '\n', '\n', '\n', '\n\n', '\r\n', '\r', '- ', '* ', '1. ', '12) ', '> ', '>', 'ts', ' file=a.ts', 'one', '# ', '<!-- ', ' -->', '<div>', '<pre>', '</pre>', '<?', '?>', '<span>', '<![CDATA[', ']]>', '\\', '[^1]: ', '***', '---', '&amp;', 'é😀', '\u00A0', '|', '\uFEFF')
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
  let fences = 0
  const runs = 2000 * factor
  fc.assert(fc.property(text, (it) => void (fences += compare(Buffer.from(it)).fences)), { numRuns: runs, seed, includeErrorInReport: true })
  process.stdout.write(`  ${runs} random texts, ${fences} fences\n`)
})

test.run()
