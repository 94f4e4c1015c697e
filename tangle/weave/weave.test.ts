import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from '../book.ts'
import { readConfig } from '../config.ts'
import { listFiles } from '../files.ts'
import { Problems } from '../problem.ts'
import { fence, plant, write } from '../testing.ts'
import { weave, type WeaveOptions } from './weave.ts'

interface Scene {
  root: string
}

const test = suite<Scene>('weave', { root: '' })

const picture = '<svg id="diagram-a-one" width="800" height="40" viewBox="0 0 800 40" xmlns="http://www.w3.org/2000/svg"><text y="20">picture</text></svg>'
const files: Record<string, string> = {
  'loom.json': JSON.stringify({
    documents: ['README.md', 'chapters'],
    folders: { '01-a': 'a' },
    edit: 'https://example.com/edit/{file}',
    requirements: 'chapters/02-last.md',
    paths: { Learn: 'Begin with [one](chapters/01-a/01-one.md).' },
  }),
  'README.md': '# The <Book>\n\nRead [one](chapters/01-a/01-one.md) or the [chapter](chapters/01-a/).\n',
  'chapters/01-a/README.md': '# Chapter A\n\nIt opens.\n\n1. [Two](02-two.md): a second page,\n   and more. And *more*.\n',
  'chapters/01-a/01-one.md': [
    '# One\n\nIt is asked. What is a **meeting point**? A place.\n',
    fence('mermaid', 'flowchart LR'),
    '*Look at [the end](02-two.md#the-end).*\n',
    fence('ts file=a/one.ts', '/** Doubles. */', 'export function double(x: number): number {', '  // <<do it>>', '}'),
    '**Do it.** Now.\n',
    fence('ts name="do it"', "const y = '<b>' + x", 'return x * 2 + y.length'),
    fence('ts hidden file=a/one.ts', 'unseen()'),
    fence('sh run', 'echo "a very long line that does not fit into the width of a telephone"'),
    fence('text output', 'a very long line'),
    '![dots](../../experiments/chart.svg)\n\n*Measured today.*\n',
    '| | b |\n| - | -: |\n| ![chart](../../experiments/chart.svg) | 1 |\n',
  ].join('\n'),
  'chapters/01-a/02-two.md': [
    '# Two\n\nWords.\n',
    fence('ts file=a/one.ts', 'double(2)'),
    fence('ts file=a/one.test.ts', "test('IO-1 it doubles', () => {})"),
    '## The end\n\nBack to [one], the [module](../../generated/a/one.ts), [here](#the-end), [elsewhere](https://example.com/x.md), `open(2)`.',
    '<details><summary>Hint</summary><a href="01-one.md">one</a></details>\n\n[one]: ./01-one.md\n',
  ].join('\n'),
  'chapters/02-last.md': '# Last\n\n| ID | what |\n| - | - |\n| IO-1 | It doubles. |\n',
  'experiments/chart.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n',
  'diagrams/a/one.svg': `${picture}\n<!-- drawn by the loom ${'0'.repeat(64)} -->\n`,
}

test.before.each((scene) => {
  scene.root = plant(files)
})

function page({ root }: Scene, file: string): string {
  return readFileSync(join(root, 'book', file), 'utf8')
}

