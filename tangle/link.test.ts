// How blocks are put together, and everything that can be wrong with them, planted one by one.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bookOf } from './book.ts'
import { type Config, defaults } from './config.ts'
import { expandBlock, link, textOf } from './link.ts'
import { readPage } from './markdown.ts'
import { formatProblem, Problems } from './problem.ts'
import { fence } from './testing.ts'

type Pages = Record<string, string | Uint8Array>

function book(pages: Pages | string, own: Partial<Config> = {}) {
  const config: Config = { ...defaults, header: false, root: '/book', ...own }
  const entries = Object.entries(typeof pages === 'string' ? { 'a.md': pages } : pages)
  return bookOf(config, entries.map(([file, text]) => readPage(file, Buffer.from(text))))
}

/** File → text, when nothing is wrong. */
function files(pages: Pages | string, own: Partial<Config> = {}): Record<string, string> {
  const { outputs, problems } = link(book(pages, own))
  assert.equal(problems.map(formatProblem), [])
  return Object.fromEntries([...outputs].map(([file, output]) => [file, textOf(output)]))
}

function problems(pages: Pages | string, own: Partial<Config> = {}): string[] {
  return new Problems(link(book(pages, own)).problems).list.map(formatProblem)
}

const blocks = (...texts: string[]) => texts.join('\n')

test('LIT-2 blocks of one file join in reading order, a blank line between them', () => {
  const pages = { 'a.md': blocks(fence('ts file=a.ts', 'one'), fence('ts file=b.ts', 'other')), 'b.md': fence('ts file=a.ts', 'two') }
  assert.equal(files(pages), { 'a.ts': 'one\n\ntwo\n', 'b.ts': 'other\n' })
  assert.equal(files(pages, { separate: false }), { 'a.ts': 'one\ntwo\n', 'b.ts': 'other\n' })
})

test('LIT-2 a chunk comes out indented below its name, and blank lines stay blank', () => {
  const page = blocks(fence('ts file=a.ts', 'f {', '  // <<body>>', '}'), fence('ts name=body', 'one', '', '  two'))
  assert.equal(files(page), { 'a.ts': 'f {\n  // body\n  one\n\n    two\n}\n' })
})

test('LIT-2 a chunk is continued where its name comes again', () => {
  const page = blocks(fence('ts file=a.ts', '// <<two words>>'), fence('ts name="two words"', 'one'), fence('ts name="two words"', 'two'))
  assert.equal(files(page), { 'a.ts': '// two words\none\ntwo\n' })
})

test('LIT-2 chunks within chunks add up their indentation', () => {
  const page = blocks(fence('ts name=c', 'c'), fence('ts file=a.ts', '\t// <<b>>'), fence('ts name=b', 'b', '  // <<c>>', 'b'))
  assert.equal(files(page), { 'a.ts': '\t// b\n\tb\n\t  // c\n\t  c\n\tb\n' })
})

test('LIT-2 a chunk comes out wherever it is used', () => {
  const page = blocks(fence('ts file=a.ts', '// <<x>>', '  // <<x>>'), fence('ts file=b.ts', '// <<x>>'), fence('ts name=x', 'x'))
  assert.equal(files(page), { 'a.ts': '// x\nx\n  // x\n  x\n', 'b.ts': '// x\nx\n' })
})

for (const [lang, reference, comment] of [
  ['sh', '# <<x>>', '# x'],
  ['sql', '-- <<x>>', '-- x'],
  ['css', '/* <<x>> */', '/* x */'],
  ['html', '<!-- <<x>> -->', '<!-- x -->'],
  ['TS', '//<<x>>', '// x'],
  ['ts', '//   << x >>  ', '// x'],
] as const) {
  test(`LIT-2 a reference in ${lang} is ${reference}`, () => {
    assert.equal(files(blocks(fence(`${lang} file=a`, `  ${reference}`), fence(`${lang} name=x`, 'x'))), { a: `  ${comment}\n  x\n` })
  })
}

