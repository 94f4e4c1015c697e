// Addresses: what a chapter links to, as its woven page has to write it.
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Mark, Page } from '../markdown.ts'
import type { Problem } from '../problem.ts'
import { hasPage, relativeUrl, moduleUrl } from './html.ts'
import type { Woven } from './woven.ts'

/** What pages refer to on the way: images that have to come along, and those that are missing. */
export interface Luggage {
  images: Map<string, string>
  problems: Problem[]
}

/**
 * An address in the page `file` of the book, for the woven page at `from`. Pages and tangled files are linked to as
 * woven, images come along, and other files stay where they are.
 */
export function addressOf({ config, site, web }: Woven, file: Page['file'], from: string, luggage: Luggage) {
  return (url: string, mark: Mark): string => {
    if (/^([a-z][a-z0-9+.-]*:|\/|#|$)/i.test(url)) return url
    const [, path, suffix] = /^([^?#]*)(.*)$/s.exec(url)!
    const target = posix.join(posix.dirname(file), decodeURI(path!)).replace(/\/$/, '')
    const leaf = site.byFile.get(target) ?? site.byFile.get(posix.join(target, 'README.md'))
    if (leaf) return relativeUrl(from, leaf.url + suffix)
    const output = target.startsWith(`${config.output}/`) ? target.slice(config.output.length + 1) : undefined
    if (output !== undefined && hasPage(web.outputs.get(output))) return relativeUrl(from, moduleUrl(output) + suffix)
    const isImage = /\.(svg|png|jpe?g|gif|webp|avif)$/i.test(target) && !target.startsWith('..')
    if (!isImage) return relativeUrl(posix.join(config.book, from), target) + suffix
    if (existsSync(join(config.root, target))) luggage.images.set(target, target)
    else luggage.problems.push({ file, ...mark, message: `no such image: ${target}` })
    return relativeUrl(from, target) + suffix
  }
}