/** What is written on the page, without its markup. */
function words(html: string): string {
  return html.replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

async function run({ root }: Scene, options: WeaveOptions = {}) {
  const config = readConfig(root)
  return weave(config, await readBook(config), options)
}

test('LIT-11 each chapter becomes a page with its neighbours, and the contents say a sentence about each', async (scene) => {
  await run(scene)
  assert.equal(listFiles(join(scene.root, 'book'), (name) => /^(\.|assets)/.test(name)), [
    '01-a/01-one.html', '01-a/01-one.types.js', '01-a/02-two.html', '01-a/02-two.types.js', '01-a/index.html', '02-last.html', 'contents.html',
    'experiments/chart.svg', 'index.html', 'indexes/chunks.html', 'indexes/files.html', 'indexes/glossary.html', 'indexes/identifiers.html',
    'indexes/references.html', 'modules/a/one.test.ts.html', 'modules/a/one.ts.html',
  ])
  assert.match(page(scene, 'index.html'), '<title>The &lt;Book&gt;</title>')
  assert.match(page(scene, '01-a/01-one.html'), '<title>One · The &lt;Book&gt;</title>')
  assert.match(page(scene, '01-a/01-one.html'), /<a rel="prev" href="index.html">.*<a rel="next" href="02-two.html">/)
  assert.match(page(scene, '01-a/01-one.html'), '<a href="https://example.com/edit/chapters/01-a/01-one.md">Edit this section</a>')
  const contents = page(scene, 'contents.html')
  assert.match(contents, '<h3>Learn</h3>\n<p>Begin with <a href="01-a/01-one.html">one</a>.</p>')
  assert.match(words(contents), /Chapter A It opens\.\nOne It is asked\.\nTwo A second page, and more\.\n/)
})

test('LIT-11 a block says where it lands and in which function, a reference leads to its chunk, and a chunk to its users', async (scene) => {
  await run(scene)
  const one = page(scene, '01-a/01-one.html')
  assert.match(one, '<figure class="code" id="file:a/one.ts"><figcaption><span class="where"><a href="../modules/a/one.ts.html#L2">a/one.ts</a></span>')
  assert.match(one, '<a href="#chunk:do-it">&lt;&lt;do it&gt;&gt;</a>')
  assert.match(one, '<span class="name">do it</span> <span class="where"><a href="../modules/a/one.ts.html#L5">a/one.ts</a>, in <code>double()</code></span>')
  assert.match(one, '<p class="crossing">used in <a href="#file:a/one.ts">double()</a></p>')
  assert.match(one, '<a href="02-two.html#file:a/one.ts:3">continued in Two</a>')
  assert.match(one, '<i class=s>\'&lt;b&gt;\'</i>')
  assert.not.match(one, 'unseen')
  assert.not.match(one, '<th></th>')
})

test('LIT-11 a name carries the type that the whole tangled program gives it', async (scene) => {
  await run(scene)
  const types = JSON.parse(page(scene, '01-a/01-one.types.js').replace('window.loomTypes = ', '')) as string[]
  assert.ok(types.includes('function double(x: number): number\n\nDoubles.'))
  assert.ok(types.includes('(parameter) x: number'), 'in a chunk that is no program by itself')
  const [, indexes = ''] = /id="chunk:do-it">.*?<pre data-types="([^"]*)"/s.exec(page(scene, '01-a/01-one.html'))!
  assert.is(types[Number(indexes.split(' ')[0])], 'const y: string')
})

test('LIT-11 types follow what is imported: a changed signature is seen by whoever uses it', async (scene) => {
  const user = ['# User', fence('ts file=a/user.ts', "import { double } from './one.ts'", 'export const four = double(2)')].join('\n\n')
  write(scene.root, { 'chapters/03-user.md': user })
  await run(scene)
  assert.match(page(scene, '03-user.types.js'), 'const four: number')
  const body = files['chapters/01-a/01-one.md']!.replace('return x * 2', 'return x + x')
  write(scene.root, { 'chapters/01-a/01-one.md': body })
  assert.not.ok((await run(scene)).written.includes('03-user.html'))
  write(scene.root, { 'chapters/01-a/01-one.md': body.replace('): number {', '): bigint {') })
  assert.ok((await run(scene)).written.includes('03-user.types.js'))
  assert.match(page(scene, '03-user.types.js'), 'const four: bigint')
})

test('LIT-11 a diagram stands in the page with its caption, an image comes along, and comments stay behind', async (scene) => {
  await run(scene)
  const one = page(scene, '01-a/01-one.html')
  assert.match(one, `<div class="picture" style="--width: 800px">${picture}</div><figcaption>Look at <a href="02-two.html#the-end">the end</a>.</figcaption>`)
  assert.match(one, '<img src="../experiments/chart.svg" alt="chart">')
  assert.match(one, '<figure class="chart"><div class="picture"><img src="../experiments/chart.svg" alt="dots"></div><figcaption>Measured today.</figcaption></figure>')
  assert.not.match(one, '<!--')
  write(scene.root, { 'diagrams/a/one.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n' })
  await run(scene)
  assert.match(words(page(scene, '01-a/01-one.html')), 'flowchart LR')
})

test('LIT-11 a section leads to its whole module, its tests and the requirements that they show, and the module leads back', async (scene) => {
  await run(scene)
  const two = page(scene, '01-a/02-two.html')
  assert.match(two, '<dt>module</dt><dd><a href="../modules/a/one.ts.html">a/one.ts</a>')
  assert.match(two, '<dt>test</dt><dd><a href="../modules/a/one.test.ts.html">a/one.test.ts</a>')
  assert.match(two, '<dt>shows</dt><dd><a href="../02-last.html#IO-1">IO-1</a>')
  assert.match(two, '<a href="../modules/a/one.test.ts.html#L2">IO-1 it doubles</a>')
  assert.match(two, '<a href="../modules/a/one.ts.html">module</a>')
  assert.match(page(scene, '02-last.html'), '<tr id="IO-1">')
  const module = page(scene, 'modules/a/one.ts.html')
  assert.match(module, 'id="L5"><a class="back" href="../../01-a/01-one.html#chunk:do-it">do it</a>')
  const shown = words(module.replace(/<a class="back".*?<\/a>/g, ''))
  assert.match(shown, "export function double(x: number): number {\n  // do it\n  const y = '<b>' + x\n  return x * 2 + y.length\n}\n\nunseen()\n\ndouble(2)\n")
})