test('LIT-2 a reference in a language without comments is bare and leaves no line', () => {
  assert.equal(files(blocks(fence('json file=a', '{', '  <<x>>', '}'), fence('json name=x', '"x": 1'))), { a: '{\n  "x": 1\n}\n' })
})

test('LIT-2 shifts, generics, here-documents and references in mid-line are code', () => {
  const lines = ['a << b >> c', 'f<<T>() => T>(x)', '<<x>>', "cat << 'END'", 'a // <<x>>', '// <<x>> b', '// <<>>', '// << >>']
  assert.equal(files(fence('ts file=a.ts', ...lines)), { 'a.ts': lines.map((line) => `${line}\n`).join('') })
})

test('LIT-2 the header says where a file is told, below a line that begins with #!', () => {
  const header = { header: true }
  assert.equal(files(fence('ts file=a.ts', 'one'), header), { 'a.ts': '// Told in a.md. Edit it there, or edit here and stitch.\none\n' })
  assert.equal(files(fence('sh file=a', '#!/bin/sh', 'one'), header), { a: '#!/bin/sh\n# Told in a.md. Edit it there, or edit here and stitch.\none\n' })
  assert.equal(files(fence('json file=a.json', '{}'), header), { 'a.json': '{}\n' })
})

test('LIT-2 a line knows its block, its line in it, and the references above it', () => {
  const { outputs } = link(book(blocks(fence('ts file=a.ts', 'one', '  // <<x>>'), fence('ts name=x', 'x')), { header: true }))
  const lines = outputs.get('a.ts')!.lines
  assert.equal(lines.map(({ block, index, indent, reference }) => [block?.place.line, index, indent, reference]), [
    [undefined, undefined, '', undefined],
    [1, 0, '', undefined],
    [1, 1, '', 'x'],
    [6, 0, '  ', undefined],
  ])
  assert.is(lines[3]!.within, lines[2])
})

test('LIT-12 a run block is expanded and is no file', () => {
  const it = book(blocks(fence('ts run', '// <<x>>'), fence('ts name=x', 'x')))
  assert.is(link(it).outputs.size, 0)
  assert.equal(expandBlock(it, it.blocks[0]!).map(({ text }) => text), ['// x', 'x'])
})

test('LIT-2 the notation of Entangled is read', () => {
  const page = blocks(fence('{.ts file=a.ts #main}', '<<x>>'), fence('ts {#x}', 'x'), fence('{.ts #main}', 'more'))
  assert.equal(files(page, { syntax: 'entangled', separate: false }), { 'a.ts': 'x\nmore\n' })
})

test('LIT-2 the notation of lmt is read; without += a block replaces', () => {
  const page = blocks(fence('go a.go', 'old'), fence('go a.go', '\t<<<the x>>>'), fence('go "the x" +=', 'x'), fence('go a.go +=', 'end'))
  assert.equal(files(page, { syntax: 'lmt', separate: false }), { 'a.go': '\tx\nend\n' })
})

// What is wrong with a chapter: where exactly, in which words, and what to try.

const x = fence('ts name=x', 'x')
const usesX = fence('ts file=a.ts', '// <<x>>')

