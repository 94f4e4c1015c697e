// The same chunks through the loom and through noweb's notangle: the same bytes.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bookOf } from './book.ts'
import { type Config, defaults, type Syntax } from './config.ts'
import { link, textOf } from './link.ts'
import { readPage } from './markdown.ts'
import type { Draw } from './random-book.ts'

const factor = Number(process.env['LOOM_RUNS'] ?? 1)
const seed = Number(process.env['LOOM_SEED'] ?? 20261120)

/** A part of a chunk: lines of code, and references to chunks that come later in the list of names. */
interface Part {
  name: string
  lines: (string | { to: string; indent: string })[]
}

/** The first `roots` names are roots, which the loom writes as files. */
interface Graph {
  names: string[]
  roots: number
  parts: Part[]
  /** How wide noweb takes a tab to be. It writes indentation of that width as a tab; so wide a one does not occur. */
  tab?: 8 | 1000
}

const anyCode = fc.oneof(
  fc.nat(99).map((i) => `call(${i})`),
  fc.constantFrom('', 'a << b', 'x >>> 3 >> 1', 'const m: Map<string, Array<Set<number>>> = f<<T>(x: T) => void>()', '  deeper()', '\ttab()', '// a comment', "cat << 'END'", '@ at', '@@', '%def x', 'é 😀', 'y @<< z', '\\', '  // note'),
)

function drawGraph(g: Draw): Graph {
  const roots = g(fc.integer, { min: 1, max: 3 })
  const tab = g(fc.constantFrom, 8 as const, 1000 as const)
  const indents = tab === 8 ? ['', '\t'] : ['', '  ', '    ', '      ']
  const count = roots + g(fc.integer, { min: 0, max: 6 })
  const names = Array.from({ length: count }, (_, i) => (i < roots ? `root${i}.ts` : `${g(fc.constantFrom, 'chunk', 'claim the message', 'a, b and c', 'x.y-z')} ${i}`))
  const parts: Part[] = names.flatMap((name) =>
    Array.from({ length: g(fc.integer, { min: 1, max: 2 }) }, () => ({ name, lines: Array.from({ length: g(fc.integer, { min: 1, max: 5 }) }, () => g(() => anyCode)) })),
  )
  for (let i = roots; i < count; i++) {
    const before = parts.filter(({ name }) => names.indexOf(name) < i)
    for (let uses = g(fc.integer, { min: 1, max: 2 }); uses > 0; uses--) {
      const { lines } = before[g(fc.nat, before.length - 1)]!
      lines.splice(g(fc.nat, lines.length), 0, { to: names[i]!, indent: g(fc.constantFrom, ...indents) })
    }
  }
  for (const { name, lines } of parts) if (lines[0] === '' && names.indexOf(name) >= roots) lines[0] = 'first()' // told apart below
  return { names, roots, tab, parts: shuffle(g, parts) }
}

/** In any order, as prose has them; the parts of one chunk stay in theirs, as they look alike. */
function shuffle(g: Draw, parts: Part[]): Part[] {
  return parts.map((part) => ({ part, key: g(fc.nat, 1000) })).sort((a, b) => a.key - b.key).map(({ part }) => part)
}

/** In noweb's notation; `named` leaves a comment with the chunk's name above its expansion, as the loom does. */
function inNoweb({ parts }: Graph, named: boolean): string {
  const escape = (line: string) => line.replace(/<<|>>/g, '@$&').replace(/^@(?!<<|>>)/, '@@')
  const line = (item: Part['lines'][number]) => {
    if (typeof item === 'string') return [escape(item)]
    const reference = `${item.indent}<<${item.to}>>`
    return named ? [`${item.indent}// ${item.to}`, reference] : [reference]
  }
  return parts.map(({ name, lines }) => `Prose.\n\n<<${name}>>=\n${lines.flatMap(line).join('\n')}\n@\n`).join('\n')
}

const notations: Record<Syntax, { info: (name: string, isRoot: boolean) => string; reference: (name: string) => string }> = {
  loom: { info: (name, isRoot) => (isRoot ? `ts file=${name}` : `ts name="${name}"`), reference: (name) => `// <<${name}>>` },
  // Entangled's identifiers have no blanks
  entangled: { info: (name, isRoot) => (isRoot ? `{.ts file=${name}}` : `{.ts #${dashed(name)}}`), reference: (name) => `<<${dashed(name)}>>` },
  lmt: { info: (name, isRoot) => (isRoot ? `ts ${name} +=` : `ts "${name}" +=`), reference: (name) => `<<<${name}>>>` },
}

