// A file that has a source map beside it gets that map as its own, so that Node prints the map's sources.
// tsx (esbuild) and Node both read a map that stands in the file; neither looks for one beside it.
import { readFileSync } from 'node:fs'

const code = /^file:.*\.[cm]?[jt]s(\?.*)?$/

export async function load(url, context, next) {
  return withMap(url, await next(url, context))
}

export function loadSync(url, context, next) {
  return withMap(url, next(url, context))
}

export function withMap(url, loaded) {
  if (loaded.source == null || !code.test(url) || url.includes('/node_modules/')) return loaded
  const map = mapBeside(url)
  if (map === undefined) return loaded
  const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
  if (source.includes('//# sourceMappingURL=')) return loaded
  const comment = `//# sourceMappingURL=data:application/json;base64,${map.toString('base64')}`
  return { ...loaded, source: `${source}\n${comment}` }
}

function mapBeside(url) {
  try {
    return readFileSync(new URL(`${url.replace(/\?.*$/, '')}.map`))
  } catch {
    return undefined
  }
}
