// A book in which nothing is wrong; then each thing is made wrong, one at a time, and must be told where it stands.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from './check.ts'
import { formatProblem } from './problem.ts'
import { tangle } from './tangle.ts'
import { configOf, contents, fence, loom, plant, write } from './testing.ts'

const first = [
  '# First',
  '',
  'See [the second](02-second.md#the-end) and [the opening](README.md).',
  '',
  fence('ts file=one/first.ts', 'export const one = 1', '// <<say it>>'),
  '**Say it.** With words.',
  '',
  fence('ts name="say it"', 'console.log(one)'),
  fence('ts file=one/first.test.ts', "import './first.ts'"),
].join('\n')

const second = ['# Second', '', fence('ts file=one/second.ts', "import './first.ts'"), fence('ts file=one/second.test.ts', "import './second.ts'"), '## The end', ''].join('\n')

const good = {
  'loom.json': JSON.stringify({ documents: ['ch'], folders: { '00-one': 'one' } }),
  'ch/00-one/README.md': `# One\n\n${fence('ts file=one/index.ts', "export * from './first.ts'", "export * from './second.ts'")}`,
  'ch/00-one/01-first.md': first,
  'ch/00-one/02-second.md': second,
}

async function problemsOf(change: Record<string, string> = {}, after = (_folder: string) => {}) {
  const folder = plant({ ...good, ...change })
  await tangle(configOf(folder))
  after(folder)
  const before = contents(folder)
  const { problems, diff } = await check(configOf(folder))
  assert.equal(contents(folder), before, 'a check writes nothing')
  return { told: problems.map(formatProblem), diff }
}

test('LIT-5 a book in which nothing is wrong passes', async () => {
  assert.equal((await problemsOf()).told, [])
})

test('LIT-5 a stale file is told with a diff', async () => {
  const { told, diff } = await problemsOf({}, (folder) => {
    const page = join(folder, 'ch/00-one/01-first.md')
    writeFileSync(page, readFileSync(page, 'utf8').replace('one = 1', 'one = 2'))
  })
  assert.match(told[0]!, /^generated\/one\/first\.ts:1:1: older than its chapters/)
  assert.match(diff, /-export const one = 1\n\+export const one = 2/)
})

test('LIT-5 an edited file is told with a diff', async () => {
  const { told, diff } = await problemsOf({}, (folder) => appendFileSync(join(folder, 'generated/one/first.ts'), 'more()\n'))
  assert.match(told[0]!, /first\.ts:1:1: edited since it was tangled\n {2}hint: stitch/)
  assert.match(diff, /-more\(\)/)
})

test('LIT-5 a file that is missing, and one that no chapter names, are told', async () => {
  const { told } = await problemsOf({}, (folder) => {
    rmSync(join(folder, 'generated/one/first.ts'))
    writeFileSync(join(folder, 'ch/00-one/README.md'), '# One\n')
  })
  assert.equal(told.length, 2)
  assert.match(told.join('\n'), /one\/first\.ts:1:1: not tangled yet/)
  assert.match(told.join('\n'), /one\/index\.ts:1:1: no chapter names this file any longer/)
})

test('LIT-5 the command exits with 1, prints the diff, and changes nothing', async () => {
  const folder = plant(good)
  await tangle(configOf(folder))
  assert.is((await loom(folder, 'check')).status, 0)
  appendFileSync(join(folder, 'generated/one/first.ts'), 'more()\n')
  const before = contents(folder)
  const { status, stdout, stderr } = await loom(folder, 'check')
  assert.is(status, 1)
  assert.match(stdout, /-more\(\)/)
  assert.match(stderr, /edited since/)
  assert.equal(contents(folder), before)
})

const swap = (text: string, from: string, to: string) => {
  assert.ok(text.includes(from))
  return text.replace(from, to)
}

