// The index that readers search: sections by their headings and words, chunks, identifiers and files by their names.
// It is a script and not data, since pages from the disk may load scripts and nothing else.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import MiniSearch from 'minisearch'
import type { Name } from './names.ts'
import { hasPage, plainWords, moduleUrl } from './html.ts'
import type { Leaf } from './site.ts'
import type { Woven } from './woven.ts'

export interface Entry {
  /** Title, what it is a part of, kind, address, and words that are looked through but not shown. */
  t: string
  h: string
  k: string
  u: string
  x: string
}

/** As book.js opens the index: keep them alike. */
const options = { fields: ['t', 'h', 'x'], storeFields: ['t', 'h', 'k', 'u'] }

const library = createRequire(import.meta.url).resolve('minisearch')

/** All that the scripts are made of. */
export function searchIngredients(entries: Entry[]): string {
  return JSON.stringify([readFileSync(join(dirname(library), '../../package.json'), 'utf8'), entries])
}

/** Paths and scripts. */
export function searchScripts(entries: Entry[]): [path: string, script: string][] {
  const index = new MiniSearch<Entry & { id: number }>(options)
  index.addAll(entries.map((entry, id) => ({ id, ...entry })))
  return [
    ['assets/minisearch.js', readFileSync(join(dirname(library), '../umd/index.js'), 'utf8').replace(/\n?\/\/# sourceMappingURL.*/, '')],
    ['assets/search.js', `window.loomIndex = ${JSON.stringify(JSON.stringify(index))}\n`],
  ]
}

/** All that can be found. */
export function searchEntries({ site, web, crossings }: Woven, names: Name[]): Entry[] {
  const entries: Entry[] = site.leaves.flatMap(sectionsOf)
  for (const [name, [first]] of web.chunks) {
    entries.push({ t: name, h: site.byFile.get(first!.page.file)!.title, k: 'chunk', u: crossings.get(first!)!.url, x: '' })
  }
  for (const { name, kind, file, home, line } of names) {
    entries.push({ t: name, h: file, k: kind, u: home ? crossings.get(home)!.url : `${moduleUrl(file)}#L${line + 1}`, x: inWords(name) })
  }
  for (const [file, output] of web.outputs) if (hasPage(output)) entries.push({ t: file, h: '', k: 'file', u: moduleUrl(file), x: inWords(file) })
  return entries
}

/** `atomicWrite` can be found as two words. */
function inWords(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[._/-]/g, ' ')
}

/** A page cut at its headings. */
function sectionsOf({ page, title, url, ids }: Leaf): Entry[] {
  const lines = page.text.split(/\r\n|\n|\r/)
  for (const { line, endLine } of page.fences) for (let i = line - 1; i < endLine; i++) lines[i] = ''
  const starts = page.headings.map(({ line, text, depth }, i) => ({ line, text, id: ids[i]!, isTitle: depth === 1 }))
  if (starts[0]?.line !== 1) starts.unshift({ line: 0, text: title, id: '', isTitle: true })
  return starts.map(({ line, text, id, isTitle }, i) => {
    const words = lines.slice(line, (starts[i + 1]?.line ?? lines.length + 1) - 1).join(' ')
    const x = plainWords(words.replace(/<!--.*?-->|<[^>]*>/g, ' ')).replace(/\s+/g, ' ')
    return { t: text, h: isTitle ? '' : title, k: isTitle ? 'page' : 'section', u: isTitle ? url : `${url}#${id}`, x }
  })
}
