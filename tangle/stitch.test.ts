// Stitch on planted books, one case each. Random ones are in stitch-random.test.ts.
import { execFileSync } from 'node:child_process'
import fs, { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fault, withFault } from './faults.ts'
import { listFiles } from './files.ts'
import { Problems } from './problem.ts'
import { stitch } from './stitch.ts'
import { configOf, contents, fence, loom, plant, write } from './testing.ts'
import { tangle } from './tangle.ts'

const bare = { header: false }

async function tangled(files: Record<string, string>, own = {}) {
  const folder = plant(files)
  const config = configOf(folder, own)
  await tangle(config)
  return { folder, config }
}

type Change = [from: string | RegExp, to: string | ((found: string) => string)]

/** Replaces in a file; the text must be there. */
function edit(folder: string, file: string, ...[from, to]: Change): void {
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  const after = before.replace(from, to as string)
  assert.is.not(after, before, `nothing to edit in ${file}`)
  writeFileSync(path, after)
}

const textOf = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8')

/** Stitch must refuse with this, and leave every file as it is. */
async function refuses(folder: string, expected: RegExp, own = {}): Promise<void> {
  const before = contents(folder)
  try {
    await stitch(configOf(folder, own))
  } catch (error) {
    if (!(error instanceof Problems)) throw error
    assert.match(error.message, expected)
    assert.equal(contents(folder), before, 'a refusal changed a file')
    return
  }
  assert.unreachable('stitch should have refused')
}

/** Stitch must carry this edit: the page becomes `page`, the tangled file stays as edited. */
async function carries(files: Record<string, string>, [from, to]: Change, page: string) {
  const { folder, config } = await tangled(files, bare)
  edit(folder, 'generated/a.ts', from, to)
  const edited = textOf(folder, 'generated/a.ts')
  const { chapters } = await stitch(config)
  assert.is(textOf(folder, 'generated/a.ts'), edited)
  assert.is(textOf(folder, 'a.md'), page)
  return chapters
}

const nested = {
  'a.md': [
    '# A\n',
    fence('ts file=a.ts', 'function f() {', '  // <<body>>', '  return a', '}'),
    fence('ts name=body', 'const a = 1', 'if (a) {', '  g(a)', '}'),
  ].join('\n'),
}

test('LIT-6 an edit in a named chunk goes into its block, without the indentation of the reference', async () => {
  const chapters = await carries(nested, ['    g(a)', '    g(a, 2)\n    h()'], nested['a.md'].replace('  g(a)', '  g(a, 2)\n  h()'))
  assert.equal(chapters, [{ file: 'a.md', chunks: [{ name: 'body', line: 10 }] }])
})

test('LIT-6 an edit in the block around a chunk goes into that block', async () => {
  await carries(nested, ['return a', 'return a + 1'], nested['a.md'].replace('return a', 'return a + 1'))
})

test('LIT-6 removed lines leave the chapter', async () => {
  await carries(nested, ['  if (a) {\n    g(a)\n  }\n', ''], nested['a.md'].replace('if (a) {\n  g(a)\n}\n', ''))
})

test('LIT-6 a line added at the end of a chunk continues the chunk when it is indented like it', async () => {
  await carries(nested, ['  }\n  return', '  }\n  more()\n  return'], nested['a.md'].replace('  g(a)\n}\n', '  g(a)\n}\nmore()\n'))
})

test('LIT-6 a line added after a chunk belongs to the block around it when it stands further left', async () => {
  await carries(nested, ['  }\n  return', '  }\nmore()\n  return'], nested['a.md'].replace('  return', 'more()\n  return'))
})

test('LIT-6 a line that leaves the indentation of its chunk moves into the block around it', async () => {
  await carries(nested, ['  }\n  return', '}\n  return'], nested['a.md'].replace('  g(a)\n}', '  g(a)').replace('  return', '}\n  return'))
})