const plantings: [string, Record<string, string>, RegExp][] = [
  [
    'an import that points forward',
    { 'ch/00-one/01-first.md': swap(first, 'export const one = 1', "import './second.ts'\nexport const one = 1") },
    /^ch\/00-one\/01-first\.md:6:1: the import of '\.\/second\.ts' points forward in the book\n {2}hint: it is told in ch\/00-one\/02-second\.md:3$/,
  ],
  [
    'an import of an entry point',
    { 'ch/00-one/02-second.md': swap(second, './first.ts', './index.ts') },
    /^ch\/00-one\/02-second\.md:4:1: '\.\/index\.ts' is an entry point/,
  ],
  [
    'an import of what no chapter tells',
    { 'ch/00-one/02-second.md': swap(second, './first.ts', './third.ts') },
    /^ch\/00-one\/02-second\.md:4:1: '\.\/third\.ts' is not tangled from any chapter/,
  ],
  [
    'a section without a module',
    { 'ch/00-one/03-third.md': `# Third\n\n${fence('ts file=one/third.test.ts', 'x')}` },
    /^ch\/00-one\/03-third\.md:1:1: the section has no module one\/third\.ts/,
  ],
  [
    'a section without a test',
    { 'ch/00-one/03-third.md': `# Third\n\n${fence('ts file=one/third.ts', 'x')}` },
    /^ch\/00-one\/03-third\.md:1:1: the section has no test one\/third\.test\.ts/,
  ],
  [
    "a block that lands in another section's module",
    { 'ch/00-one/02-second.md': second + fence('ts file=one/other.ts', 'x') },
    /^ch\/00-one\/02-second\.md:12:1: 'one\/other\.ts' is not this section's module/,
  ],
  [
    'a link to a page that is not there',
    { 'ch/00-one/01-first.md': swap(first, '(02-second.md#the-end)', '(02-secnd.md)') },
    /^ch\/00-one\/01-first\.md:3:5: dead link: there is no ch\/00-one\/02-secnd\.md\n {2}hint: did you mean 02-second\.md\?$/,
  ],
  [
    'a link to a heading that is not there',
    { 'ch/00-one/01-first.md': swap(first, '#the-end', '#the-ends') },
    /^ch\/00-one\/01-first\.md:3:5: dead link: ch\/00-one\/02-second\.md has no heading #the-ends\n {2}hint: did you mean #the-end\?$/,
  ],
  [
    "bold words that are not the chunk's name",
    { 'ch/00-one/01-first.md': swap(first, '**Say it.**', '**Say that.**') },
    /^ch\/00-one\/01-first\.md:12:1: the chunk is named 'say it', the bold words before it are 'Say that\.?'/,
  ],
  [
    'a chunk with no bold words before it',
    { 'ch/00-one/01-first.md': swap(first, '**Say it.** With', 'With') },
    /^ch\/00-one\/01-first\.md:12:1: the paragraph before the chunk 'say it' does not begin with its name\n {2}hint: begin the paragraph with \*\*Say it\.\*\*$/,
  ],
  [
    'a block of 41 lines',
    { 'ch/00-one/02-second.md': second + fence('text', ...Array<string>(41).fill('x')) },
    /^ch\/00-one\/02-second\.md:12:1: a block of 41 lines; 40 are the most/,
  ],
  [
    'a diagram that was never drawn',
    { 'ch/00-one/02-second.md': second + fence('mermaid', 'flowchart LR', '  a --> b') },
    /^ch\/00-one\/02-second\.md:12:1: .*one\/second\.svg is missing/,
  ],
]

for (const [what, change, wanted] of plantings) {
  test(`LIT-5 ${what} is told at its line`, async () => {
    const { told } = await problemsOf(change)
    assert.is(told.length, 1, told.join('\n'))
    assert.match(told[0]!, wanted)
  })
}

test('a page that says it has no code needs no module', async () => {
  assert.equal((await problemsOf({ 'ch/00-one/03-third.md': '# Third\n\n<!-- no code: a story -->\n' })).told, [])
})

test('everything that is wrong is told in one run, in the order of the pages', async () => {
  const folder = plant({ ...good, ...plantings[6]![1], ...plantings[10]![1] })
  await tangle(configOf(folder))
  write(folder, { 'generated/one/first.test.ts': 'edited' })
  const { stderr } = await loom(folder, 'check')
  assert.equal(stderr.match(/^\S+(?=:\d+:\d+:)/gm), ['ch/00-one/01-first.md', 'ch/00-one/02-second.md', 'generated/one/first.test.ts'])
})

test.run()
