import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaults, findRoot, readConfig } from './config.ts'
import { nearest, Problems } from './problem.ts'
import { fence, loom, plant } from './testing.ts'

test('LIT-14 a folder of Markdown without a configuration tangles with the defaults', async () => {
  const folder = plant({ 'README.md': `# Any\n\n${fence('py file=a/hello.py', "print('hello')")}` })
  const { status, stdout } = await loom(folder, 'tangle')
  assert.equal([status, stdout], [0, 'wrote generated/a/hello.py\n1 files, 1 written, 0 removed\n'])
})

test('LIT-14 the configuration is found from a folder below, in loom.json or in package.json', () => {
  for (const file of ['loom.json', 'package.json']) {
    const folder = plant({ 'loom.json': '{}', ...(file === 'package.json' && { 'sub/package.json': '{"loom": {"output": "out"}}' }) })
    mkdirSync(join(folder, 'sub/deep'), { recursive: true })
    const root = file === 'package.json' ? join(folder, 'sub') : folder
    assert.is(findRoot(join(folder, 'sub/deep')), root)
    assert.is(readConfig(root).output, file === 'package.json' ? 'out' : defaults.output)
  }
})

for (const [text, message] of [
  ['{"outptu": "x"}', /^loom\.json:1:1: unknown configuration key 'outptu'\n {2}hint: did you mean 'output'\?$/],
  ['{"documents": "chapters"}', /'documents' must be of kind list, and is of kind string/],
  ['{"syntax": "noweb"}', /syntax is one of loom, entangled, lmt, not 'noweb'/],
  ['[]', /must be an object/],
  ['{', /^loom\.json:1:1: .*JSON/],
] as const) {
  test(`the configuration ${text} is refused with a reason`, () => {
    const folder = plant({ 'loom.json': text })
    try {
      readConfig(folder)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, Problems)
      assert.match((error as Error).message, message)
    }
  })
}

test('LIT-14 the command helps: a list of verbs, a page for each, and a guess at a word that is none', async () => {
  const folder = plant({})
  const help = await loom(folder, 'help')
  assert.is(help.status, 0)
  const verbs = [...help.stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1]!)
  for (const verb of ['tangle', 'check', 'stitch', 'watch', 'where', 'run', 'test', 'diagrams', 'weave']) assert.ok(verbs.includes(verb), verb)
  const page = await loom(folder, 'tangle', '--help')
  assert.match(page.stdout, /^loom tangle\n.*\n\n.*--root …/)
  assert.match((await loom(folder, 'tngle')).stderr, /unknown verb 'tngle'; did you mean 'tangle'\?/)
  assert.is((await loom(folder, 'tangle', '--frce')).status, 2)
})

test('a word is guessed when it is near, and only then', () => {
  assert.is(nearest('claim the mesage', ['deliver', 'claim the message']), 'claim the message')
  assert.is(nearest('xyz', ['deliver', 'claim the message']), undefined)
})

for (const [syntax, page] of [
  ['entangled', '``` {.ts #say}\nconsole.log(1)\n```\n\n```ts {file=a.ts}\n<<say>>\n```\n'],
  ['lmt', '```ts "say"\nconsole.log(0)\n```\n\n```ts "say"\nconsole.log(1)\n```\n\n```ts a.ts +=\n<<<say>>>\n```\n'],
] as const) {
  test(`LIT-14 books in the notation of ${syntax} are read`, async () => {
    const folder = plant({ 'loom.json': JSON.stringify({ syntax, header: false }), 'a.md': page })
    const { status, stderr } = await loom(folder, 'tangle')
    assert.equal([status, stderr], [0, ''])
    assert.is(readFileSync(join(folder, 'generated/a.ts'), 'utf8'), 'console.log(1)\n')
  })
}

test.run()