test('LIT-6 with no edit nothing changes, not even a modification time', async () => {
  const { folder, config } = await tangled(nested)
  const before = contents(folder)
  utimesSync(join(folder, 'a.md'), 1, 1)
  utimesSync(join(folder, 'generated/a.ts'), 1, 1)
  assert.equal(await stitch(config), { chapters: [], repeated: [] })
  assert.equal(contents(folder), before)
  for (const file of ['a.md', 'generated/a.ts']) assert.is(statSync(join(folder, file)).mtimeMs, 1000)
})

const contained = (open: string, inner: string) => [`# A`, '', `${open}\`\`\`ts file=a.ts`, `${inner}one()`, `${inner}two()`, `${inner}\`\`\``, ''].join('\n')

for (const [kind, open, inner] of [
  ['a list', '- ', '  '],
  ['a numbered list', '12. ', '    '],
  ['a quote', '> ', '> '],
  ['a list in a quote', '> - ', '>   '],
  ['a quote in a list', '- > ', '  > '],
  ['an indented fence', '   ', '   '],
] as const) {
  test(`LIT-6 in ${kind} new lines get what stands before the others`, async () => {
    const page = contained(open, inner)
    const wanted = page.replace(`${inner}two()`, `${inner}  three()\n${`${inner}`.trimEnd()}\n${inner}four()`)
    await carries({ 'a.md': page }, ['two()', '  three()\n\nfour()'], wanted)
  })
}

test('LIT-6 a quote without a blank after its mark takes an indented line', async () => {
  await carries({ 'a.md': '>```ts file=a.ts\n>one()\n>```\n' }, ['one()', '  two()'], '>```ts file=a.ts\n>   two()\n>```\n')
})

test('LIT-6 a chapter keeps its byte order mark, its carriage returns and its missing last line end', async () => {
  const page = `\uFEFF${fence('ts file=a.ts', 'one()', 'two()')}\nend`.replaceAll('\n', '\r\n')
  await carries({ 'a.md': page }, ['one()', 'one()\nmore()'], page.replace('one()', 'one()\r\nmore()'))
})

test('LIT-6 a fence becomes longer than a line that would close it', async () => {
  await carries({ 'a.md': fence('ts file=a.ts', 'one()') }, ['one()', '`\n````\n`'], '`````ts file=a.ts\n`\n````\n`\n`````\n')
})

test('LIT-6 a fence of tildes becomes longer too', async () => {
  await carries({ 'a.md': '~~~ts file=a.ts\none()\n~~~\n' }, ['one()', '~~~\n```'], '~~~~ts file=a.ts\n~~~\n```\n~~~~\n')
})

test('LIT-6 a re-indented reference takes its chunk along', async () => {
  await carries(nested, [/^ .*$/gm, '    $&'], nested['a.md'].replace('  // <<body>>', '      // <<body>>').replace('  return a', '      return a'))
})

test('LIT-6 a chunk that a formatter indented by tabs stays as it is in the chapter', async () => {
  await carries(nested, [/^( {2})+/gm, (found) => '\t'.repeat(found.length / 2)], nested['a.md'].replace('  //', '\t//').replace('  return', '\treturn').replace('  g(a)', '\tg(a)'))
})

test('LIT-6 a blank line between two blocks stays the loom\'s own when one beside it goes', async () => {
  const page = [fence('ts file=a.ts', 'one()', ''), fence('ts file=a.ts', '', 'two()')].join('\n')
  await carries({ 'a.md': page }, [/\n+two/, '\n\ntwo'], [fence('ts file=a.ts', 'one()'), fence('ts file=a.ts', 'two()')].join('\n'))
})

test('LIT-6 lines between two blocks join the block that they close up to', async () => {
  const [one, two] = [fence('ts file=a.ts', 'one()'), fence('ts file=a.ts', 'two()')]
  await carries({ 'a.md': `${one}\n${two}` }, ['one()\n', 'one()\nmore()\n'], `${fence('ts file=a.ts', 'one()', 'more()')}\n${two}`)
})

