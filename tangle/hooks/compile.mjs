// TypeScript without its types. What came of a file is kept under the file's address, with a sum of what it came of:
// a changed file is compiled again, and takes the place of the old.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withMap } from './load.mjs'

const kept = new URL('../../node_modules/.cache/loom/', import.meta.url)
const sum = (text) => createHash('sha1').update(text).digest('hex')

export async function load(url, context, next) {
  const [address] = url.split('?')
  if (!/^file:.*\.m?ts$/.test(address) || address.includes('/node_modules/')) return withMap(url, await next(url, context))
  const { source } = withMap(url, { source: readFileSync(new URL(address), 'utf8') })
  const isFleeting = address.includes('/.') // what lies in a hidden folder is gone soon
  return { format: 'module', source: isFleeting ? await compile(address, source) : await lookUp(address, source), shortCircuit: true }
}

async function lookUp(address, source) {
  const file = new URL(`${sum(address)}.mjs`, kept)
  const mark = `\n//${sum(source)}`
  const text = readIfThere(file)
  if (text.endsWith(mark)) return text
  const code = (await compile(address, source)) + mark
  keep(file, code)
  return code
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Whole or not at all: others read it meanwhile. Another user may have no right to write here, and need not. */
function keep(file, code) {
  const draft = new URL(`.${process.pid}-${Math.random()}`, kept)
  try {
    mkdirSync(kept, { recursive: true })
    writeFileSync(draft, code)
    renameSync(draft, file)
  } catch {
    // the next one compiles it again
  }
}

async function compile(address, source) {
  const { transform } = await import('esbuild')
  const { code } = await transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcefile: fileURLToPath(address),
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  })
  return code
}
