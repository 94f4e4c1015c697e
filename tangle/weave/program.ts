// What the compiler knows about the tangled program: the type of each identifier, where it is declared, and the
// functions and classes that each line stands in. The whole program is read, not a block by itself.
import { join, relative, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { digest, readIfThere } from '../files.ts'
import { textOf, type Web } from '../link.ts'
import type { Facts } from './facts.ts'
import { hasPage } from './html.ts'
import { serviceVersion } from './service.ts'
import { openStore } from './store.ts'
import { finder, sightsOf, type Surface } from './surface.ts'
import type { Workshop } from './workshop.ts'

const readable = /\.[cm]?tsx?$/
const version = 9
/** So many files are asked about before it is seen whether somebody waits. */
const portion = 12

export interface Known {
  /** Tangled file → what the compiler knows about it. */
  facts: Map<string, Facts>
  /** Tangled file → changes whenever the facts may have changed. */
  factKeys: Map<string, string>
  /** How many files are known as they were before others changed. */
  waiting: number
}

/**
 * The facts about each TypeScript file. The compiler is asked about those only that changed, or that can see something
 * of others that changed. In a `hurry` the latter wait: what was known of them is taken again.
 */
export async function programOf(config: Config, { outputs }: Web, workshop: Workshop, hurry = false): Promise<Known> {
  const texts = new Map([...outputs.values()].filter((output) => readable.test(output.file) && hasPage(output)).map((output) => [output.file, textOf(output)]))
  const libraries = digest(['tsconfig.json', 'package-lock.json'].map((name) => readIfThere(join(config.root, name))).join('\n'))
  const stamp = `typescript ${serviceVersion}, ${version}, ${libraries}`
  const program = () => workshop.compiler(config).then((compiler) => compiler.program(texts))
  let asked: ReturnType<typeof program> | undefined
  const { values: surfaces } = await recall(openStore<Surface>(config, 'surfaces', stamp), texts, digest, async (files) => (await (asked ??= program())).surfaces(files))
  const sights = sightsOf(surfaces, finder(texts, ownModules(config)))
  const store = openStore<Facts>(config, 'types', stamp)
  const keyOf = (text: string, file: string) => digest([file, text, sights.get(file)].join('\n'))
  const isBehind = ([file, text]: [string, string]) => workshop.last.get(file)?.text === text && store.get(keyOf(text, file).slice(0, 32)) === undefined
  const behind = hurry ? [] : [...texts].filter(isBehind)
  for (let from = 0; from < behind.length && !workshop.isAwaited(); from += portion) {
    const some = new Map(behind.slice(from, from + portion))
    for (const [file, facts] of await (await (asked ??= program())).facts([...some.keys()])) store.set(keyOf(some.get(file)!, file).slice(0, 32), facts)
  }
  const old = new Map([...texts].filter(isBehind).map(([file]) => [file, workshop.last.get(file)!]))
  const urgent = new Map([...texts].filter(([file]) => !old.has(file)))
  const { values, keys } = await recall(store, urgent, keyOf, async (files) => (await (asked ??= program())).facts(files))
  const known: Known = { facts: new Map(), factKeys: new Map(), waiting: old.size }
  for (const [file, text] of texts) {
    const { facts, key } = old.get(file) ?? { facts: values.get(file)!, key: `${keys.get(file)} ${stamp}` }
    known.facts.set(file, facts)
    known.factKeys.set(file, key)
    workshop.last.set(file, { text, key, facts })
  }
  return known
}

/** What is known about each file under its key; what is not known is made, and kept. */
async function recall<T>(store: ReturnType<typeof openStore<T>>, texts: Map<string, string>, keyOf: (text: string, file: string) => string, make: (files: string[]) => Promise<Map<string, T>>): Promise<{ values: Map<string, T>; keys: Map<string, string> }> {
  const keys = new Map([...texts].map(([file, text]) => [file, keyOf(text, file).slice(0, 32)]))
  const missing = [...keys].filter(([, key]) => store.get(key) === undefined).map(([file]) => file)
  if (missing.length > 0) for (const [file, value] of await make(missing)) store.set(keys.get(file)!, value)
  store.save()
  return { values: new Map([...keys].map(([file, key]) => [file, store.get(key)!])), keys }
}

/** Names by which the book's own package is imported → the tangled file. */
function ownModules({ root, output }: Config): Map<string, string> {
  const own = new Map<string, string>()
  try {
    const { name, exports = {} } = JSON.parse(readIfThere(join(root, 'package.json')) ?? '{}') as { name?: string; exports?: Record<string, string | Record<string, string>> }
    for (const [path, target] of Object.entries(exports)) {
      const source = typeof target === 'string' ? target : target['source']
      if (source !== undefined) own.set(`${name}${path.slice(1)}`, relative(join(root, output), resolve(root, source)))
    }
  } catch {
    // a package.json that cannot be read names nothing
  }
  return own
}