test('LIT-6 an executable chapter that is a symbolic link stays both', async () => {
  const { folder, config } = await tangled({ 'real/b.txt': fence('ts file=a.ts', 'one()'), 'loom.json': '{"documents": ["a.md"]}', 'a.md': '' })
  rmSync(join(folder, 'a.md'))
  symlinkSync('real/b.txt', join(folder, 'a.md'))
  execFileSync('chmod', ['750', join(folder, 'real/b.txt')])
  await tangle(config)
  edit(folder, 'generated/a.ts', 'one', 'two')
  await stitch(config)
  assert.is(textOf(folder, 'real/b.txt'), fence('ts file=a.ts', 'two()'))
  assert.is(statSync(join(folder, 'real/b.txt')).mode & 0o777, 0o750)
})

// Both sides changed.

const both = {
  'a.md': [fence('ts file=a.ts', '// <<first>>', 'between()', 'here()', '// <<second>>'), fence('ts name=first', 'one()'), fence('ts name=second', 'two()')].join('\n'),
}

test('LIT-6 changes on both sides in different chunks are merged', async () => {
  const { folder, config } = await tangled(both)
  edit(folder, 'a.md', 'one()', 'uno()\nmore()')
  edit(folder, 'generated/a.ts', 'two()', 'due()')
  await stitch(config)
  assert.is(textOf(folder, 'a.md'), both['a.md'].replace('one()', 'uno()\nmore()').replace('two()', 'due()'))
  assert.match(textOf(folder, 'generated/a.ts'), /uno\(\)\nmore\(\)\nbetween\(\)\nhere\(\)\n\/\/ second\ndue\(\)\n$/)
})

test('LIT-6 the same change on both sides is no conflict', async () => {
  const { folder, config } = await tangled(both)
  edit(folder, 'a.md', 'one()', 'uno()')
  edit(folder, 'generated/a.ts', 'one()', 'uno()')
  await stitch(config)
  assert.is(textOf(folder, 'a.md'), both['a.md'].replace('one()', 'uno()'))
})

test('LIT-6 different changes of the same line are shown as chapter:line against generated:line', async () => {
  const { folder } = await tangled(both)
  edit(folder, 'a.md', 'one()', 'uno()')
  edit(folder, 'generated/a.ts', 'one()', 'un()\ndeux()')
  await refuses(folder, /^a\.md:9:1: changed here, and otherwise in generated\/a\.ts:3\n {2}a\.md:9 says\n {4}uno\(\)\n {2}generated\/a\.ts:3 says\n {4}un\(\)\n {4}deux\(\)\n {2}hint: /)
})

test('LIT-6 every conflict of a run is told at once', async () => {
  const { folder } = await tangled(both)
  edit(folder, 'a.md', 'one()', 'uno()')
  edit(folder, 'a.md', 'two()', '')
  edit(folder, 'generated/a.ts', 'one()', 'un()')
  edit(folder, 'generated/a.ts', 'two()', 'deux()')
  await refuses(folder, /a\.md:9:1: changed here[\s\S]*a\.md:13:1: changed here/)
})

test('LIT-6 the command ends with status 1 on a conflict and 0 on success', async () => {
  const { folder } = await tangled(both)
  edit(folder, 'generated/a.ts', 'one()', 'un()')
  assert.equal(await loom(folder, 'stitch'), { status: 0, stdout: 'a.md:8: first\n', stderr: '' })
  edit(folder, 'generated/a.ts', 'un()', 'ein()')
  edit(folder, 'a.md', 'un()', 'uno()')
  const before = contents(folder)
  const { status, stdout, stderr } = await loom(folder, 'stitch')
  assert.equal([status, stdout], [1, ''])
  assert.match(stderr, /^a\.md:9:1: changed here, and otherwise in generated\/a\.ts:3\n/)
  assert.equal(contents(folder), before)
})

// Where the base comes from.

test('LIT-6 without the cache the base comes from git, when that is what was tangled last', async () => {
  const { folder, config } = await tangled(both)
  const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder })
  git('init', '-q')
  git('add', 'generated')
  git('commit', '-q', '-m', 'x')
  rmSync(join(folder, '.loom'), { recursive: true })
  edit(folder, 'a.md', 'one()', 'uno()')
  edit(folder, 'generated/a.ts', 'two()', 'due()')
  await stitch(config)
  assert.is(textOf(folder, 'a.md'), both['a.md'].replace('one()', 'uno()').replace('two()', 'due()'))
})