const wrong: Record<string, [Pages | string, string[], Partial<Config>?]> = {
  'an unknown chunk': [fence('ts file=a.ts', 'one', '    // <<nobody>>'), ["a.md:3:8: no chunk is named 'nobody'\n  hint: give a block that name, or take the reference out"]],
  'an unknown chunk with a like name': [
    blocks(fence('ts file=a.ts', '// <<claim the mesage>>', '// <<claim the message>>'), '', fence('ts name="claim the message"', 'x')),
    ["a.md:2:4: no chunk is named 'claim the mesage'\n  hint: did you mean 'claim the message', line 7?"],
  ],
  'an unknown chunk with a like name on another page': [
    { 'a.md': fence('ts file=a.ts', '// <<chunk y>>', '// <<chunk x>>'), 'b/c.md': `\n${fence('ts name="chunk x"', 'x')}` },
    ["a.md:2:4: no chunk is named 'chunk y'\n  hint: did you mean 'chunk x', b/c.md:2?"],
  ],
  'an unknown chunk in a list, behind carriage returns': ['- ```ts file=a.ts\r\n  one\r\n    // <<nobody>>\r\n  ```\r\n', ["a.md:3:8: no chunk is named 'nobody'\n  hint: give a block that name, or take the reference out"]],
  'a chunk that contains itself': [blocks(usesX, fence('ts name=x', '// <<x>>')), ["a.md:6:4: a chunk contains itself: 'x' -> 'x'\n  hint: take one of these references out"]],
  'a cycle': [
    blocks(usesX, fence('ts name=x', '  // <<y>>'), fence('ts name=y', '// <<z>>'), fence('ts name=z', '// <<x>>')),
    ["a.md:14:4: a chunk contains itself: 'x' -> 'y' -> 'z' -> 'x'\n  hint: take one of these references out"],
  ],
  'an unused chunk': [blocks(x, fence('ts file=a.ts', 'one')), ["a.md:1:1: nobody uses the chunk 'x'\n  hint: refer to it with // <<x>>"]],
  'an unused chunk in shell': [fence('sh name=x', 'x'), ["a.md:1:1: nobody uses the chunk 'x'\n  hint: refer to it with # <<x>>"]],
  'a path with ..': [fence('ts file=../a.ts', 'one'), ["a.md:1:1: '../a.ts' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash"]],
  'a path with .. inside': [fence('ts file=a/../../b.ts', 'one'), ["a.md:1:1: 'a/../../b.ts' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash"]],
  'an absolute path': [fence('ts file=/etc/a.ts', 'one'), ["a.md:1:1: '/etc/a.ts' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash"]],
  'a path with a drive': [fence('ts file=C:/a.ts', 'one'), ["a.md:1:1: 'C:/a.ts' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash"]],
  'a path with a backslash': [fence('ts file=a\\\\b.ts', 'one'), ["a.md:1:1: 'a\\b.ts' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash"]],
  'a path that ends as a folder': [fence('ts file=a/', 'one'), ["a.md:1:1: 'a/' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash"]],
  'two cases of one path': [
    { 'a.md': fence('ts file=dir/a.ts', 'one'), 'b.md': `\n${fence('ts file=dir/A.ts', 'two')}` },
    ["b.md:2:1: 'dir/A.ts' differs only in case from 'dir/a.ts'\n  hint: that one is in a.md:1; some filesystems cannot tell them apart"],
  ],
  'two cases of one folder': [
    blocks(fence('ts file=dir/a.ts', 'one'), fence('ts file=Dir/b.ts', 'two')),
    ["a.md:5:1: 'Dir' differs only in case from 'dir'\n  hint: that one is in a.md:1; some filesystems cannot tell them apart"],
  ],
  'a file in a file': [blocks(fence('ts file=a', 'one'), fence('ts file=a/b.ts', 'two')), ["a.md:5:1: 'a' is a file, so 'a/b.ts' cannot be inside it"]],
  'a file in a file, told first': [blocks(fence('ts file=a/b/c.ts', 'one'), fence('ts file=a', 'two')), ["a.md:1:1: 'a' is a file, so 'a/b/c.ts' cannot be inside it"]],
  'an unterminated fence': [`# A\n\n\`\`\`ts file=a.ts\none\n`, ['a.md:3:1: this fence is never closed\n  hint: end it with a line of the same marks']],
  'a fence that its list ends': ['- ```ts file=a.ts\n  one\n\ntext\n', ['a.md:1:3: this fence is never closed\n  hint: end it with a line of the same marks']],
  'a swallowed fence': [
    '```\ntext\n```ts file=a.ts\none\n```\n',
    ["a.md:3:1: the fence 'ts file=a.ts' is swallowed by the block that opens on line 1\n  hint: close that block, or name its language if it shows Markdown"],
  ],
  'a swallowed fence in a list': [
    '- ```\n  text\n  ```ts name="a b"\n  one\n  ```\n',
    ["a.md:3:3: the fence 'ts name=\"a b\"' is swallowed by the block that opens on line 1\n  hint: close that block, or name its language if it shows Markdown"],
  ],
  'a fence in an HTML comment': [
    '# A\n\n<!--\n```ts file=a.ts\none\n```\n-->\n',
    ["a.md:4:1: the fence 'ts file=a.ts' stands in an HTML comment, where it is not part of the program\n  hint: use the attribute 'hidden' to keep it from readers"],
  ],
  'an unknown attribute': [fence('ts fil=a.ts', 'one'), ["a.md:1:7: unknown attribute 'fil'\n  hint: did you mean 'file'?"]],
  'an unknown attribute in a quote': ['> ```ts hiden\n> one\n> ```\n', ["a.md:1:9: unknown attribute 'hiden'\n  hint: did you mean 'hidden'?"]],
  'what is no attribute': [fence('ts file=a.ts #id', 'one'), ["a.md:1:17: '#id' is not an attribute\n  hint: write key=value or key=\"two words\""]],
  'an attribute without its value': [fence('ts file', 'one'), ["a.md:1:7: 'file' needs a value\n  hint: file=\"…\""]],
  'a value where none belongs': [fence('ts run=yes', 'one'), ["a.md:1:7: 'run' takes no value"]],
  'an attribute twice': [fence('ts file=a.ts file=b.ts', 'one'), ["a.md:1:7: 'file' is given twice"]],
  'a file that is run': [fence('ts file=a.ts run', 'one'), ["a.md:1:17: a block cannot have both 'file' and 'run'\n  hint: name it, and refer to it from both"]],
  'braces without the notation of Entangled': [fence('{.ts file=a.ts}', 'one'), ['a.md:1:1: the language comes first\n  hint: write ts file=…, or set "syntax": "entangled"']],
  'bytes that are not UTF-8': [Buffer.from('# A\n\nmorgen f\xFCr\n', 'latin1') as never, ['a.md:3:9: not UTF-8\n  hint: save the file as UTF-8']],
}

