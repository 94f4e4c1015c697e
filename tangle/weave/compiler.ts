// Asks TypeScript about the tangled program. Loaded only when something changed.
import { join, relative, sep } from 'node:path'
import { isCallExpression, isNewExpression, isPropertyAccessExpression, isShorthandPropertyAssignment, type Node, type SourceFile } from 'typescript7/unstable/ast'
import { API, type Project, type Snapshot, type Symbol as Meaning, SymbolFlags } from 'typescript7/unstable/async'
import type { Facts } from './facts.ts'
import { Service } from './service.ts'
import type { Surface } from './surface.ts'
import { declaredIn, identifiersIn, lastingName, scopesIn, surfaceOf } from './syntax.ts'

const textMax = 700
/** Files that are looked at side by side: the server has more than one thread. */
const atOnce = 6

/** Holds the program; it can be told of changes and asked again until it is ended. */
export class Compiler {
  private readonly root: string
  private readonly folder: string
  private service: Service | undefined
  private api: API<true> | undefined
  private files = ''

  constructor(root: string, output: string) {
    this.root = root
    this.folder = join(root, output)
  }

  /** The program is these texts, whether they were tangled or not; all else is read from the disk. */
  async program(texts: Map<string, string>): Promise<Program> {
    const files = [...texts.keys()].sort().join('\n')
    if (files !== this.files || this.service?.hasEnded) await this.end()
    this.files = files
    this.service ??= new Service(this.root, this.folder, [...texts.keys()].map((file) => join(this.folder, file)))
    await this.service.update(new Map([...texts].map(([file, text]) => [join(this.folder, file), text])))
    this.api ??= await API.fromLSPConnection({ pipe: await this.service.pipe() })
    const snapshot = await this.api.updateSnapshot()
    return new Program(this.service, this.folder, texts, snapshot)
  }

  async end(): Promise<void> {
    const { service, api } = this
    this.service = this.api = undefined
    await api?.close()
    await service?.end()
  }
}

/** One state of the program. */
export class Program {
  private readonly service: Service
  private readonly folder: string
  private readonly texts: Map<string, string>
  private readonly snapshot: Snapshot
  /** Symbol and type → what an editor would show: most names mean the same wherever they stand. */
  private readonly shown = new Map<string, Promise<string>>()
  private readonly targets = new Map<number, Promise<Facts['targets'][number] | undefined>>()

  constructor(service: Service, folder: string, texts: Map<string, string>, snapshot: Snapshot) {
    this.service = service
    this.folder = folder
    this.texts = texts
    this.snapshot = snapshot
  }

  async surfaces(files: string[]): Promise<Map<string, Surface>> {
    return new Map(await each(files, async (file) => [file, surfaceOf((await this.open(file)).source)] as const))
  }

  async facts(files: string[]): Promise<Map<string, Facts>> {
    return new Map(await each(files, async (file) => [file, await this.inspect(file)] as const))
  }

  private async open(file: string): Promise<{ path: string; project: Project; source: SourceFile }> {
    const path = join(this.folder, file)
    const project = this.snapshot.getProject(join(this.folder, 'tsconfig.json'))
    const source = await project?.program.getSourceFile(path)
    if (!project || !source || source.text !== this.texts.get(file)) throw new Error(`the TypeScript server does not know ${path} as it is now`)
    return { path, project, source }
  }

  private async inspect(file: string): Promise<Facts> {
    const { path, project, source } = await this.open(file)
    await this.service.show(path, this.texts.get(file)!)
    const nodes = identifiersIn(source)
    const places = nodes.map((node) => node.getStart(source))
    const [symbols, types] = await Promise.all([project.checker.getSymbolAtPosition(path, places), project.checker.getTypeAtPosition(path, places)])
    const found = await Promise.all(nodes.map(async (node, i) => {
      const symbol = symbols[i]
      if (!symbol) return undefined
      // `{ name }` is a property and the use of a variable.
      const used = isShorthandPropertyAssignment(node.parent) ? ((await project.checker.getShorthandAssignmentValueSymbol(node.parent)) ?? symbol) : symbol
      const position = source.getLineAndCharacterOfPosition(places[i]!)
      const key = [symbol.id, types[i]?.id, ownUse(node, file)].join(' ')
      if (!this.shown.has(key)) this.shown.set(key, this.service.hover(path, position).then(plainText))
      if (!this.targets.has(used.id)) this.targets.set(used.id, this.targetOf(used, project))
      const [text, target] = await Promise.all([this.shown.get(key)!, this.targets.get(used.id)!])
      return { ...position, length: node.getEnd() - places[i]!, text, target }
    }))
    const facts: Facts = { identifiers: {}, texts: [], targets: [], declared: declaredIn(source), scopes: scopesIn(source) }
    const texts = new Map<string, number>()
    const targets = new Map<string, number>()
    for (const one of found) {
      if (!one || one.text === '') continue
      const target = one.target ? indexIn(targets, JSON.stringify(one.target)) : -1
      const record = (facts.identifiers[one.line] ??= [])
      record.push([one.character, one.length, indexIn(texts, one.text), target])
    }
    facts.texts = [...texts.keys()]
    facts.targets = [...targets.keys()].map((key) => JSON.parse(key) as Facts['targets'][number])
    return facts
  }

  private async targetOf(symbol: Meaning, project: Project): Promise<Facts['targets'][number] | undefined> {
    const real = symbol.flags & SymbolFlags.Alias ? await project.checker.getAliasedSymbol(symbol) : symbol
    const declaration = real.valueDeclaration ?? real.declarations[0]
    if (!declaration) return undefined
    const file = relative(this.folder, declaration.path).split(sep).join('/')
    if (file.startsWith('..') || !this.texts.has(file)) return undefined
    const node: Node | undefined = await declaration.resolve(project)
    const name = node && lastingName(node)
    return name === undefined ? undefined : [file, name]
  }
}

/**
 * What a name means only where it stands: a call chooses among signatures and their type arguments, and a member is
 * shown with the type arguments of its object. Elsewhere, ''.
 */
function ownUse(node: Node, file: string): string {
  let whole = node
  if (isPropertyAccessExpression(node.parent) && node.parent.name === node) whole = node.parent
  const { parent } = whole
  if ((isCallExpression(parent) || isNewExpression(parent)) && parent.expression === whole) whole = parent
  return whole === node ? '' : `${file} ${whole.getText()}`
}

/** `Promise.all`, a few at a time. */
async function each<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

function indexIn(map: Map<string, number>, key: string): number {
  const index = map.get(key) ?? map.size
  map.set(key, index)
  return index
}

/** The declaration and its comment without their Markdown, without tags and without links to the files of this machine. */
function plainText(markdown: string): string {
  const [, declaration = '', comment = ''] = /^```\w*\n([\s\S]*?)\n```\n?([\s\S]*)$/.exec(markdown) ?? []
  const words = comment.replace(/(^|\n\n)\*@\w+\*[\s\S]*$/, '').replace(/\[([^\]]*)\]\(file:[^)]*\)/g, '$1').trim()
  const text = words === '' ? declaration : `${declaration}\n\n${words}`
  return text.length <= textMax ? text : `${text.slice(0, textMax)}…`
}