test('LIT-6 without any base stitch refuses', async () => {
  const { folder } = await tangled(both)
  rmSync(join(folder, '.loom'), { recursive: true })
  edit(folder, 'a.md', 'one()', 'uno()')
  edit(folder, 'generated/a.ts', 'two()', 'due()')
  await refuses(folder, /^generated\/a\.ts:1:1: edited, and nobody knows from which text/)
})

test('LIT-6 a copy in the cache that is not what was tangled last is no base', async () => {
  const { folder } = await tangled(both)
  for (const copy of readdirSync(join(folder, '.loom/base'))) edit(folder, `.loom/base/${copy}`, 'one()', 'wrong()')
  edit(folder, 'a.md', 'one()', 'uno()')
  edit(folder, 'generated/a.ts', 'two()', 'due()')
  await refuses(folder, /nobody knows from which text/)
})

test('LIT-6 an edit after a tangle that was cut short has no base, as it may have begun from the old text or the new', async () => {
  const { folder } = await tangled(both)
  const before = textOf(folder, 'generated/a.ts')
  const manifest = readFileSync(join(folder, 'generated/.loom.json'), 'utf8')
  const [sum] = /[0-9a-f]{64}/.exec(manifest)!
  edit(folder, 'a.md', 'one()', 'uno()')
  await tangle(configOf(folder))
  const [newSum] = /[0-9a-f]{64}/.exec(textOf(folder, 'generated/.loom.json'))!
  // as a kill between two renames leaves it: the file is the old one, the manifest names both
  write(folder, { 'generated/a.ts': before.replace('two()', 'due()'), 'generated/.loom.json': manifest.replace(`"${sum}"`, JSON.stringify([newSum, sum])) })
  await refuses(folder, /^generated\/a\.ts:1:1: edited, and nobody knows from which text/)
})

// A chunk in several places.

const twice = {
  'a.md': [fence('ts file=a.ts', '// <<log>>', 'between()', '{', '  // <<log>>', '}'), fence('ts file=b.ts', '// <<log>>'), fence('ts name=log', 'one()', 'two()')].join('\n'),
}

test('LIT-6 a chunk used in several places and edited in one is edited once, and the other places follow', async () => {
  const { folder, config } = await tangled(twice, bare)
  edit(folder, 'generated/a.ts', '  two()', '  more()')
  const result = await stitch(config)
  assert.is(textOf(folder, 'a.md'), twice['a.md'].replace('two()', 'more()'))
  assert.is(textOf(folder, 'generated/a.ts'), '// log\none()\nmore()\nbetween()\n{\n  // log\n  one()\n  more()\n}\n')
  assert.is(textOf(folder, 'generated/b.ts'), '// log\none()\nmore()\n')
  assert.equal(result.repeated, [{ file: 'a.ts', name: 'log' }, { file: 'b.ts', name: 'log' }])
})

test('LIT-6 a chunk edited alike in all its places is edited once', async () => {
  const { folder, config } = await tangled(twice)
  for (const file of ['generated/a.ts', 'generated/b.ts']) edit(folder, file, /two\(\)/g, 'more()\nless()')
  edit(folder, 'generated/a.ts', '  more()\nless()', '  more()\n  less()')
  await stitch(config)
  assert.is(textOf(folder, 'a.md'), twice['a.md'].replace('two()', 'more()\nless()'))
})

test('LIT-6 a chunk edited differently in two places is a conflict', async () => {
  const { folder } = await tangled(twice)
  edit(folder, 'generated/a.ts', '  one()', '  uno()')
  edit(folder, 'generated/b.ts', 'one()', 'un()')
  await refuses(folder, /^a\.md:14:1: used in several places, and edited there in different ways\n {2}generated\/a\.ts:8: uno\(\)\n {2}generated\/b\.ts:3: un\(\)\n/)
})

