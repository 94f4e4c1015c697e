// Pages whose ingredients are the same as when they were published are not made again.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Block } from '../block.ts'
import { digest, listFiles } from '../files.ts'
import { textOf } from '../link.ts'
import type { Luggage } from './address.ts'
import { dataOf, filesOf } from './companions.ts'
import type { Leaf } from './site.ts'
import { openStore } from './store.ts'
import type { Woven } from './woven.ts'

interface Kept {
  /** Path of what was made → digest of its text. */
  sums: [name: string, sum: string][]
  images: string[]
}

type Made = [name: string, text: string][]

export interface Memo {
  /** The pages that `make` makes of the `ingredients`; none, if they lie in the book already. */
  pages(ingredients: string, make: (luggage: Luggage) => Made, luggage: Luggage): Made
  /** Digests of the pages that lie in the book already. */
  published: Map<string, string>
  save(): void
}

/** The published files themselves are the memory; what is kept is what they were made from. */
export function openMemo(woven: Woven): Memo {
  const { config } = woven
  const store = openStore<Kept>(config, 'woven', digest(ownCode() + JSON.stringify(config)))
  const published = new Map<string, string>()
  const recall = ({ sums, images }: Kept, luggage: Luggage): boolean => {
    if (!images.every((image) => existsSync(join(config.root, image)))) return false
    if (sums.some(([name, sum]) => sumOf(join(config.root, config.book, name)) !== sum)) return false
    for (const image of images) luggage.images.set(image, image)
    for (const [name, sum] of sums) published.set(name, sum)
    return true
  }
  return {
    published,
    pages(ingredients, make, luggage) {
      const key = digest(ingredients)
      const kept = store.get(key)
      if (kept && recall(kept, luggage)) return []
      const own: Luggage = { images: new Map(), problems: [] }
      const fresh = make(own)
      for (const [to, from] of own.images) luggage.images.set(to, from)
      luggage.problems.push(...own.problems)
      if (own.problems.length === 0) store.set(key, { sums: fresh.map(([name, text]) => [name, digest(text)]), images: [...own.images.keys()] })
      return fresh
    },
    // A book that is woven elsewhere for once does not push out what is known about the usual one.
    save() {
      if (!config.book.startsWith('..')) store.save()
    },
  }
}

const seen = new Map<string, { stamp: string; sum: string }>()

/** The digest of a file; '' when there is none. One that was read before and has not been touched since is not read again. */
function sumOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  if (!found?.isFile()) return ''
  const stamp = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ')
  const known = seen.get(path)
  if (known?.stamp === stamp) return known.sum
  const sum = digest(readFileSync(path))
  seen.set(path, { stamp, sum })
  return sum
}

let code: string | undefined

function ownCode(): string {
  return (code ??= listFiles(import.meta.dirname).filter((file) => /\.ts$/.test(file)).map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n'))
}

/** What every page may name: the titles and addresses of all others, the files there are, and the chunks. */
export function sharedIngredients({ site, web, crossings }: Woven): string {
  const pages = site.leaves.map(({ url, title, chapter }) => [url, title, chapter?.title])
  const chunks = [...web.chunks].map(([name, [first]]) => [name, crossings.get(first!)!.url])
  return JSON.stringify([site.title, pages, [...web.outputs.keys()], chunks])
}

/** A tangled file with the blocks that tell it. */
export function fileIngredients({ web, crossings, site }: Woven, file: string): string {
  let before: Block | undefined
  const told = web.outputs.get(file)!.lines.map(({ block, reference }) => {
    if (block === before) return reference === undefined ? 0 : 1
    before = block
    if (!block) return 2
    const { page, fence, name } = block
    const heading = page.headings.filter(({ line }) => line < fence.line).at(-1)?.text
    return [crossings.get(block)!.url, name, block.file, heading, site.byFile.get(page.file)!.title, reference === undefined]
  })
  return JSON.stringify([site.title, file, textOf(web.outputs.get(file)!), told])
}

/** The page's own text, and the whole of each file that its blocks land in, with its types. */
export function leafIngredients(woven: Woven, leaf: Leaf): string {
  const { web, book, crossings, facts, factKeys, pictures } = woven
  const files = filesOf(woven, leaf)
  const blocks = book.blocks.filter(({ page }) => page === leaf.page)
  const links = blocks.map((block) => {
    const { url, landings, users, parts } = crossings.get(block)!
    const files = [...users, ...parts].flatMap((other) => crossings.get(other)!.landings.map(({ file }) => file))
    return [url, landings, users.map((user) => [crossings.get(user)!.url, user.name]), parts.map((part) => [crossings.get(part)!.url, part.hidden]), files.map((file) => facts.get(file)?.scopes)]
  })
  return JSON.stringify([leaf.page.text, dataOf(woven, leaf), links, files.map((file) => factKeys.get(file) ?? textOf(web.outputs.get(file)!)), blocks.map((block) => pictures.get(block))])
}
