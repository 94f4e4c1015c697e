// What belongs to a section in the program: its module, its test, its experiment, and the requirements that it shows.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Page } from '../markdown.ts'
import { idsOf } from '../requirements.ts'
import { sectionOf } from '../section.ts'
import { escape, hasPage, relativeUrl, moduleUrl } from './html.ts'
import type { Leaf } from './site.ts'
import type { Woven } from './woven.ts'

interface Test {
  file: string
  /** Counts from 0. */
  line: number
  name: string
  ids: string[]
}

/** The files that a section tells, in reading order, and those that carry its name. */
export function filesOf(woven: Woven, { page }: Leaf): string[] {
  const section = sectionOf(woven.config, page.file)
  const own = (file: string) => section !== undefined && !section.isOpening && file.startsWith(`${section.folder}/${section.slug}.`)
  const told = tellersOf(woven)
  return [...woven.web.outputs.keys()].filter((file) => told.get(file)!.has(page) || own(file))
}

const tellers = new WeakMap<Woven, Map<string, Set<Page>>>()

/** Tangled file → the pages that have a block of it. Every page asks, so it is found out once. */
function tellersOf(woven: Woven): Map<string, Set<Page>> {
  const known = tellers.get(woven)
  if (known) return known
  const told = new Map([...woven.web.outputs.values()].map(({ file, blocks, lines }) => {
    const pages = new Set(blocks.map(({ page }) => page))
    for (const { block } of lines) if (block) pages.add(block.page)
    return [file, pages]
  }))
  tellers.set(woven, told)
  return told
}

/** `maildir.test.ts` is a test, `maildir.ts` a module. */
export function roleOf(file: string): string {
  const [, role = 'module'] = /\.([a-z]+)\.[a-z]+$/.exec(posix.basename(file)) ?? []
  return role
}

/** The tests that stand in a tangled file, as far as their names are plain strings. */
export function testsIn({ web }: Woven, file: string): Test[] {
  const tests: Test[] = []
  const { lines } = web.outputs.get(file)!
  lines.forEach(({ text }, line) => {
    const [, , name] = /^\s*(?:test|it)(?:\.\w+)?\(\s*(['"`])(.+?)\1\s*,/.exec(text) ?? []
    if (name) tests.push({ file, line, name: name.replace(/\\(.)/g, '$1'), ids: idsOf({ name }) })
  })
  return tests
}

/** A box at the end of a section; '' for a page that tells no file. */
export function companionsHtml(woven: Woven, leaf: Leaf): string {
  const files = filesOf(woven, leaf).filter((file) => hasPage(woven.web.outputs.get(file)))
  if (files.length === 0) return ''
  const roles = new Map<string, string[]>()
  for (const file of files) roles.set(roleOf(file), [...(roles.get(roleOf(file)) ?? []), file])
  const link = (file: string) => `<a href="${escape(relativeUrl(leaf.url, moduleUrl(file)))}">${escape(file)}</a>`
  const rows = [...roles].map(([role, members]) => [members.length > 1 ? `${role}s` : role, members.map(link).join('<br>')])
  const data = dataOf(woven, leaf)
  if (data !== undefined) rows.push(['data', `<a href="${escape(relativeUrl(posix.join(woven.config.book, leaf.url), data))}">${escape(data)}</a>`])
  const tests = files.filter((file) => roleOf(file) === 'test').flatMap((file) => testsIn(woven, file))
  if (tests.some(({ ids }) => ids.length > 0)) rows.push(['shows', rowsHtml(woven, leaf, tests)])
  const items = rows.map(([term, words]) => `<div><dt>${term}</dt><dd>${words}</dd></div>`).join('\n')
  return `\n<aside class="companions" aria-label="This section in the program">\n<dl>\n${items}\n</dl>\n${testsHtml(leaf, tests)}</aside>`
}

/** Where an experiment's runs left their samples. */
export function dataOf({ config }: Woven, { page }: Leaf): string | undefined {
  const section = sectionOf(config, page.file)
  const stem = section && `${config.experiments}/${section.folder}/${section.slug}`
  return [stem, `${stem}.json`].find((path) => path !== undefined && existsSync(join(config.root, path)))
}

function rowsHtml({ config, site }: Woven, { url }: Leaf, tests: Test[]): string {
  const ids = [...new Set(tests.flatMap((test) => test.ids))]
  const catalogue = config.requirements === null ? undefined : site.byFile.get(config.requirements)
  return ids.map((id) => (catalogue ? `<a href="${escape(relativeUrl(url, `${catalogue.url}#${id}`))}">${id}</a>` : id)).join(', ')
}

function testsHtml({ url }: Leaf, tests: Test[]): string {
  if (tests.length === 0) return ''
  const items = tests.map(({ file, line, name }) => `<li><a href="${escape(relativeUrl(url, moduleUrl(file)))}#L${line + 1}">${escape(name)}</a></li>`)
  return `<details><summary>What its ${tests.length === 1 ? 'test says' : `${tests.length} tests say`}</summary>\n<ul>\n${items.join('\n')}\n</ul></details>\n`
}