test('LIT-6 a chunk edited at different lines in two places is a conflict', async () => {
  const { folder } = await tangled(twice)
  edit(folder, 'generated/a.ts', '  one()', '  uno()')
  edit(folder, 'generated/b.ts', 'two()', 'deux()')
  await refuses(folder, /in different ways/)
})

// What cannot be carried back.

const refusals: [string, Change, RegExp][] = [
  ['a changed name of a chunk', ['// body', '// the body'], /^generated\/a\.ts:3:1: the line '\/\/ body' stands for a chunk and was changed or removed\n {2}hint: rename or move the chunk in a\.md:5$/],
  ['a removed name of a chunk', ['  // body\n', ''], /^generated\/a\.ts:3:1: the line '\/\/ body'/],
  ['a changed header', ['Told', 'told'], /^generated\/a\.ts:1:1: the file's first line is the loom's own/],
  ['a removed header', [/^.*\n/, ''], /^generated\/a\.ts:1:1: the file's first line is the loom's own/],
  ['a line before the header', [/^/, 'first()\n'], /^generated\/a\.ts:1:1: no block begins or ends here/],
  ['a new reference', ['return a', '// <<other>>'], /^generated\/a\.ts:8:1: '\/\/ <<other>>' would become a reference/],
  ['a carriage return', ['return a', 'return a\r'], /^generated\/a\.ts:8:1: a carriage return/],
  ['a last line without its end', [/\n$/, ''], /^generated\/a\.ts:9:1: the last line has no line end/],
  ['a line of blanks that is shorter than its chunk', ['    g(a)', ' '], /^generated\/a\.ts:6:1: these lines fit the indentation of no chunk here/],
  ['a byte that Markdown replaces', ['g(a)', 'g("\0")'], /^generated\/a\.ts:1:1: Markdown cannot hold this edit/],
]

for (const [what, change, told] of refusals) {
  test(`LIT-6 ${what} is refused`, async () => {
    const { folder } = await tangled(nested)
    edit(folder, 'generated/a.ts', ...change)
    await refuses(folder, told)
  })
}

test('LIT-6 the removed blank line between two blocks is refused', async () => {
  const { folder } = await tangled({ 'a.md': [fence('ts file=a.ts', 'one()'), fence('ts file=a.ts', 'two()')].join('\n') })
  edit(folder, 'generated/a.ts', '\n\n', '\n')
  await refuses(folder, /^generated\/a\.ts:3:1: the blank line between two blocks/)
})

test('LIT-6 a reference further left than the chunk around it is refused', async () => {
  const { folder } = await tangled({
    'a.md': [fence('ts file=a.ts', '{', '  // <<outer>>', '}'), fence('ts name=outer', 'one()', '// <<inner>>'), fence('ts name=inner', 'two()')].join('\n'),
  })
  edit(folder, 'generated/a.ts', '  // inner', '// inner')
  await refuses(folder, /^generated\/a\.ts:5:1: the line '\/\/ inner' stands further left/)
})

test('LIT-6 bytes that are not UTF-8 are refused', async () => {
  const { folder } = await tangled(nested)
  writeFileSync(join(folder, 'generated/a.ts'), Buffer.from(textOf(folder, 'generated/a.ts').replace('g(a)', 'g(\xff)'), 'latin1'))
  await refuses(folder, /^generated\/a\.ts:1:1: not UTF-8/)
})

test('LIT-6 a deleted file is told, and tangling writes it again', async () => {
  const { folder, config } = await tangled(nested)
  rmSync(join(folder, 'generated/a.ts'))
  await refuses(folder, /^generated\/a\.ts:1:1: deleted since it was tangled\n {2}hint: tangle writes it again/)
  await tangle(config)
  assert.ok(existsSync(join(folder, 'generated/a.ts')))
})