for (const [what, [pages, told, own]] of Object.entries(wrong)) {
  test(`LIT-3 ${what} is told where it stands`, () => {
    const given = pages instanceof Uint8Array ? { 'a.md': pages } : pages
    assert.equal(problems(given, own), told)
  })
}

test('LIT-3 an attribute like no other is told with those that there are', () => {
  const [told, ...more] = problems(fence('ts publish=no', 'one'))
  assert.match(told!, /^a\.md:1:7: unknown attribute 'publish'\n {2}hint: known are file, name, run, /)
  assert.equal(more, [])
})

test('LIT-3 all problems of a book are told at once, sorted by place', () => {
  const pages = {
    'b.md': blocks(fence('ts name=unused', 'x'), fence('ts file=../b.ts', '// <<nobody>>')),
    'a.md': blocks(fence('ts fil=a', 'x'), fence('ts file=a.ts', '// <<nothing>>', '// <<loop>>'), fence('ts name=loop', '// <<loop>>')),
  }
  assert.equal(problems(pages).map((text) => text.replace(/\n[\s\S]*/, '')), [
    "a.md:1:7: unknown attribute 'fil'",
    "a.md:6:4: no chunk is named 'nothing'",
    "a.md:11:4: a chunk contains itself: 'loop' -> 'loop'",
    "b.md:1:1: nobody uses the chunk 'unused'",
    "b.md:5:1: '../b.ts' is outside generated/",
    "b.md:6:4: no chunk is named 'nobody'",
  ])
})

test('LIT-3 Markdown that is only shown has no problems', () => {
  const shown = ['````md', '```ts file=a.ts', '// <<nobody>>', '```', '````', '', '<!-- a comment -->', '', '    ```ts file=b.ts', '    ```', '']
  assert.equal(problems(shown.join('\n')), [])
  assert.equal(files(shown.join('\n')), {})
})

test.run()
