// Standard source maps from tangled files to chapters: one mapping a token, so that columns are exact.
import { posix } from 'node:path'
import { addMapping, GenMapping, toEncodedMap } from '@jridgewell/gen-mapping'
import type { Config } from './config.ts'
import type { Output } from './link.ts'

const token = /[A-Za-z_$][\w$]*|\S/g

/** The text of `<file>.map`. Its sources are relative to the map; the chapters' text is not repeated in it. */
export function sourceMap({ output }: Config, { file, lines }: Output): string {
  const map = new GenMapping({ file: posix.basename(file) })
  const here = posix.dirname(posix.join(output, file))
  const sources = new Map<string, string>()
  lines.forEach(({ text, block, index, indent }, i) => {
    if (!block || index === undefined) return
    const { page, fence } = block
    let source = sources.get(page.file)
    if (source === undefined) sources.set(page.file, (source = posix.relative(here, page.file)))
    const shift = fence.columns[index]! - indent.length
    for (const { index: column } of text.matchAll(token)) {
      const original = { line: fence.line + 1 + index, column: column + shift }
      addMapping(map, { generated: { line: i + 1, column }, source, original })
    }
  })
  return `${JSON.stringify(toEncodedMap(map))}\n`
}