test('LIT-6 an edited file that no chapter names any longer is refused', async () => {
  const { folder } = await tangled(nested)
  edit(folder, 'generated/a.ts', 'return a', 'return 2')
  edit(folder, 'a.md', 'file=a.ts', 'file=b.ts')
  await refuses(folder, /^generated\/a\.ts:1:1: no chapter names this file any longer, and it was edited/)
})

test('LIT-6 a chapter with a problem is told, and the edit waits', async () => {
  const { folder } = await tangled(nested)
  edit(folder, 'generated/a.ts', 'return a', 'return 2')
  edit(folder, 'a.md', '<<body>>', '<<bodi>>')
  await refuses(folder, /^a\.md:5:6: no chunk is named 'bodi'/)
})

test('LIT-6 one edit of several that cannot be carried stops all', async () => {
  const { folder } = await tangled(twice)
  edit(folder, 'generated/b.ts', 'two()', 'deux()')
  edit(folder, 'generated/a.ts', '// log', '// log it')
  await refuses(folder, /^generated\/a\.ts:2:1: the line '\/\/ log' stands for a chunk/)
})

// Cut short, or disturbed.

const twoPages = { 'a.md': fence('ts file=a.ts', 'one()', '// <<two>>'), 'b.md': fence('ts name=two', 'two()') }

/** Two chapters whose code is edited in one file, and the chapters as they shall be. */
async function editedPages() {
  const { folder } = await tangled(twoPages)
  for (const word of ['one', 'two']) edit(folder, 'generated/a.ts', `${word}()`, `${word}(2)`)
  const goal = Object.fromEntries(Object.entries(twoPages).map(([file, text]) => [file, text.replace('()', '(2)')]))
  return { folder, goal }
}

for (const fault of ['killed', 'torn', 'full'] satisfies Fault[]) {
  test(`LIT-6 ${fault === 'full' ? 'on a full disk' : fault === 'torn' ? 'killed within any write' : 'killed before any change'}, chapters are old or new, the edit is kept, and stitching again completes it`, async () => {
    const { folder: template, goal } = await editedPages()
    const edited = textOf(template, 'generated/a.ts')
    let at = 0
    for (; ; at++) {
      const folder = plant({})
      cpSync(template, folder, { recursive: true })
      const { isHit, error } = await withFault(folder, fault, at, () => stitch(configOf(folder)))
      assert.is(textOf(folder, 'generated/a.ts'), edited)
      for (const [file, text] of Object.entries(twoPages)) {
        assert.ok([text, goal[file]].includes(textOf(folder, file)), `${file} is neither old nor new, ${fault} at ${at}`)
      }
      if (fault === 'full' && error) assert.match((error as Error).message, /^ENOSPC/)
      await stitch(configOf(folder))
      for (const [file, text] of Object.entries(goal)) assert.is(textOf(folder, file), text)
      assert.is(textOf(folder, 'generated/a.ts'), edited)
      assert.equal(listFiles(folder).filter((file) => file.includes('.loom-')), [])
      rmSync(folder, { recursive: true })
      if (!isHit) break
    }
    process.stdout.write(`  ${at} points\n`)
    assert.ok(at >= 5)
  })
}

test('LIT-6 a chapter that is saved while stitching keeps what was saved', async () => {
  const { folder } = await editedPages()
  const real = fs.realpathSync
  const saved = 'saved in the meantime\n'
  fs.realpathSync = Object.assign((...args: Parameters<typeof real>) => {
    if (textOf(folder, 'b.md') !== saved) writeFileSync(join(folder, 'b.md'), saved)
    return real(...args)
  }, { native: real.native }) as typeof real
  syncBuiltinESMExports()
  try {
    await stitch(configOf(folder))
    assert.unreachable('stitch should have refused')
  } catch (error) {
    assert.instance(error, Problems)
    assert.match((error as Error).message, /^b\.md:1:1: changed while stitching\n {2}hint: stitch again$/)
  } finally {
    fs.realpathSync = real
    syncBuiltinESMExports()
  }
  assert.is(textOf(folder, 'b.md'), saved)
  assert.is(textOf(folder, 'a.md'), twoPages['a.md'])
})

test.run()