test('LIT-11 the indexes list chunks, identifiers with their uses, files, terms and references', async (scene) => {
  await run(scene)
  const index = (name: string) => words(page(scene, `indexes/${name}.html`))
  assert.match(index('chunks'), 'do it in One; used in a/one.ts')
  assert.match(index('identifiers'), 'double exported function in a/one.ts; used in Two')
  assert.match(index('files'), 'a/one.ts module, 11 lines, told in One, Two')
  assert.match(index('glossary'), 'meeting point\nWhat is a meeting point? One')
  assert.match(index('references'), 'elsewhere example.com Two')
  assert.match(index('references'), 'open(2) Two')
})

test('LIT-11 only what changed is written, own stale files go, and what the loom did not write stays', async (scene) => {
  await run(scene)
  write(scene.root, { 'book/own.html': 'mine' })
  assert.equal((await run(scene)).written, [])
  rmSync(join(scene.root, 'chapters/01-a/02-two.md'))
  write(scene.root, { 'chapters/01-a/01-one.md': '# One\n\nNothing here.\n', 'chapters/01-a/README.md': '# Chapter A\n\nIt opens.\n' })
  const { written, removed } = await run(scene)
  assert.ok(written.includes('01-a/01-one.html') && written.includes('02-last.html'), 'the neighbour of a page that went')
  assert.not.ok(written.includes('index.html') || written.includes('assets/book.css'))
  assert.ok(removed.includes('01-a/02-two.html') && removed.includes('modules/a/one.ts.html') && removed.includes('experiments/chart.svg'))
  assert.not.ok(existsSync(join(scene.root, 'book/modules')))
  assert.is(page(scene, 'own.html'), 'mine')
})

test('LIT-11 an image that is missing and a page that would replace a foreign file are told, and nothing is written', async (scene) => {
  rmSync(join(scene.root, 'experiments/chart.svg'))
  write(scene.root, { 'book/02-last.html': 'mine' })
  try {
    await run(scene)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, Problems)
    assert.match((error as Problems).message, 'book/02-last.html:1:1: a file that the loom did not write stands here')
    assert.match((error as Problems).message, /chapters\/01-a\/01-one.md:\d+:3: no such image: experiments\/chart.svg/)
  }
  assert.equal(listFiles(join(scene.root, 'book')), ['02-last.html'])
})

test('LIT-11 the EPUB holds every page as XML whose links and images are there, its first file is the type, plainly', async (scene) => {
  await run(scene, { epub: true })
  const bytes = readFileSync(join(scene.root, 'book/book.epub'))
  assert.is(bytes.subarray(30, 58).toString('latin1'), 'mimetypeapplication/epub+zip')
  const inside = Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]))
  const parts = Object.keys(inside).filter((name) => name.endsWith('.xhtml'))
  assert.is(parts.length, 6)
  const { JSDOM } = (await import('jsdom' as string)) as { JSDOM: new (text: string, options: object) => { window: { document: Document } } }
  for (const name of [...parts, 'book/content.opf', 'META-INF/container.xml']) {
    const { document } = new JSDOM(inside[name]!, { contentType: 'application/xhtml+xml' }).window // throws when it is no XML
    for (const element of document.querySelectorAll('a[href], img[src], item[href]')) {
      const to = element.getAttribute('href') ?? element.getAttribute('src')!
      if (/^https?:/.test(to)) continue
      const [path, id] = to.split('#')
      const target = path === '' ? name : `book/${path}`
      assert.ok(target in inside, `${name}: ${to}`)
      if (id !== undefined) assert.match(inside[target]!, `id="${id}"`)
    }
  }
  assert.match(page(scene, 'contents.html'), '<a href="book.epub">The book as EPUB</a>')
  assert.match(words(inside['book/nav.xhtml']!), /The <Book>[\s\S]*Chapter A[\s\S]*One[\s\S]*Two[\s\S]*Last/)
})

test('LIT-11 the PDF holds the whole book with bookmarks, and goes when it is not asked for', async (scene) => {
  await run(scene, { pdf: true })
  const pdf = readFileSync(join(scene.root, 'book/book.pdf'), 'latin1')
  assert.is(pdf.slice(0, 5), '%PDF-')
  assert.match(pdf, '/Outlines')
  const sheets = pdf.match(/\/Type\s*\/Page\b/g)!.length
  assert.ok(sheets >= 7, `a title, the contents and five pages: ${sheets}`)
  assert.equal((await run(scene)).removed, ['book.pdf'])
})

test.run()
