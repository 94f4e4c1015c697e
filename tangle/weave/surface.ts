// What a module can see of those that it imports. Facts about it are kept as long as that stays the same: a changed
// body touches nobody, and a changed signature those that use the name, be it on the way through another module.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'

/** A statement at the top of a module, as others can see it. */
export interface Part {
  names: string[]
  /** Digest of what can be seen. */
  sum: string
  /** Other names of the module, and imported ones, that stand in it. */
  words: string[]
  /** Modules that it names as `import('…')`. */
  modules: string[]
}

export interface Surface {
  parts: Part[]
  /** Local name → the module that it comes from, and its name there; `*` for the whole of it. */
  imports: Record<string, [module: string, name: string]>
  /** Exported name → the module (null: this one) and the name there. */
  exports: Record<string, [module: string | null, name: string]>
  /** Modules whose names are all exported. */
  stars: string[]
}

/** Which file a file means by a module's name, if it is one of the program. */
export type Finder = (module: string, from: string) => string | undefined

/** File → digest of all that it can see of other files. */
export function sightsOf(surfaces: Map<string, Surface>, find: Finder): Map<string, string> {
  const graph = new Graph(surfaces, find)
  return new Map([...surfaces].map(([file, surface]) => {
    const starts = [...Object.values({ ...surface.imports, ...surface.exports }), ...wholes(surface)]
    return [file, graph.digestFrom(starts.flatMap(([module, name]) => (module === null ? [] : graph.nodesOf(file, module, name))))]
  }))
}

/** The modules that a module takes as a whole, wherever it names them. */
function wholes({ stars, parts }: Surface): [module: string, name: string][] {
  return [...stars, ...parts.flatMap(({ modules }) => modules)].map((module) => [module, '*'])
}

/** A name in a file, with what it stands for and the names that this leads to. */
interface Node {
  sum: Uint32Array
  next: Node[]
  /** The walk that came by last. */
  walk: number
}

/** The names of all modules. Each is looked up once, however many walks come by. */
class Graph {
  private readonly nodes = new Map<string, Node>()
  private readonly found = new Map<string, string | undefined>()
  private readonly surfaces: Map<string, Surface>
  private readonly find: Finder
  private walks = 0

  constructor(surfaces: Map<string, Surface>, find: Finder) {
    this.surfaces = surfaces
    this.find = find
  }

  /** Nodes are distinct, so that the order in which they are met makes no difference to their sum. */
  digestFrom(starts: Node[]): string {
    const walk = ++this.walks
    const total = new Uint32Array(4)
    const waiting = [...starts]
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (node.walk === walk) continue
      node.walk = walk
      for (let i = 0; i < 4; i++) total[i]! ^= node.sum[i]!
      waiting.push(...node.next)
    }
    return [...total].map((part) => part.toString(16).padStart(8, '0')).join('')
  }

  nodesOf(from: string, module: string, name: string): Node[] {
    const way = `${from} ${module}`
    if (!this.found.has(way)) this.found.set(way, this.find(module, from))
    const file = this.found.get(way)
    const node = file === undefined ? undefined : this.nodeOf(file, name)
    return node ? [node] : []
  }

  private nodeOf(file: string, name: string): Node | undefined {
    const key = `${file} ${name}`
    const known = this.nodes.get(key)
    const surface = this.surfaces.get(file)
    if (known || !surface) return known
    const own = surface.parts.filter(({ names }) => name === '*' || names.includes(name) || names.includes('*'))
    const sum = createHash('sha256').update([key, ...own.map((part) => part.sum)].join('\n')).digest()
    const node: Node = { sum: new Uint32Array(sum.buffer, sum.byteOffset, 4), next: [], walk: 0 }
    this.nodes.set(key, node) // names may lead back to themselves
    const to = (there: string) => this.nodeOf(file, there) ?? []
    const { imports, exports, stars } = surface
    const ways = name === '*' ? [...Object.values({ ...imports, ...exports }), ...wholes(surface)] : [at(imports, name), at(exports, name)]
    node.next = [
      ...own.flatMap(({ words }) => words).flatMap(to),
      ...own.flatMap(({ modules }) => modules).flatMap((module) => this.nodesOf(file, module, '*')),
      ...ways.flatMap((way) => (!way ? [] : way[0] === null ? to(way[1]) : this.nodesOf(file, way[0], way[1]))),
      ...(own.some(({ names }) => names.includes(name)) ? [] : stars.flatMap((module) => this.nodesOf(file, module, name))),
    ]
    return node
  }
}

/** A name may be one that every object has. */
function at<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** Files of the program by the names that modules give them: relative ones, and those of the book's own package. */
export function finder(files: { has(file: string): boolean }, own: Map<string, string>): Finder {
  return (module, from) => {
    const file = module.startsWith('.') ? posix.join(posix.dirname(from), module) : own.get(module)
    return file !== undefined && files.has(file) ? file : undefined
  }
}