const dashed = (name: string) => name.replaceAll(' ', '-')

function inMarkdown({ names, roots, parts }: Graph, syntax: Syntax): string {
  const { info, reference } = notations[syntax]
  const line = (item: Part['lines'][number]) => (typeof item === 'string' ? item : `${item.indent}${reference(item.to)}`)
  return parts.map(({ name, lines }) => `Prose.\n\n\`\`\`${info(name, names.indexOf(name) < roots)}\n${lines.map(line).join('\n')}\n\`\`\`\n`).join('\n')
}

function byLoom(text: string, syntax: Syntax) {
  const config: Config = { ...defaults, root: '/', syntax, header: false, separate: false }
  return link(bookOf(config, [readPage('a.md', Buffer.from(text))]))
}

/** What notangle makes of one root, and how it ended. */
function byNoweb(text: string, root: string, tab = 8): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync('notangle', [`-R${root}`, `-t${tab}`, '-'], { input: text, encoding: 'utf8', timeout: 20_000 })
  if (error) throw new Error(`notangle does not run (${error.message}): apt-get install noweb`)
  return { status, stdout, stderr }
}

function compare(syntax: Syntax, graph: Graph): number {
  const noweb = inNoweb(graph, syntax === 'loom')
  const markdown = inMarkdown(graph, syntax)
  const { outputs, problems } = byLoom(markdown, syntax)
  assert.equal(problems, [])
  const roots = graph.names.slice(0, graph.roots)
  for (const root of roots) {
    const { status, stdout, stderr } = byNoweb(noweb, root, graph.tab)
    assert.is(status, 0, stderr)
    assert.is(textOf(outputs.get(root)!), stdout, `${root} of\n${noweb}`)
  }
  return roots.length
}

for (const [syntax, form] of [
  ['loom', 'comments'],
  ['entangled', 'bare, Entangled'],
  ['lmt', 'bare, lmt'],
] as const) {
  test(`LIT-2 byte for byte as notangle, on random chunk graphs, references as ${form}`, () => {
    let roots = 0
    const runs = 100 * factor
    const body = (g: Draw) => void (roots += compare(syntax, drawGraph(g)))
    fc.assert(fc.property(fc.gen(), body), { numRuns: runs, seed, includeErrorInReport: true, endOnFailure: factor > 1 })
    process.stdout.write(`  ${runs} graphs, ${roots} files: ${form}\n`)
  })
}

test('LIT-2 the one difference: a chunk that begins with a blank line gets no blanks in it', () => {
  const graph: Graph = { names: ['root.ts', 'a'], roots: 1, parts: [part('root.ts', 'a'), { name: 'a', lines: ['', 'x()'] }] }
  assert.is(byNoweb(inNoweb(graph, false), 'root.ts').stdout, 'code()\n  \n  x()\n')
  assert.is(textOf(byLoom(inMarkdown(graph, 'entangled'), 'entangled').outputs.get('root.ts')!), 'code()\n\n  x()\n')
})

const wrong: [string, Graph, RegExp, string][] = [
  [
    'a cycle',
    { names: ['root.ts', 'a', 'b'], roots: 1, parts: [part('root.ts', 'a'), part('a', 'b'), part('b', 'a')] },
    /Cyclic code chunks: <<a>> -> <<b>> -> <<a>>/,
    "a chunk contains itself: 'a' -> 'b' -> 'a'",
  ],
  ['an unknown chunk', { names: ['root.ts'], roots: 1, parts: [part('root.ts', 'nobody')] }, /undefined chunk name: <<nobody>>/, "no chunk is named 'nobody'"],
]

function part(name: string, to: string): Part {
  return { name, lines: ['code()', { to, indent: '  ' }] }
}

for (const [what, graph, inNowebsWords, inOurs] of wrong) {
  test(`LIT-2 ${what} is refused by both`, () => {
    const { status, stderr } = byNoweb(inNoweb(graph, false), 'root.ts')
    assert.is.not(status, 0)
    assert.match(stderr, inNowebsWords)
    for (const syntax of ['loom', 'entangled', 'lmt'] as const) {
      assert.equal(byLoom(inMarkdown(graph, syntax), syntax).problems.map(({ message }) => message), [inOurs])
    }
  })
}

test.run()
