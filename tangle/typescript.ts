// The compiler as a library.
import { createRequire } from 'node:module'

/** By require: as an import, tsx would first translate nine megabytes of it, for two seconds. */
export function loadCompiler(): typeof import('typescript') {
  return createRequire(import.meta.url)('typescript')
}
